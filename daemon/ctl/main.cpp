#include "daemon/ctl/cli.hpp"

int main(int argc, char** argv) { return exhaust::ctl::run(argc, argv); }
