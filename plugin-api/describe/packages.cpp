// SPDX-License-Identifier: MIT-0
#include "packages.hpp"

#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string_view>
#include <vector>

extern char** environ;

namespace dbmux {

namespace {

namespace fs = std::filesystem;

// What a program prints; "" where it cannot be run.
std::string output_of(std::vector<std::string> words) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t n = 0; !failed && (n = read(ends[0], part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  if (!failed) waitpid(child, nullptr, 0);
  return text;
}

// Where /lib is a link to /usr/lib the loader says one and the packages the other.
std::vector<std::string> spellings(const std::string& path) {
  if (path.starts_with("/usr/")) return {path, path.substr(4)};
  return {path, "/usr" + path};
}

}  // namespace

std::set<std::string> loaded_libraries() {
  std::set<std::string> paths;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        if (info->dlpi_name && info->dlpi_name[0] == '/')
          static_cast<std::set<std::string>*>(into)->insert(info->dlpi_name);
        return 0;
      },
      &paths);
  return paths;
}

std::map<std::string, std::string> packages_of_libraries(const std::set<std::string>& before) {
  std::vector<std::string> words{"dpkg-query", "--search", "--"};
  for (const auto& path : loaded_libraries())
    if (!before.contains(path))
      for (const auto& spelling : spellings(path)) words.push_back(spelling);
  std::map<std::string, std::string> packages;
  if (words.size() == 3) return packages;
  std::istringstream lines(output_of(words));
  for (std::string line;
       std::getline(lines, line);) {  // "libpq5:amd64: /usr/lib/x86_64-linux-gnu/libpq.so.5"
    const auto colon = line.find(": ");
    if (colon == std::string::npos || line.starts_with("diversion ")) continue;
    const auto package = line.substr(0, line.find_first_of(":,"));
    packages.emplace(fs::path(line.substr(colon + 2)).filename().string(), package);
  }
  return packages;
}

}  // namespace dbmux
