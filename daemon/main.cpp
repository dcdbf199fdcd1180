#include <CLI/CLI.hpp>
#include <cstdio>

#include "daemon/app/app.hpp"
#include "daemon/core/log.hpp"
#include "daemon/host/host.hpp"

int main(int argc, char** argv) {
  using namespace exhaust;
  host::ignore_broken_pipes();
  std::string file = "/etc/exhaustd/exhaustd.toml";
  bool verbose = false;
  CLI::App cli{"exhaustd: reads a roadside remote-sensing station's devices, or takes other daemons' ledgers (a hub).\n"
               "exit: 0 stopped on request  64 usage  69 a port is taken  74 storage  78 settings"};
  cli.add_option("--config", file, "settings")->capture_default_str();
  cli.add_flag("--verbose", verbose, "log each request too");
  cli.set_version_flag("--version", "exhaustd " EXHAUST_VERSION);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 64;
  }
  log::start(verbose ? log::Level::kDebug : log::Level::kInfo, !host::under_systemd());
  auto settings = settings::read_settings(file);
  if (!settings) {
    std::fprintf(stderr, "%s\n", settings.error().detail.c_str());
    return 78;
  }
  return app::run(std::move(*settings));
}
