#include <cstdio>

#include "cli/host.hpp"
#include "driver/options.hpp"
#include "profile/load.hpp"
#include "profile/report.hpp"
#include "profile/schema.hpp"

namespace dbmux {

namespace {

int say(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? kOk : kFailed;
}

int complain(const Error& e) {
  std::fprintf(stderr, "dbmux: %s\n", e.message.c_str());
  return exit_code(e.category);
}

int check(const CommandLine& line, const Environment& environment, PluginFolder& plugins) {
  const auto flag = line.profile.empty() ? std::nullopt : std::optional<std::string_view>(line.profile);
  const auto file = find_profile(chosen_profile(flag, environment), search_paths(environment));
  if (!file) return complain(file.error());
  auto report = read_profile(*file, environment);
  if (report.profile)
    for (const auto& tool : report.profile->operator_tools)
      if (auto clash = clash_with_builtin(tool)) report.problems.push_back(std::move(*clash));
  const auto result =
      check_profile(report, *file, [&](const ConnectionProfile& c) -> std::optional<std::vector<Problem>> {
        auto descriptor = plugins.descriptor(c.plugin);
        if (!descriptor) return std::nullopt;
        return option_problems(c, *descriptor);
      });
  const int printed = say(result.text);
  return result.ok ? printed : kProfile;
}

}  // namespace

int profile_command(const CommandLine& line) {
  if (line.command == CommandLine::Command::profile_schema) return say(profile_schema());
  const auto environment = process_environment();
  if (line.command == CommandLine::Command::profile_check) {
    PluginFolder plugins(plugin_folders(environment));
    return check(line, environment, plugins);
  }
  const auto host = Host::assemble(line, true);
  if (host->problem()) return complain(*host->problem());
  return say(show_profile(host->profile(), ShowFormat::yaml,
                          [&](const ConnectionProfile& c, std::string_view option) {
                            auto descriptor = host->plugins().descriptor(c.plugin);
                            return !descriptor || is_secret_option(*descriptor, option);
                          }));
}

}  // namespace dbmux
