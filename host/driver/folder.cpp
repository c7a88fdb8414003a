#include "driver/folder.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "base/text.hpp"
#include "describe/sha256.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

Error refused(std::string message, std::string hint) {
  Error e;
  e.category = Category::plugin;
  e.message = std::move(message);
  e.hint = std::move(hint);
  return e;
}

// Others could replace the file, or what it is found by.
std::optional<Error> writable_by_others(const fs::path& path, const std::string& id, bool folder) {
  struct stat st{};
  if (::stat(path.c_str(), &st) != 0) return std::nullopt;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", st.st_mode & 07777u);
  const std::string what = folder ? "its folder " + path.string() : "it";
  const std::string cure = ", or pin its sha256 in the profile (plugins.pin)";
  if (st.st_uid != 0 && st.st_uid != ::geteuid())
    return refused("plugin '" + id + "' is not loaded: " + what + " is owned by another user",
                   "chown root " + path.string() + cure);
  const bool sticky = folder && (st.st_mode & S_ISVTX) != 0;
  if ((st.st_mode & 022) != 0 && !sticky) {
    const bool group = (st.st_mode & 020) != 0;
    return refused("plugin '" + id + "' is not loaded: " + what + " is " + (group ? "group" : "world") +
                       "-writable (" + mode + ")",
                   "chmod go-w " + path.string() + cure);
  }
  return std::nullopt;
}

std::optional<Error> untrusted(const fs::path& file, const std::string& id) {
  std::error_code ec;
  const fs::path real = fs::canonical(file, ec);
  if (ec) return refused("plugin '" + id + "' is not loaded: " + ec.message(), {});
  if (auto e = writable_by_others(real, id, false)) return e;
  for (fs::path folder = real.parent_path(); folder.has_relative_path(); folder = folder.parent_path())
    if (auto e = writable_by_others(folder, id, true)) return e;
  return std::nullopt;
}

Result<std::string> contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  if (!in) return fail(Category::plugin, file.string() + " cannot be read");
  return std::move(all).str();
}

std::vector<std::string> strings(const JsonValue* list) {
  std::vector<std::string> out;
  if (list && list->IsArray())
    for (const auto& item : list->GetArray())
      if (item.IsString()) out.emplace_back(view(item));
  return out;
}

std::optional<Descriptor> read_descriptor(const fs::path& json, const std::string& id) {
  std::error_code ec;
  if (!fs::exists(json, ec)) return std::nullopt;
  auto text = contents(json);
  if (!text) return std::nullopt;
  auto document = parse_json(*text);
  if (!document) return std::nullopt;
  const auto string = [&](const char* name) {
    const auto* v = member(*document, name);
    return v && v->IsString() ? std::string(view(*v)) : std::string();
  };
  Descriptor d;
  d.id = string("id");
  d.name = string("name");
  d.vendor = string("vendor");
  d.version = string("version");
  d.sha256 = string("sha256");
  d.languages = strings(member(*document, "languages"));
  d.url_schemes = strings(member(*document, "url_schemes"));
  const auto flag = [&](const char* name) {
    const auto* v = member(*document, name);
    return v && v->IsBool() && v->GetBool();
  };
  d.has_items = flag("has_items");
  d.experimental = flag("experimental");
  if (const auto* schema = member(*document, "config_schema")) d.config_schema = to_json(*schema);
  if (const auto* packages = member(*document, "packages"); packages && packages->IsObject())
    for (const auto& m : packages->GetObject())
      if (m.value.IsString()) d.packages.emplace(view(m.name), view(m.value));
  if (d.id != id || d.config_schema.empty()) return std::nullopt;
  return d;
}

// A library that is missing has a package, where the build of the plugin knew it.
Error with_package(Error e, const PluginFile& file) {
  if (!file.descriptor) return e;
  const auto known = file.descriptor->packages.find(e.object);
  if (known == file.descriptor->packages.end()) return e;
  e.message += " (apt install " + known->second + ")";
  e.hint.clear();
  return e;
}

// A private copy that nobody can change any more, under a name that dlopen can take.
Result<fs::path> sealed_copy(const std::string& id, const std::string& bytes) {
  const int fd = ::memfd_create(id.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return fail(Category::plugin, "no memory for a private copy of plugin '" + id + "'");
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n <= 0) return fail(Category::plugin, "no memory for a private copy of plugin '" + id + "'");
    done += static_cast<std::size_t>(n);
  }
  ::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return fs::path("/proc/self/fd/" + std::to_string(fd));
}

}  // namespace

PluginFolder::PluginFolder(std::vector<fs::path> folders, std::map<std::string, std::string> pins)
    : folders_(std::move(folders)), pins_(std::move(pins)) {}

void PluginFolder::look() {
  if (looked_) return;
  looked_ = true;
  for (const auto& folder : folders_) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(folder, ec)) {
      if (entry.path().extension() != ".so") continue;
      PluginFile f;
      f.file = fs::absolute(entry.path());
      f.id = f.file.stem().string();
      if (std::any_of(files_.begin(), files_.end(), [&](const auto& other) { return other.id == f.id; }))
        continue;
      if (!pins_.contains(f.id)) f.refused = untrusted(f.file, f.id);
      f.descriptor = read_descriptor(fs::path(f.file).replace_extension(".json"), f.id);
      files_.push_back(std::move(f));
    }
  }
  std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

const std::vector<PluginFile>& PluginFolder::files() {
  const std::lock_guard lock(mutex_);
  look();
  return files_;
}

const PluginFile* PluginFolder::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  look();
  const auto at = std::find_if(files_.begin(), files_.end(), [&](const auto& f) { return f.id == id; });
  return at == files_.end() ? nullptr : &*at;
}

std::vector<Descriptor> PluginFolder::descriptors() {
  const std::lock_guard lock(mutex_);
  look();
  std::vector<Descriptor> out;
  for (const auto& f : files_)
    if (!f.refused)
      if (auto d = descriptor(f.id)) out.push_back(std::move(*d));
  return out;
}

Result<Descriptor> PluginFolder::descriptor(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto* file = find(id);
  if (file && file->descriptor && !file->refused) return *file->descriptor;
  auto loaded = plugin(id);
  if (!loaded) return fail(loaded.error());
  return (*loaded)->descriptor();
}

Result<std::shared_ptr<Plugin>> PluginFolder::plugin(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (const auto at = loaded_.find(id); at != loaded_.end()) return at->second;
  const auto* file = find(id);
  if (!file) {
    std::vector<std::string> ids;
    for (const auto& f : files_) ids.push_back(f.id);
    Error e = refused("plugin '" + std::string(id) + "' is not installed" +
                          (ids.empty() ? "; no plugin is" : "; there are: " + joined(ids, ", ")),
                      {});
    e.did_you_mean = nearest(id, ids);
    std::vector<std::string> places;
    for (const auto& f : folders_) places.push_back(f.string());
    e.hint = "Looked in " + joined(places, ", ") + ".";
    return fail(std::move(e));
  }
  if (file->refused) return fail(*file->refused);
  auto loaded = load(*file);
  if (loaded) loaded_.emplace(id, *loaded);
  return loaded;
}

Result<std::shared_ptr<Plugin>> PluginFolder::load(const PluginFile& file) {
  const auto loaded = [&](Result<std::shared_ptr<Plugin>> tried) {
    return tried ? tried : fail(with_package(std::move(tried.error()), file));
  };
  const auto pin = pins_.find(file.id);
  if (pin == pins_.end()) return loaded(Plugin::load(file.file));
  auto bytes = contents(file.file);
  if (!bytes) return fail(bytes.error());
  if (const auto sum = sha256_hex(*bytes); sum != pin->second)
    return fail(refused(
        "plugin '" + file.id + "' is not loaded: its sha256 is " + sum + ", the profile pins another one",
        "If the change was meant, put the new sum into plugins.pin."));
  auto copy = sealed_copy(file.id, *bytes);
  if (!copy) return fail(copy.error());
  return loaded(Plugin::load(*copy, file.id));
}

}  // namespace dbmux
