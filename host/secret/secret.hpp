#pragma once
// Where the text of a secret comes from.
#include <string>

#include "base/result.hpp"
#include "profile/profile.hpp"
#include "secret/private_file.hpp"

namespace dbmux {

struct Secret {
  std::string value;
  std::string source;  // "env:DB_PASSWORD", "file:/run/secrets/db", "literal"; never the value
};

// The first source that is there. env:NAME, unless NAME is not set or empty; file:PATH, unless there is no
// such file: regular, owned by root or us, mode 0600 or stricter, at most 64 KiB, without its last newline;
// store:NAME, unless the sealed store has no such name (store.hpp); literal:VALUE. A file or a store that is
// there but may not be trusted is an error (profile) and ends the search. keyvault: and pgpass are not built
// yet: passed over, and an error (unsupported) when nothing else answers. No error holds a value. Any thread.
Result<Secret> find_secret(const SecretSources&, const Environment&);
Result<std::string> read_secret(const SecretSources&, const Environment&);

}  // namespace dbmux
