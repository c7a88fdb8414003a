// SPDX-License-Identifier: MIT-0
#pragma once
#include <chrono>
#include <string>

#include "check/report.hpp"

namespace dbmux::check {

struct Order {
  std::string file;                // absolute
  std::string config, statements;  // JSON objects, "" none
  std::chrono::seconds limit{20};  // for one check
};

// The parent: every check in a process of its own; the plugin is never loaded here.
Report run_all(const Order&);

// The child: one check, by its name. Does not return.
[[noreturn]] void run_one(const std::string& name);

inline constexpr const char* kChildFlag = "--in-child";

}  // namespace dbmux::check
