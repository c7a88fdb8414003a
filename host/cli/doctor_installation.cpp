#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cli/doctor.hpp"
#include "driver/options.hpp"
#include "profile/load.hpp"
#include "secret/private_file.hpp"
#include "store/history_folder.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

// What we keep there must be ours, and ours alone where it is private.
void examine_private(const char* check, const fs::path& path, bool secret, Findings& found) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return;
  const auto text = path.string() + " (" + octal(status.st_mode) + ")";
  if (status.st_uid != ::geteuid())
    return found.fail(check, text + " belongs to another user", "chown it to the user that runs dbmux",
                      kProfile);
  if ((status.st_mode & 022) != 0)
    return found.fail(check, text + " can be written by others", "chmod go-w " + path.string(), kProfile);
  if (secret && (status.st_mode & 077) != 0)
    return found.warn(check, text + " can be read by others", "chmod go-rwx " + path.string());
  found.ok(check, text);
}

void examine_problems(const fs::path& file, const Environment& environment, Findings& found) {
  const auto report = read_profile(file, environment);
  bool good = true;
  for (const auto& problem : report.problems) {
    good = false;
    if (problem.severity == Problem::Severity::error)
      found.fail("format", problem.text(),
                 "Correct it, then look again: dbmux profile check " + file.string(), kProfile);
    else
      found.warn("format", problem.text(), "Look at it with: dbmux profile check " + file.string());
  }
  if (!report.profile) return;
  for (const auto& warning : report.profile->warnings)
    if (std::none_of(report.problems.begin(), report.problems.end(),
                     [&](const Problem& p) { return p.text() == warning; }))
      found.warn("format", warning, "Look at it with: dbmux profile check " + file.string());
  const auto n = report.profile->connections.size();
  if (good) found.ok("format", std::to_string(n) + (n == 1 ? " connection" : " connections"));
}

}  // namespace

Findings examine_profile(const CommandLine& line, const Host& host, const Environment& environment) {
  Findings found{"profile", {}, {}};
  const auto flag = line.profile.empty() ? std::nullopt : std::optional<std::string_view>(line.profile);
  const auto file = find_profile(chosen_profile(flag, environment), search_paths(environment));
  if (!file) {
    found.fail("found", file.error().message, "Name another with -p, or in the variable DB_PROFILE.",
               kProfile);
  } else {
    struct stat status{};
    const bool there = ::stat(file->c_str(), &status) == 0;
    found.ok("found", file->string() + (there ? " (" + octal(status.st_mode) + ")" : ""));
    examine_problems(*file, environment, found);
    if (!found.failed() && host.problem())
      found.fail("usable", host.problem()->message, host.problem()->hint,
                 static_cast<Exit>(exit_code(host.problem()->category)));
    if (host.profile().connections.empty() && !found.failed())
      found.warn("usable", "no connection is configured or enabled",
                 "Add one below connections:, or give a DSN instead of a profile.");
  }
  const fs::path home = dbmux_home(environment);
  std::error_code ec;
  if (fs::exists(home, ec))
    examine_private("folder", home, false, found);
  else
    found.ok("folder", home.string() + " is made when it is needed");
  const auto kept = history_settings(host.profile(), environment);
  if (!kept.keep)
    found.ok("history", "calls are not kept");
  else if (const auto folder = history_folder(environment); fs::exists(folder, ec))
    examine_private("history", folder, true, found);
  for (const char* name : {"secrets", "secrets.key"}) examine_private(name, home / name, true, found);
  return found;
}

Findings examine_plugins(Host& host, std::string_view only) {
  Findings found{"plugins", {}, {}};
  auto& plugins = host.plugins();
  std::vector<std::string> used;
  for (const auto& c : host.profile().connections)
    if (!c.disabled) used.push_back(c.plugin);
  std::vector<std::string> there;
  for (const auto& file : plugins.files()) {
    there.push_back(file.id);
    if (!only.empty() && file.id != only) continue;
    const bool needed = std::find(used.begin(), used.end(), file.id) != used.end();
    auto loaded = plugins.plugin(file.id);
    if (loaded) {
      const auto& d = (*loaded)->descriptor();
      found.ok(file.id,
               d.name + " " + d.version + (d.experimental ? ", experimental, " : ", ") + file.file.string());
    } else {
      found.add(needed ? Finding::Status::fail : Finding::Status::warn, file.id, loaded.error().message,
                loaded.error().hint.empty() ? "Then look again: dbmux doctor" : loaded.error().hint, kPlugin);
    }
  }
  if (there.empty()) {
    std::string places;
    for (const auto& folder : plugins.folders()) places += (places.empty() ? "" : ", ") + folder.string();
    found.fail("found", "no plugin is installed in " + places,
               "Install one there, or name its folder in DBMUX_PLUGIN_PATH.", kPlugin);
  }
  return found;
}

}  // namespace dbmux
