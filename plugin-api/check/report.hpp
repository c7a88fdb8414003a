// SPDX-License-Identifier: MIT-0
#pragma once
// What the user reads.
#include <string>
#include <vector>

#include "check/finding.hpp"

namespace dbmux::check {

struct Line {
  std::string check;
  Finding finding;
};

struct Report {
  std::string file;
  std::vector<Line> lines;
  std::vector<std::string> secrets;  // values to keep out

  int exit_code() const;  // 4 a check failed, 5 the server was not reached, else 0
  std::string as_text() const;
  std::string as_json() const;
};

}  // namespace dbmux::check
