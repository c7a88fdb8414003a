#include "secret/store.hpp"

#include <algorithm>

#include "secret/private_file.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr const char* kWhat = "store of secrets";
constexpr const char* kNoStore = "there is no store of secrets yet";
constexpr std::size_t kMostKeys = 32;

// Copies of secrets that end with their scope, also on the way out with an error.
class Opened {
 public:
  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    for (SecretEntry& entry : entries) wipe(entry.value);
  }

  Result<void> take(const SealedBytes& sealed) {
    entries.reserve(sealed.items().size() + 1);
    for (const auto& item : sealed.items()) {
      auto value = sealed.value(item);
      if (!value) return fail(value.error());
      entries.push_back({item.name, item.set_ms, *std::move(value)});
    }
    return {};
  }

  std::vector<SecretEntry> entries;
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Wall::now().time_since_epoch()).count();
}

auto at_name(std::vector<SecretEntry>& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const SecretEntry& e, std::string_view n) { return e.name < n; });
}

Result<void> put(std::vector<SecretEntry>& entries, std::string_view name, std::string_view value) {
  auto at = at_name(entries, name);
  if (at == entries.end() || at->name != name) {
    if (entries.size() >= kMostSecrets)
      return fail(Category::resource, "the store holds " + std::to_string(kMostSecrets) + " secrets already");
    at = entries.insert(at, SecretEntry{std::string(name), 0, {}});
  }
  wipe(at->value);
  at->value = value;
  at->set_ms = now_ms();
  return {};
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 100 && (letter(name.front()) || name.front() == '_') &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || std::string_view("_.-/").find(c) != std::string_view::npos;
         });
}

SecretStore::SecretStore(Environment environment) : environment_(std::move(environment)) {
  std::error_code ec;
  folder_ = fs::absolute(dbmux_home(environment_), ec);
  file_ = folder_ / "secrets";
}

// The words of a room below continue the file's name.
tl::unexpected<Error> SecretStore::named(Error error) const {
  if (error.category == Category::profile) error.message = file_.string() + " " + error.message;
  return fail(std::move(error));
}

// A rotation may happen between the store and the key being read: then both are read again.
Result<std::optional<SealedBytes>> SecretStore::read(std::optional<KeyRing>* ring) const {
  for (int attempt = 1;; ++attempt) {
    auto bytes = read_private_file(file_, kWhat, kMostStoreBytes);
    if (!bytes) return fail(bytes.error());
    std::optional<std::string>& there = *bytes;
    if (!there && ring == nullptr) return std::nullopt;
    auto keys = find_keys(environment_, folder_);
    if (!keys) return fail(keys.error());
    std::optional<KeyRing>& found = *keys;
    if (ring != nullptr) *ring = found;
    if (!there) return std::nullopt;
    const auto id = key_of(*there);
    if (!id) return named(id.error());
    if (!found)
      return fail(
          Category::profile,
          "the key of " + file_.string() + " is missing: " + (folder_ / "secrets.key").string() +
              " does not exist",
          "Put it back, or name the right one with DBMUX_KEY_FILE; without it nobody can open the store.");
    const bool fits = std::any_of(found->keys.begin(), found->keys.end(),
                                  [&](const SealKey& key) { return key.id() == *id; });
    if (!fits && attempt < 3) continue;
    if (!fits)
      return fail(Category::profile,
                  file_.string() + " was sealed with another key (" + key_text(*id) + ") than the one in " +
                      found->source() + " (" + key_text(found->keys.front().id()) + ")",
                  "Put the right key back; the store is as it was.");
    auto sealed = SealedBytes::open(*std::move(there), found->keys);
    if (!sealed) return named(sealed.error());
    return std::move(*sealed);
  }
}

Result<std::optional<std::string>> SecretStore::find(std::string_view name) const {
  const auto sealed = read(nullptr);
  if (!sealed) return fail(sealed.error());
  const std::optional<SealedBytes>& there = *sealed;
  if (!there) return std::nullopt;
  const auto* item = there->find(name);
  if (item == nullptr) return std::nullopt;
  auto value = there->value(*item);
  if (!value) return named(value.error());
  return *std::move(value);
}

Result<std::vector<StoredSecret>> SecretStore::list() const {
  const auto sealed = read(nullptr);
  if (!sealed) return fail(sealed.error());
  std::vector<StoredSecret> all;
  if (const std::optional<SealedBytes>& there = *sealed; there)
    for (const auto& item : there->items())
      all.push_back({item.name, Wall::time_point(std::chrono::milliseconds(item.set_ms))});
  return all;
}

Result<void> SecretStore::write(std::span<const SecretEntry> entries, const SealKey& key) const {
  const std::string bytes = seal(entries, key);
  if (bytes.size() > kMostStoreBytes) return fail(Category::resource, "the store would be larger than 4 MiB");
  return replace_file(file_, bytes);
}

Result<void> SecretStore::change(const Change& apply) {
  if (auto made = make_private_folder(folder_); !made) return made;
  const auto lock = FileLock::take(folder_ / "secrets.lock");
  if (!lock) return fail(lock.error());
  std::optional<KeyRing> ring;
  const auto sealed = read(&ring);
  if (!sealed) return fail(sealed.error());
  Opened opened;
  if (const std::optional<SealedBytes>& there = *sealed; there)
    if (auto taken = opened.take(*there); !taken) return named(taken.error());
  if (auto applied = apply(opened.entries); !applied) return applied;
  if (!ring) {
    auto made = make_key(folder_);
    if (!made) return fail(made.error());
    ring = std::move(*made);
  }
  return write(opened.entries, ring->keys.front());
}

Result<void> SecretStore::set(std::string_view name, std::string_view value) {
  if (!is_secret_name(name))
    return fail(Category::invalid, "a secret's name is of letters, digits, '_', '.', '-' and '/'");
  if (value.empty()) return fail(Category::invalid, "the secret is empty");
  if (value.size() > kMostSecretBytes) return fail(Category::invalid, "the secret is longer than 64 KiB");
  return change([&](std::vector<SecretEntry>& entries) { return put(entries, name, value); });
}

Result<bool> SecretStore::remove(std::string_view name) {
  const auto there = list();
  if (!there) return fail(there.error());
  const auto is = [&](const auto& entry) { return entry.name == name; };
  if (std::none_of(there->begin(), there->end(), is)) return false;
  bool removed = false;
  auto done = change([&](std::vector<SecretEntry>& entries) -> Result<void> {
    const auto at = std::find_if(entries.begin(), entries.end(), is);
    if (at == entries.end()) return {};
    wipe(at->value);
    entries.erase(at);
    removed = true;
    return {};
  });
  if (!done) return fail(done.error());
  return removed;
}

// Whenever this ends, the file holds the key of the store: the new key is there before the store is sealed
// with it, and the old one goes only afterwards.
Result<void> SecretStore::reseal_with_new_key(std::span<const SecretEntry> entries,
                                              const SealKey::Id& current, KeyRing& ring) const {
  if (!ring.configured) std::erase_if(ring.keys, [&](const SealKey& key) { return key.id() != current; });
  if (ring.keys.size() >= kMostKeys)
    return fail(Category::profile, ring.file.string() + " holds " + std::to_string(ring.keys.size()) +
                                       " keys; take out old ones");
  ring.keys.insert(ring.keys.begin(), SealKey::random());
  if (auto kept = keep_keys(ring); !kept) return kept;
  if (auto written = write(entries, ring.keys.front()); !written) return written;
  if (ring.configured) return {};
  ring.keys.resize(1, ring.keys.front());
  return keep_keys(ring);
}

Result<SecretStore::Rotation> SecretStore::rotate() {
  std::error_code ec;
  if (!fs::exists(file_, ec)) return fail(Category::not_found, kNoStore);
  if (auto made = make_private_folder(folder_); !made) return fail(made.error());
  const auto lock = FileLock::take(folder_ / "secrets.lock");
  if (!lock) return fail(lock.error());
  std::optional<FileLock> key_lock;  // of a file that other stores may use
  if (const auto key_file = environment_("DBMUX_KEY_FILE"); key_file && !key_file->empty()) {
    auto taken = FileLock::take(*key_file + ".lock");
    if (!taken) return fail(taken.error());
    key_lock.emplace(std::move(*taken));
  }
  std::optional<KeyRing> ring;
  const auto sealed = read(&ring);
  if (!sealed) return fail(sealed.error());
  const std::optional<SealedBytes>& there = *sealed;
  if (!there || !ring) return fail(Category::not_found, kNoStore);
  Opened opened;
  if (auto taken = opened.take(*there); !taken) return named(taken.error());
  if (ring->file.empty() && ring->keys.front().id() == there->key_id())
    return fail(Category::invalid, "the key comes from DBMUX_KEY, which only you can change",
                "Put a new key before it, DBMUX_KEY=NEW,OLD, run this once, then leave OLD out.");
  auto done = ring->file.empty() ? write(opened.entries, ring->keys.front())
                                 : reseal_with_new_key(opened.entries, there->key_id(), *ring);
  if (!done) return fail(done.error());
  return Rotation{opened.entries.size(), *std::move(ring)};
}

}  // namespace dbmux
