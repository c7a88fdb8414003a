// SPDX-License-Identifier: MIT-0
#pragma once
// What belongs to the whole process and which a plugin must leave alone.
#include <string>
#include <utility>
#include <vector>

namespace dbmux::check {

// Each with its name: locale, folder, umask, environment, signal handlers.
using ProcessState = std::vector<std::pair<std::string, std::string>>;
ProcessState process_state();

// The state before the plugin was loaded.
void remember_process_state();
const ProcessState& remembered_process_state();

}  // namespace dbmux::check
