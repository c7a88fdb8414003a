#include "cli/host.hpp"

#include <filesystem>

#include "driver/options.hpp"
#include "profile/dsn.hpp"
#include "profile/load.hpp"

namespace dbmux {

namespace fs = std::filesystem;

std::vector<fs::path> plugin_folders(const Environment& environment) {
  std::vector<fs::path> folders;
  if (const auto path = environment("DBMUX_PLUGIN_PATH")) {
    std::string_view rest = *path;
    while (!rest.empty()) {
      const auto colon = rest.find(':');
      if (const auto part = rest.substr(0, colon); part.starts_with('/')) folders.emplace_back(part);
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
  }
  std::error_code ec;
  const auto executable = fs::read_symlink("/proc/self/exe", ec);
  if (!ec) folders.push_back(executable.parent_path().parent_path() / "lib/dbmux/plugins");
  return folders;
}

namespace {

// A scheme that nobody serves may belong to a plugin that lies there and is not loaded.
Error with_refusals(Error e, PluginFolder& plugins) {
  for (const auto& file : plugins.files())
    if (auto d = plugins.descriptor(file.id); !d) {
      e.message += (e.message.ends_with('.') ? " " : ". ") + d.error().message;
      if (e.hint.empty()) e.hint = d.error().hint;
    }
  return e;
}

Result<Profile> read(const CommandLine& line, PluginFolder& plugins, const Environment& environment) {
  const auto descriptors = plugins.descriptors();
  if (!line.dsns.empty()) {
    if (!line.profile.empty())
      return fail(Category::invalid, "give either --profile or DSN arguments, not both");
    auto profile = profile_from_dsns(line.dsns, dsn_plugins(descriptors));
    if (!profile) return fail(with_refusals(std::move(profile.error()), plugins));
    apply_environment(*profile, descriptors, environment);
    return profile;
  }
  const auto flag = line.profile.empty() ? std::nullopt : std::optional<std::string_view>(line.profile);
  auto file = find_profile(chosen_profile(flag, environment), search_paths(environment));
  if (!file) return fail(file.error());
  auto profile = load_profile(*file, environment);
  if (profile) apply_environment(*profile, descriptors, environment);
  return profile;
}

void choose_tools(ToolList& tools, std::string_view flag) {
  if (flag == "two") tools.kind = ToolList::Kind::two;
  if (flag == "default") tools.kind = ToolList::Kind::standard;
  if (flag == "all") tools.kind = ToolList::Kind::all;
}

}  // namespace

Host::~Host() = default;

std::unique_ptr<Host> Host::assemble(const CommandLine& line, bool one_shot) {
  auto host = std::unique_ptr<Host>(new Host);
  const auto environment = process_environment();
  const auto folders = plugin_folders(environment);
  auto plugins = std::make_unique<PluginFolder>(folders);
  auto profile = read(line, *plugins, environment);
  hide_environment(plugins->descriptors());
  if (profile) {
    host->profile_ = std::move(*profile);
    if (!host->profile_.plugin_pins.empty())
      plugins = std::make_unique<PluginFolder>(folders, host->profile_.plugin_pins);
  } else {
    host->problem_ = std::move(profile.error());
  }
  choose_tools(host->profile_.tools, line.tools);
  host->plugins_ = std::move(plugins);
  host->registry_ = std::make_unique<Registry>(*host->plugins_, environment);
  for (const auto& connection : host->profile_.connections)
    if (auto added = host->registry_->add(connection); !added && !host->problem_)
      host->problem_ = added.error();
  host->registry_->set_default(host->profile_.default_connection);
  if (const auto kept = history_settings(host->profile_, environment); kept.keep && !one_shot)
    host->history_ = std::make_unique<HistoryKeeper>(host->journal_, history_folder(environment), kept);
  for (const auto& tool : host->profile_.operator_tools)
    if (auto clash = clash_with_builtin(tool); clash && !host->problem_) host->problem_ = clash->error();
  host->context_ =
      std::make_unique<Context>(*host->registry_, host->profile_, host->journal_, host->problem_, one_shot);
  host->sources_.push_back(std::make_unique<BuiltinCatalogue>(*host->context_));
  if (!host->profile_.operator_tools.empty() || !host->profile_.tool_files.empty()) {
    auto tools = std::make_unique<YamlTools>(*host->context_);
    host->tools_ = tools.get();
    host->sources_.push_back(std::move(tools));
  }
  host->sources_.push_back(std::make_unique<PluginItems>(*host->context_));
  std::vector<Catalogue*> sources;
  for (const auto& source : host->sources_) sources.push_back(source.get());
  host->catalogue_ = std::make_unique<MergedCatalogue>(std::move(sources));
  return host;
}

int exit_code(Category category) {
  switch (category) {
    case Category::profile:
      return kProfile;
    case Category::plugin:
      return kPlugin;
    case Category::connection:
    case Category::auth:
      return kUnreachable;
    case Category::read_only:
    case Category::denied:
    case Category::need_input:
      return kRefused;
    case Category::invalid:
      return kUsage;
    default:
      return kFailed;
  }
}

}  // namespace dbmux
