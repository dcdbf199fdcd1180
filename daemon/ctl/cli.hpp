#pragma once

namespace exhaust::ctl {

/// The whole program: parses the words, runs the verb, returns the exit code.
int run(int argc, char** argv);

}  // namespace exhaust::ctl
