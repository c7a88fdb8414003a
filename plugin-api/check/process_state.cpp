// SPDX-License-Identifier: MIT-0
#include "check/process_state.hpp"

#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace dbmux::check {
namespace {

ProcessState remembered;

std::string umask_now() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Umask:")) return line;
  return {};
}

std::string handler_of(int number) {
  struct sigaction action{};
  if (::sigaction(number, nullptr, &action) != 0) return "-";
  return std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + "/" +
         std::to_string(action.sa_flags);
}

}  // namespace

ProcessState process_state() {
  ProcessState state;
  const char* locale = std::setlocale(LC_ALL, nullptr);
  state.emplace_back("the locale", locale ? locale : "");
  std::error_code error;
  state.emplace_back("the working folder", std::filesystem::current_path(error).string());
  state.emplace_back("the umask", umask_now());
  std::string variables;
  for (char** v = environ; *v; ++v) variables += std::string(*v) + "\n";
  state.emplace_back("the environment", variables);
  for (int number = 1; number < NSIG; ++number)
    state.emplace_back("the handler of signal " + std::to_string(number), handler_of(number));
  return state;
}

void remember_process_state() { remembered = process_state(); }
const ProcessState& remembered_process_state() { return remembered; }

}  // namespace dbmux::check
