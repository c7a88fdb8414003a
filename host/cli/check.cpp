#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/host.hpp"

namespace dbmux {

namespace {

namespace fs = std::filesystem;

// The checker runs plugins in processes of its own; this one must never load what may be broken.
fs::path checker() {
  std::error_code ec;
  return fs::read_symlink("/proc/self/exe", ec).parent_path().parent_path() / "lib/dbmux/dbmux-plugin-check";
}

// A file as it was typed, or an installed plugin by its id.
std::string file_of(const std::string& typed) {
  std::error_code ec;
  if (typed.find('/') != std::string::npos || fs::exists(typed, ec)) return typed;
  PluginFolder plugins(plugin_folders(process_environment()));
  for (const auto& f : plugins.files())
    if (f.id == typed) return f.file.string();
  return typed;
}

}  // namespace

int plugin_check(const CommandLine& line) {
  const std::string program = checker().string();
  std::vector<std::string> words{program, file_of(line.file)};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {flag, value});
  };
  add("--config", line.config);
  add("--statements", line.statements);
  add("--time-limit", line.time_limit);
  if (line.json) words.emplace_back("--json");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  std::fprintf(stderr, "dbmux: the checker %s cannot be started: %s\n", program.c_str(),
               std::strerror(errno));
  return kFailed;
}

}  // namespace dbmux
