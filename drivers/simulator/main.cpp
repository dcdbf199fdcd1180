#include "drivers/simulator/command_line.hpp"

int main(int argc, char** argv) { return exhaust::simulator::command_line(argc, argv, EXHAUST_VERSION); }
