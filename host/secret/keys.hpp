#pragma once
// The key of the sealed store, and where it is kept.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "profile/profile.hpp"
#include "secret/seal.hpp"

namespace dbmux {

// The first seals; all of them open.
struct KeyRing {
  std::vector<SealKey> keys;
  std::filesystem::path file;  // empty: they came from the variable DBMUX_KEY
  bool configured = false;     // by DBMUX_KEY_FILE: other stores may use the same file

  std::string source() const { return file.empty() ? "DBMUX_KEY" : file.string(); }
};

// DBMUX_KEY (base64, several joined by ','), else the file DBMUX_KEY_FILE, else `secrets.key` in that folder:
// 32 bytes, or one key a line in base64; private as read_private_file() wants it. nullopt: none of the
// variables is set and the file is not there. Errors (profile): both variables are set, a file that is named
// and missing, what is not a key.
Result<std::optional<KeyRing>> find_keys(const Environment&, const std::filesystem::path& folder);

// Writes the keys to ring.file, in one step.
Result<void> keep_keys(const KeyRing&);

// A new key in `secrets.key` of that folder.
Result<KeyRing> make_key(const std::filesystem::path& folder);

}  // namespace dbmux
