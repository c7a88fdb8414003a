#pragma once
// The sealed store: the file `secrets` in the folder of dbmux, read anew at every question, so that what one
// process sets another has at once. Any thread, any number of processes.
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "profile/profile.hpp"
#include "secret/keys.hpp"

namespace dbmux {

// Letters, digits, _ . - and /, at most 100, not starting with a sign.
bool is_secret_name(std::string_view);

struct StoredSecret {
  std::string name;
  Wall::time_point set;
};

// Errors (profile) of all functions: a store or a key that others can use, that belongs to somebody else,
// that was damaged, or that do not belong together; the message names the file and what mends it, and the
// files stay as they are.
class SecretStore {
 public:
  explicit SecretStore(Environment);

  const std::filesystem::path& file() const { return file_; }

  // nullopt: there is no such secret, or no store yet. Wipe what you get.
  Result<std::optional<std::string>> find(std::string_view name) const;
  Result<std::vector<StoredSecret>> list() const;  // by name

  // Makes folder, key and store where there are none. Whatever happens to the process, the store is
  // afterwards as it was or as it was to be. Errors also: invalid (the name, an empty or too long value),
  // resource (no room, another process writes).
  Result<void> set(std::string_view name, std::string_view value);
  Result<bool> remove(std::string_view name);  // false: there was none

  struct Rotation {
    std::size_t secrets = 0;
    KeyRing keys;  // as they are now
  };
  // Seals everything anew: with a new key, which is written before and the old one dropped after (kept behind
  // it in a file named by DBMUX_KEY_FILE); with the first key of DBMUX_KEY, if the store is not sealed with
  // it.
  Result<Rotation> rotate();

 private:
  using Change = std::function<Result<void>(std::vector<SecretEntry>&)>;
  Result<std::optional<SealedBytes>> read(std::optional<KeyRing>*) const;
  Result<void> change(const Change&);
  Result<void> write(std::span<const SecretEntry>, const SealKey&) const;
  Result<void> reseal_with_new_key(std::span<const SecretEntry>, const SealKey::Id& current, KeyRing&) const;
  tl::unexpected<Error> named(Error) const;

  Environment environment_;
  std::filesystem::path folder_, file_;
};

}  // namespace dbmux
