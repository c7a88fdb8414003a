#include "profile/load.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <tuple>

#include "base/text.hpp"
#include "profile/build.hpp"

namespace dbmux {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> given(const Environment& environment, std::string_view name) {
  auto value = environment(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

std::string shown(const fs::path& folder, const std::string& home) {
  std::string text = folder.string();
  if (home.size() > 1 && text.starts_with(home + '/')) return '~' + text.substr(home.size());
  return text;
}

std::vector<std::string> profiles_in(const std::vector<fs::path>& folders) {
  std::set<std::string> names;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".yaml") names.insert(at->path().stem().string());
  }
  return {names.begin(), names.end()};
}

bool is_file_name(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

void set_file(Profile& profile, const fs::path& file) {
  std::error_code error;
  profile.file = fs::absolute(file, error);
  for (ConnectionProfile& connection : profile.connections) connection.folder = profile.file.parent_path();
}

void warn_if_writable(const fs::path& file, ProfileReport& report) {
  struct stat status{};
  if (!report.profile || stat(file.c_str(), &status) != 0 || (status.st_mode & S_IWOTH) == 0) return;
  Problem problem{{file.filename().string()},
                  {},
                  "everybody can write to this file; chmod o-w",
                  Problem::Severity::warning};
  report.profile->warnings.push_back(problem.text());
  report.problems.push_back(std::move(problem));
}

}  // namespace

Result<std::string> read_text(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (!fs::exists(status)) return fail(Category::profile, file.string() + ": there is no such file");
  if (fs::is_directory(status)) return fail(Category::profile, file.string() + ": a folder, not a file");
  if (!fs::is_regular_file(status)) return fail(Category::profile, file.string() + ": not a regular file");
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  text.resize(static_cast<std::size_t>(std::min<std::uintmax_t>(fs::file_size(file, error), (1U << 20) + 1)));
  if (error || !stream)
    return fail(Category::profile, file.string() + ": cannot be read: " + std::strerror(errno));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return text;
}

SearchPaths search_paths(const Environment& environment, const fs::path& executable) {
  SearchPaths paths;
  paths.home = given(environment, "HOME").value_or("");
  if (auto own = given(environment, "DBMUX_CONFIG_DIR")) paths.folders.emplace_back(*own);
  if (auto config = given(environment, "XDG_CONFIG_HOME"))
    paths.folders.push_back(fs::path(*config) / "dbmux");
  else if (!paths.home.empty())
    paths.folders.push_back(fs::path(paths.home) / ".config/dbmux");
  paths.folders.emplace_back("/etc/dbmux");
  std::error_code error;
  const fs::path own = fs::canonical(executable, error);
  if (!error) paths.folders.push_back(own.parent_path().parent_path() / "share/dbmux/profiles");
  return paths;
}

std::string chosen_profile(std::optional<std::string_view> flag, const Environment& environment) {
  if (flag) return std::string(*flag);
  return given(environment, "DB_PROFILE").value_or("local");
}

Result<fs::path> find_profile(std::string_view name, const SearchPaths& paths) {
  std::error_code error;
  if (is_file_name(name)) {
    if (fs::exists(name, error)) return fs::path(name);
    return fail(Category::profile, "profile file '" + std::string(name) + "' does not exist");
  }
  std::vector<std::string> folders;
  for (const fs::path& folder : paths.folders) {
    fs::path file = folder / (std::string(name) + ".yaml");
    if (fs::exists(file, error)) return file;
    folders.push_back(shown(folder, paths.home));
  }
  const auto names = profiles_in(paths.folders);
  const auto near = nearest(name, names, 1);
  std::string message = "profile '" + std::string(name) + "' not found in " + joined(folders, ", ");
  message += names.empty() ? "; there is none" : "; there are: " + joined(names, ", ");
  if (!near.empty()) message += ". Did you mean " + near.front() + "?";
  Error failure = fail(Category::profile, std::move(message)).value();
  failure.did_you_mean = near;
  return fail(std::move(failure));
}

ProfileReport parse_profile(std::string_view text, const std::string& file, const Environment& environment,
                            const fs::path& folder) {
  ProfileReport report;
  auto root = parse_yaml(text, file, report.problems);
  if (!root) return report;
  if (root->kind != Node::Kind::map) {
    report.problems.push_back({{file, root->line, root->column},
                               {},
                               root->kind == Node::Kind::null
                                   ? "empty; a profile begins with 'dbmux: 1'"
                                   : "expected keys with values, beginning with 'dbmux: 1'",
                               Problem::Severity::error});
    return report;
  }
  const auto missing = expand_variables(*root, file, environment, report.problems);
  check_keys(*root, file, report.problems);
  Profile profile = build_profile(*root, file, folder, missing, environment, report.problems);
  const auto place = [&](const Problem& p) {  // files that the profile names come behind it
    return std::tuple(p.mark.file != file, std::string_view(p.mark.file), p.mark.line, p.mark.column);
  };
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  if (any_error(report.problems)) return report;
  profile.name = fs::path(file).stem().string();
  report.profile = std::move(profile);
  return report;
}

ProfileReport read_profile(const fs::path& file, const Environment& environment) {
  const auto text = read_text(file);
  if (!text) {
    ProfileReport report;
    report.problems.push_back({{}, {}, text.error().message, Problem::Severity::error});
    return report;
  }
  std::error_code ec;
  ProfileReport report =
      parse_profile(*text, file.filename().string(), environment, fs::absolute(file, ec).parent_path());
  if (report.profile) set_file(*report.profile, file);
  warn_if_writable(file, report);
  return report;
}

Result<Profile> load_profile(const fs::path& file, const Environment& environment) {
  ProfileReport report = read_profile(file, environment);
  if (report.profile) return *std::move(report.profile);
  const auto errors = std::count_if(report.problems.begin(), report.problems.end(),
                                    [](const Problem& p) { return p.severity == Problem::Severity::error; });
  const auto first = std::find_if(report.problems.begin(), report.problems.end(),
                                  [](const Problem& p) { return p.severity == Problem::Severity::error; });
  Error error = first->error();
  if (errors > 1)
    error.hint = "There are " + std::to_string(errors - 1) + " more; all are shown by: dbmux profile check " +
                 file.string();
  return fail(std::move(error));
}

}  // namespace dbmux
