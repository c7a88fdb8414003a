#pragma once
// Connections without a profile: NAME=SCHEME:…, SCHEME:…, or the path of a file that exists.
//   sqlite:FILE   sqlite:///abs/file   sqlite::memory: scheme://user:password@host:port/database?option=value
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profile/profile.hpp"

namespace dbmux {

// How one plugin takes the parts of a URL; driver/options.hpp makes it from a descriptor.
struct DsnPlugin {
  std::string id;
  std::vector<std::string> schemes;
  // Part -> option path: file, host, port, user, password, database, or uri for the whole text. A plugin with
  // `file` serves files, one with `uri` gets everything in one option.
  std::map<std::string, std::string, std::less<>> parts;
};

// One argument or DATABASE_URL. origin: "command line" or a variable's name. A missing name is left empty.
// A password becomes a secret with a literal source; so does a uri that holds one.
// Errors (invalid): no plugin serves the scheme, a part that the plugin has no option for, a wrong spelling.
Result<ConnectionProfile> parse_dsn(std::string_view text, std::span<const DsnPlugin>, const Mark& origin);

// Has a password (or other secret) in it.
bool holds_secret(const ConnectionProfile&);

// All arguments as a profile without file and name; the first is the default. Nameless ones are called after
// their plugin, then PLUGIN_2 … A password is warned of: other users see it in the list of processes.
Result<Profile> profile_from_dsns(std::span<const std::string> arguments, std::span<const DsnPlugin>);

}  // namespace dbmux
