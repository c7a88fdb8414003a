#include "driver/plugin.hpp"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <link.h>

#include <fstream>
#include <map>
#include <mutex>

#include "base/text.hpp"
#include "driver/state.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

Error broken(const std::string& id, std::string why, std::string hint = {}) {
  Error e;
  e.category = Category::plugin;
  e.message = "plugin '" + id + "' does not load: " + std::move(why);
  e.hint = std::move(hint);
  e.object = id;
  return e;
}

// The loader's own words, turned into what a person can do about them.
Error explain(const std::string& id, std::string_view what) {
  const auto between = [&](std::string_view from, std::string_view to) -> std::string {
    const auto a = what.find(from);
    if (a == std::string_view::npos) return {};
    const auto b = what.find(to, a + from.size());
    if (b == std::string_view::npos) return {};
    return std::string(what.substr(a + from.size(), b - a - from.size()));
  };
  if (what.find("cannot open shared object file") != std::string_view::npos) {
    std::string library = between("", ": cannot open shared object file");
    if (const auto space = library.find_last_of(" ("); space != std::string::npos)
      library.erase(0, space + 1);
    auto e = broken(id, library + " is missing", "Install the package that holds " + library + ".");
    e.object = library;
    return e;
  }
  if (const auto version = between("version `", "' not found"); !version.empty())
    return broken(id,
                  version.starts_with("GLIBC_")
                      ? "it needs " + version + ", this system has " + ::gnu_get_libc_version()
                      : "it needs " + version + ", which this system does not have",
                  "Take the plugin that was built for this system, or build it here.");
  if (const auto symbol = between("undefined symbol: ", ")"); !symbol.empty())
    return broken(id, "the symbol " + symbol + " is missing in the libraries of this system");
  return broken(id, std::string(what));
}

// A file that ends before its segments do would kill the process when they are touched.
Result<void> check_whole(const std::string& id, const fs::path& file, std::ifstream& in) {
  const auto size = fs::file_size(file);
  ElfW(Ehdr) header{};
  in.seekg(0);
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in || header.e_phentsize != sizeof(ElfW(Phdr)))
    return fail(broken(id, file.string() + " is cut off, or built for another kind of machine"));
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment{};
    in.seekg(static_cast<std::streamoff>(header.e_phoff + i * sizeof segment));
    in.read(reinterpret_cast<char*>(&segment), sizeof segment);
    if (!in || segment.p_filesz > size || segment.p_offset > size - segment.p_filesz)
      return fail(broken(id, file.string() + " is cut off", "Copy the file again."));
  }
  return {};
}

Result<void> check_elf(const std::string& id, const fs::path& file) {
  std::error_code ec;
  const auto status = fs::status(file, ec);
  if (ec || !fs::exists(status)) return fail(broken(id, "there is no file " + file.string()));
  if (!fs::is_regular_file(status)) return fail(broken(id, file.string() + " is not a file"));
  std::ifstream in(file, std::ios::binary);
  char magic[4] = {};
  in.read(magic, sizeof magic);
  if (!in) return fail(broken(id, file.string() + " cannot be read, or is empty"));
  if (std::string_view(magic, 4) != "\177ELF")
    return fail(broken(id, file.string() + " is not a shared object (no ELF header)"));
  return check_whole(id, file, in);
}

Result<void> check_descriptor(const std::string& id, const dbmux_plugin* p) {
  if (!p || p->size < offsetof(dbmux_plugin, flags))
    return fail(broken(id, "its descriptor is empty or too small"));
  const auto version = [](std::uint32_t major, std::uint32_t minor, std::uint32_t draft) {
    return std::to_string(major) + "." + std::to_string(minor) +
           (draft ? " draft " + std::to_string(draft) : std::string());
  };
  const bool fits = p->abi_major == DBMUX_ABI_MAJOR && p->abi_draft == DBMUX_ABI_DRAFT &&
                    (DBMUX_ABI_DRAFT == 0 || p->abi_minor == DBMUX_ABI_MINOR);
  if (!fits)
    return fail(broken(id,
                       "it was built for plugin ABI " + version(p->abi_major, p->abi_minor, p->abi_draft) +
                           ", this dbmux has " + version(DBMUX_ABI_MAJOR, DBMUX_ABI_MINOR, DBMUX_ABI_DRAFT),
                       "Rebuild the plugin with the plugin.h of this dbmux."));
  if (p->size < sizeof(dbmux_plugin) || !p->driver || p->driver->size < sizeof(dbmux_driver))
    return fail(broken(id, "its descriptor or driver table is smaller than version 1.0's"));
  if (!p->id || !p->name || !p->version || !p->languages || !p->config_schema)
    return fail(broken(id, "its descriptor leaves out id, name, version, languages or config_schema"));
  if (id != p->id)
    return fail(
        broken(id, "it calls itself '" + std::string(p->id) + "'; the file must be named after that"));
  const auto& d = *p->driver;
  if (!d.source_open || !d.source_close || !d.connect || !d.close || !d.info || !d.ping || !d.reset ||
      !d.cancel || !d.execute || !d.columns || !d.next_batch || !d.summary || !d.cursor_close)
    return fail(broken(id, "its driver table has an empty entry"));
  return {};
}

std::vector<std::string> list(const char* const* items) {
  std::vector<std::string> out;
  for (; items && *items; ++items) out.emplace_back(*items);
  return out;
}

// An object is mapped once in a process, so it is initialised once, and shut down behind its last user.
struct Loaded {
  std::mutex mutex;
  std::map<const dbmux_plugin*, std::weak_ptr<Plugin>> plugins;
};

Loaded& loaded() {
  static Loaded all;
  return all;
}

}  // namespace

Plugin::Plugin(std::unique_ptr<State> state) : state_(std::move(state)) {}

Plugin::~Plugin() {
  const std::lock_guard lock(loaded().mutex);
  if (state_->initialised && state_->raw->shutdown) state_->raw->shutdown();
}

Result<std::shared_ptr<Plugin>> Plugin::load(const fs::path& file, std::string_view id) {
  const std::string name = id.empty() ? file.stem().string() : std::string(id);
  if (auto elf = check_elf(name, file); !elf) return fail(elf.error());
  auto state = std::make_unique<State>();
  const dbmux_plugin* (*entry)() = nullptr;
  try {
    // The overloads with an error_code lose dlerror's text.
    state->library.load(fs::absolute(file),
                        boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    if (!state->library.has("dbmux_plugin_v1"))
      return fail(broken(name, "it has no entry dbmux_plugin_v1, so it is not a dbmux plugin of ABI 1"));
    entry = &state->library.get<const dbmux_plugin*()>("dbmux_plugin_v1");
    // Stays mapped for good: its libraries may have threads and exit handlers that outlive the plugin.
    ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  } catch (const std::exception& e) {
    return fail(explain(name, e.what()));
  }
  state->raw = entry();
  if (auto ok = check_descriptor(name, state->raw); !ok) return fail(ok.error());

  const std::lock_guard lock(loaded().mutex);
  auto& before = loaded().plugins[state->raw];
  if (auto same = before.lock()) return same;
  const auto& raw = *state->raw;
  if (raw.init) {
    abi::ErrorSlot error;
    const auto status = raw.init(abi::host_table(), &error.raw);
    if (status != DBMUX_OK) return fail(broken(name, abi::to_error(status, error.raw).message));
  }
  state->initialised = true;
  auto& d = state->descriptor;
  d.id = raw.id;
  d.name = raw.name;
  d.vendor = raw.vendor ? raw.vendor : "";
  d.version = raw.version;
  d.languages = list(raw.languages);
  d.url_schemes = list(raw.url_schemes);
  d.config_schema = raw.config_schema;
  d.has_items = (raw.flags & DBMUX_PLUGIN_HAS_ITEMS) != 0;
  d.experimental = (raw.flags & DBMUX_PLUGIN_EXPERIMENTAL) != 0;
  std::shared_ptr<Plugin> plugin(new Plugin(std::move(state)));
  before = plugin;
  return plugin;
}

const Descriptor& Plugin::descriptor() const { return state_->descriptor; }

Result<std::shared_ptr<Source>> Plugin::open(Call& call, std::span<const Param> options,
                                             SecretLookup secrets) {
  auto state = std::make_unique<Source::State>(std::move(secrets));
  state->plugin = shared_from_this();
  state->raw_plugin = state_->raw;
  const auto params = abi::to_abi(options);
  const abi::LiveCall live(call, &state->services);
  abi::ErrorSlot error;
  const auto status =
      state_->raw->driver->source_open(&live.raw, params.data(), params.size(), &state->raw, &error.raw);
  if (status != DBMUX_OK) return fail(abi::to_error(status, error.raw));
  return std::shared_ptr<Source>(new Source(std::move(state)));
}

}  // namespace dbmux
