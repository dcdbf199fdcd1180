#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace exhaust::simulator {

/// The subcommand `mq007`: a complete unit alone, with its traffic.
class Mq007Command {
 public:
  explicit Mq007Command(CLI::App& app);
  ~Mq007Command();
  bool parsed() const;
  /// Until SIGTERM or SIGINT. Exit codes as of the program.
  int run() const;

 private:
  struct Typed;
  std::unique_ptr<Typed> typed_;
};

}  // namespace exhaust::simulator
