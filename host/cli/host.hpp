#pragma once
// A dbmux put together for one command line: profile, plugins, connections and the catalogue of operations.
#include <memory>

#include "cli/command_line.hpp"
#include "observe/journal.hpp"
#include "operations/builtin.hpp"
#include "operations/merged.hpp"
#include "operations/plugin_items.hpp"
#include "operations/yaml_tools.hpp"
#include "store/history_keeper.hpp"

namespace dbmux {

class Host {
 public:
  // Never fails: a profile that cannot be used is kept as problem(), and every call answers it.
  static std::unique_ptr<Host> assemble(const CommandLine&, bool one_shot);
  ~Host();

  Catalogue& catalogue() { return *catalogue_; }
  Registry& registry() { return *registry_; }
  PluginFolder& plugins() { return *plugins_; }
  YamlTools* tools() { return tools_; }  // null where the profile has none of its own
  const Profile& profile() const { return profile_; }
  const std::optional<Error>& problem() const { return problem_; }
  // Before a process is left by _exit, while its threads may be at work.
  void leave() {
    if (history_) history_->finish();
    context_->results.remove_files();
  }

 private:
  Host() = default;

  Profile profile_;
  std::optional<Error> problem_;
  RingJournal journal_;
  std::unique_ptr<HistoryKeeper> history_;  // of what is served; absent where none is to be kept
  std::unique_ptr<PluginFolder> plugins_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Context> context_;
  std::vector<std::unique_ptr<Catalogue>> sources_;  // of operations
  YamlTools* tools_ = nullptr;                       // one of them
  std::unique_ptr<MergedCatalogue> catalogue_;
};

// lib/dbmux/plugins beside the executable's folder, or $DBMUX_PLUGIN_PATH (folders joined by ':') before it.
std::vector<std::filesystem::path> plugin_folders(const Environment&);

int serve(const CommandLine&, int protocol_fd);
int call(const CommandLine&);
int profile_command(const CommandLine&);
int plugin_list(const CommandLine&);
int doctor(const CommandLine&);
int history(const CommandLine&);
int secret_command(const CommandLine&);
int setup(const CommandLine&);
int confirm(const CommandLine&);
int plugin_check(const CommandLine&);  // becomes the checker: comes back only when that cannot be started

// The exit code that tells a script what kind of failure this was.
int exit_code(Category);

}  // namespace dbmux
