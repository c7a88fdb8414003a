#pragma once
// The plugins of an installation: what lies in the plugin folders, listed without loading anything, and
// loaded at the first use of each.
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "driver/plugin.hpp"

namespace dbmux {

struct PluginFile {
  std::string id;  // the file's stem
  std::filesystem::path file;
  std::optional<Descriptor> descriptor;  // from ID.json beside it, if that is there and matches
  std::optional<Error> refused;          // why it will not be loaded: foreign, writable by others, not ELF
};

class PluginFolder {
 public:
  // Searched in order; the first file of an id wins. pins: plugin id -> sha256 (hex) that the profile
  // demands.
  explicit PluginFolder(std::vector<std::filesystem::path> folders,
                        std::map<std::string, std::string> pins = {});

  // Every *.so, also those that would be refused, sorted by id. Never fails: a folder that is not there is
  // empty.
  const std::vector<PluginFile>& files();
  // The descriptors of all that can be loaded; loads those that have no matching .json.
  std::vector<Descriptor> descriptors();
  const PluginFile* find(std::string_view id);
  // Loads at the first call. Errors (category plugin) as Plugin::load, plus: not installed (with what there
  // is).
  Result<std::shared_ptr<Plugin>> plugin(std::string_view id);
  Result<Descriptor> descriptor(std::string_view id);

  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  void look();
  Result<std::shared_ptr<Plugin>> load(const PluginFile&);

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, std::string> pins_;
  std::recursive_mutex mutex_;
  bool looked_ = false;
  std::vector<PluginFile> files_;
  std::map<std::string, std::shared_ptr<Plugin>, std::less<>> loaded_;
};

}  // namespace dbmux
