// SPDX-License-Identifier: MIT-0
#pragma once
// The process of one check, seen from the parent: started, watched, killed when its time is over.
#include <chrono>
#include <string>
#include <vector>

#include "check/finding.hpp"

namespace dbmux::check {

struct ChildEnd {
  std::vector<Record> records;
  std::string printed;  // on standard output, its first bytes
  std::string said;     // on standard error, its last bytes
  std::string calling;  // the function of the plugin that ran at the end, "" none
  std::string problem;  // not empty: it could not be started
  int status = 0;       // as waitpid() gives it
  bool timed_out = false;
};

// Runs this executable again with `arguments`, `input` readable at kInputFd, and the environment without the
// variables whose names match one of `hidden` (a name, or a prefix that ends in '*').
ChildEnd run_child(const std::vector<std::string>& arguments, const std::string& input,
                   const std::vector<std::string>& hidden, std::chrono::milliseconds limit);

}  // namespace dbmux::check
