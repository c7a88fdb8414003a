#include "secret/keys.hpp"

#include "base/text.hpp"
#include "secret/private_file.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostKeyFileBytes = 4096;
constexpr const char* kHowToMake = "A new key: head -c 32 /dev/urandom | base64";

std::optional<std::string> given(const Environment& environment, std::string_view name) {
  auto value = environment(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

std::optional<SealKey> key_in(std::string& bytes) {
  if (bytes.size() != SealKey::kBytes) return std::nullopt;
  return SealKey::of(std::span<const unsigned char, SealKey::kBytes>(
      reinterpret_cast<const unsigned char*>(bytes.data()), SealKey::kBytes));
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Keys in base64; empty when one of them is none.
std::vector<SealKey> keys_in(std::string_view text, char separator) {
  std::vector<SealKey> keys;
  while (!text.empty()) {
    const auto end = text.find(separator);
    const auto one = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (one.empty()) continue;
    auto bytes = from_base64(one);
    const auto key = bytes ? key_in(*bytes) : std::nullopt;
    if (bytes) wipe(*bytes);
    if (!key) return {};
    keys.push_back(*key);
  }
  return keys;
}

Result<std::vector<SealKey>> read_keys(const fs::path& file, std::string text) {
  std::vector<SealKey> keys;
  if (const auto key = key_in(text))
    keys.push_back(*key);
  else
    keys = keys_in(text, '\n');
  wipe(text);
  if (keys.empty())
    return fail(Category::profile,
                "the key file " + file.string() + " holds no key: 32 bytes, or one in base64 a line",
                kHowToMake);
  return keys;
}

}  // namespace

Result<std::optional<KeyRing>> find_keys(const Environment& environment, const fs::path& folder) {
  auto text = given(environment, "DBMUX_KEY");
  const auto named = given(environment, "DBMUX_KEY_FILE");
  if (text && named)
    return fail(Category::profile, "DBMUX_KEY and DBMUX_KEY_FILE are both set; keep one of them");
  KeyRing ring;
  if (text) {
    ring.configured = true;
    ring.keys = keys_in(*text, ',');
    wipe(*text);
    if (ring.keys.empty())
      return fail(Category::profile, "DBMUX_KEY holds no key: 32 bytes in base64", kHowToMake);
    return ring;
  }
  ring.configured = named.has_value();
  std::error_code ec;
  ring.file = named ? fs::absolute(*named, ec) : folder / "secrets.key";
  auto bytes = read_private_file(ring.file, "key file", kMostKeyFileBytes);
  if (!bytes) return fail(bytes.error());
  if (std::optional<std::string>& there = *bytes; there) {
    auto keys = read_keys(ring.file, *std::move(there));
    if (!keys) return fail(keys.error());
    ring.keys = std::move(*keys);
    return ring;
  }
  if (named)
    return fail(Category::profile, "the key file " + ring.file.string() + " (DBMUX_KEY_FILE) does not exist",
                "A new one: (umask 077; head -c 32 /dev/urandom | base64 > " + ring.file.string() + ")");
  return std::nullopt;
}

Result<void> keep_keys(const KeyRing& ring) {
  std::string text;
  for (const SealKey& key : ring.keys) {
    std::string line = key.base64();
    text += line + '\n';
    wipe(line);
  }
  std::error_code ec;
  const fs::path real = fs::canonical(ring.file, ec);  // of a link, the file behind it is replaced
  auto kept = replace_file(ec ? ring.file : real, text);
  wipe(text);
  return kept;
}

Result<KeyRing> make_key(const fs::path& folder) {
  KeyRing ring;
  ring.keys.push_back(SealKey::random());
  ring.file = folder / "secrets.key";
  if (auto kept = keep_keys(ring); !kept) return fail(kept.error());
  return ring;
}

}  // namespace dbmux
