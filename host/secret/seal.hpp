#pragma once
// Secrets as bytes that say nothing without their key, and that cannot be changed unnoticed.
// XChaCha20-Poly1305 with random nonces throughout. Numbers are little-endian.
//
//    0  "dbmux secrets 1\n"
//   16  id of the key: BLAKE2b of the key, 16 bytes, personal "dbmux key id"
//   32  nonce of the index
//   56  size of the sealed index, 4 bytes
//   60  the index, sealed with the 60 bytes before it as associated data
//   …   the sealed values, one behind the other, each with the first 16 bytes of the file and its name as
//       associated data
//
// The index: count (4), and for each entry the size of its name (2), its name, milliseconds since 1970 (8),
// the nonce of its value (24), the size of its sealed value (4). Before sealing, the index is padded to a
// multiple of 256 bytes and a value to one of 64 (0x80, then zeros). So a value put under another name, an
// older value put back, and a file cut short are all noticed; and an index is enough to list the names.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dbmux {

inline constexpr std::size_t kMostSecretBytes = 64 * 1024;
inline constexpr std::size_t kMostSecrets = 1000;
inline constexpr std::size_t kMostStoreBytes = std::size_t{4} << 20;

// 32 bytes, wiped when they go.
class SealKey {
 public:
  static constexpr std::size_t kBytes = 32;
  using Id = std::array<unsigned char, 16>;

  static SealKey random();
  static SealKey of(std::span<const unsigned char, kBytes>);
  SealKey(const SealKey&) = default;
  SealKey& operator=(const SealKey&) = default;
  ~SealKey();

  const unsigned char* data() const { return bytes_.data(); }
  Id id() const;
  std::string base64() const;  // wipe it

 private:
  SealKey() = default;
  std::array<unsigned char, kBytes> bytes_{};
};
// The first bytes of an id in hexadecimal: enough to tell two keys apart, and of no use for anything else.
std::string key_text(const SealKey::Id&);

struct SecretEntry {
  std::string name;
  std::int64_t set_ms = 0;  // since 1970
  std::string value;        // wipe it
};

// Names are unique, at most 64 KiB long together with their value; at most kMostSecrets of them.
std::string seal(std::span<const SecretEntry>, const SealKey&);

// Sealed bytes whose index was opened and fits them. Values are opened one by one.
class SealedBytes {
 public:
  struct Item {
    std::string name;
    std::int64_t set_ms = 0;
    std::array<unsigned char, 24> nonce{};
    std::size_t at = 0, size = 0;  // in the bytes
  };

  // The key is one of these: the one the bytes name. Errors (profile), in words that continue the name of a
  // file: "is not a store of secrets", …; never anything of the content.
  static Result<SealedBytes> open(std::string bytes, std::span<const SealKey>);

  const std::vector<Item>& items() const { return items_; }
  const Item* find(std::string_view name) const;
  Result<std::string> value(const Item&) const;  // wipe it
  const SealKey::Id& key_id() const { return key_id_; }

 private:
  SealedBytes(std::string bytes, const SealKey& key) : bytes_(std::move(bytes)), key_(key) {}
  Result<void> read_index(std::string_view index, std::size_t values_at);

  std::string bytes_;
  SealKey key_;
  SealKey::Id key_id_{};
  std::vector<Item> items_;
};

// Of sealed bytes, without opening them.
Result<SealKey::Id> key_of(std::string_view bytes);

}  // namespace dbmux
