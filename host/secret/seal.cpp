#include "secret/seal.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "secret/private_file.hpp"

namespace dbmux {
namespace {

constexpr std::string_view kMagic = "dbmux secrets 1\n";
constexpr std::string_view kFamily = "dbmux secrets ";
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kIdAt = 16, kNonceAt = 32, kSizeAt = 56, kHeader = 60;
constexpr std::size_t kIndexBlock = 256, kValueBlock = 64;
constexpr const char* kDamaged = "was changed or damaged, and nothing of it is used; put back a copy of it";

static_assert(kNonce == 24 && kMagic.size() == kIdAt);
static_assert(SealKey::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

using Nonce = std::array<unsigned char, kNonce>;

// Chooses the processor's best code, and opens the source of randomness.
void ready() {
  static const int done = sodium_init();
  static_cast<void>(done);
}

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

tl::unexpected<Error> refuse(std::string message) { return fail(Category::profile, std::move(message)); }

template <class Integer>
void put(std::string& to, Integer number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    to += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

// Takes numbers and texts off the front; once something is missing, good() is false for ever.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view text(std::size_t size) {
    good_ = good_ && size <= rest_.size();
    const auto taken = rest_.substr(0, good_ ? size : 0);
    if (good_) rest_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    std::size_t shift = 0;
    for (const char c : text(bytes)) {
      value |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
      shift += 8;
    }
    return value;
  }
  bool good() const { return good_; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Nonce random_nonce() {
  Nonce nonce;
  randombytes_buf(nonce.data(), nonce.size());
  return nonce;
}

std::string padded(std::string_view plain, std::size_t block) {
  std::string text;
  text.reserve(plain.size() + block);
  text = plain;
  text += '\x80';
  text.append((block - text.size() % block) % block, '\0');
  return text;
}

std::string sealed(std::string_view plain, std::size_t block, std::string_view bound_to, const Nonce& nonce,
                   const SealKey& key) {
  std::string text = padded(plain, block);
  std::string out(text.size() + kTag, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(text), text.size(), raw(bound_to),
                                             bound_to.size(), nullptr, nonce.data(), key.data());
  wipe(text);
  return out;
}

// nullopt: not what was sealed.
std::optional<std::string> opened(std::string_view cipher, std::string_view bound_to,
                                  const unsigned char* nonce, const SealKey& key) {
  if (cipher.size() < kTag) return std::nullopt;
  std::string text(cipher.size() - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(text), nullptr, nullptr, raw(cipher), cipher.size(),
                                                 raw(bound_to), bound_to.size(), nonce, key.data()) != 0)
    return std::nullopt;
  const auto end = text.find_last_not_of('\0');
  if (end == std::string::npos || text[end] != '\x80') return std::nullopt;
  std::string plain = text.substr(0, end);
  wipe(text);
  return plain;
}

std::string bound(std::string_view name) { return std::string(kMagic) + std::string(name); }

Result<void> known_format(std::string_view bytes) {
  if (bytes.starts_with(kMagic)) return {};
  if (!bytes.starts_with(kFamily))
    return refuse(bytes.empty() ? "is empty; put back a copy of it" : "is not a store of secrets");
  return refuse("is of a newer format than this dbmux knows");
}

}  // namespace

SealKey SealKey::random() {
  ready();
  SealKey key;
  randombytes_buf(key.bytes_.data(), kBytes);
  return key;
}

SealKey SealKey::of(std::span<const unsigned char, kBytes> bytes) {
  SealKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

SealKey::~SealKey() { sodium_memzero(bytes_.data(), kBytes); }

SealKey::Id SealKey::id() const {
  ready();
  static constexpr std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES> kPersonal = {
      'd', 'b', 'm', 'u', 'x', ' ', 'k', 'e', 'y', ' ', 'i', 'd'};
  Id id{};
  crypto_generichash_blake2b_salt_personal(id.data(), id.size(), bytes_.data(), kBytes, nullptr, 0, nullptr,
                                           kPersonal.data());
  return id;
}

std::string SealKey::base64() const {
  std::string bytes(reinterpret_cast<const char*>(bytes_.data()), kBytes);
  std::string text = dbmux::base64(bytes);
  wipe(bytes);
  return text;
}

std::string key_text(const SealKey::Id& id) {
  std::array<char, 9> text{};
  sodium_bin2hex(text.data(), text.size(), id.data(), 4);
  return text.data();
}

std::string seal(std::span<const SecretEntry> entries, const SealKey& key) {
  ready();
  std::string index, values;
  put(index, static_cast<std::uint32_t>(entries.size()));
  for (const SecretEntry& entry : entries) {
    const Nonce nonce = random_nonce();
    const std::string value = sealed(entry.value, kValueBlock, bound(entry.name), nonce, key);
    put(index, static_cast<std::uint16_t>(entry.name.size()));
    index += entry.name;
    put(index, entry.set_ms);
    index.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    put(index, static_cast<std::uint32_t>(value.size()));
    values += value;
  }
  const SealKey::Id id = key.id();
  const Nonce nonce = random_nonce();
  const std::size_t index_size = (index.size() / kIndexBlock + 1) * kIndexBlock + kTag;
  std::string bytes(kMagic);
  bytes.append(reinterpret_cast<const char*>(id.data()), id.size());
  bytes.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  put(bytes, static_cast<std::uint32_t>(index_size));
  bytes += sealed(index, kIndexBlock, bytes, nonce, key);
  wipe(index);
  return bytes + values;
}

Result<SealKey::Id> key_of(std::string_view bytes) {
  if (auto known = known_format(bytes); !known) return fail(known.error());
  if (bytes.size() < kHeader) return refuse(kDamaged);
  SealKey::Id id{};
  std::memcpy(id.data(), bytes.data() + kIdAt, id.size());
  return id;
}

Result<SealedBytes> SealedBytes::open(std::string bytes, std::span<const SealKey> keys) {
  ready();
  const auto id = key_of(bytes);
  if (!id) return fail(id.error());
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const SealKey& k) { return k.id() == *id; });
  if (key == keys.end()) return refuse("was sealed with another key (" + key_text(*id) + ")");
  SealedBytes store(std::move(bytes), *key);
  store.key_id_ = *id;
  const std::string_view all = store.bytes_;
  Reader sizes(all.substr(kSizeAt, 4));
  const auto index_size = static_cast<std::size_t>(sizes.number(4));
  if (index_size > all.size() - kHeader) return refuse(kDamaged);
  auto index =
      opened(all.substr(kHeader, index_size), all.substr(0, kHeader), raw(all.substr(kNonceAt)), store.key_);
  if (!index) return refuse(kDamaged);
  auto read = store.read_index(*index, kHeader + index_size);
  wipe(*index);
  if (!read) return fail(read.error());
  return store;
}

Result<void> SealedBytes::read_index(std::string_view index, std::size_t values_at) {
  Reader from(index);
  const auto count = from.number(4);
  for (std::uint64_t i = 0; i < count && from.good(); ++i) {
    Item item;
    item.name = from.text(static_cast<std::size_t>(from.number(2)));
    item.set_ms = static_cast<std::int64_t>(from.number(8));
    const auto nonce = from.text(kNonce);
    item.size = static_cast<std::size_t>(from.number(4));
    item.at = values_at;
    if (!from.good() || item.size > bytes_.size() - values_at) return refuse(kDamaged);
    std::memcpy(item.nonce.data(), nonce.data(), kNonce);
    values_at += item.size;
    items_.push_back(std::move(item));
  }
  if (!from.good() || !from.done() || values_at != bytes_.size()) return refuse(kDamaged);
  return {};
}

const SealedBytes::Item* SealedBytes::find(std::string_view name) const {
  const auto at = std::find_if(items_.begin(), items_.end(), [&](const Item& i) { return i.name == name; });
  return at == items_.end() ? nullptr : &*at;
}

Result<std::string> SealedBytes::value(const Item& item) const {
  auto plain =
      opened(std::string_view(bytes_).substr(item.at, item.size), bound(item.name), item.nonce.data(), key_);
  if (!plain) return refuse(kDamaged);
  return *std::move(plain);
}

}  // namespace dbmux
