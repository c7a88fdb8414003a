#pragma once
// A connection as the text of a profile.
#include <filesystem>
#include <string>
#include <string_view>

#include "profile/load.hpp"

namespace dbmux {

// NAME: and its keys, as they stand below `connections:`, indented by two. A value is read back as itself;
// secrets are named by their sources.
std::string connection_yaml(const ConnectionProfile&);

// A whole profile with that one connection.
std::string profile_yaml(const ConnectionProfile&);

// A profile's text with one more connection, and otherwise as it is. Errors (profile): the text is not a
// right profile, or is written in a way that takes a person; the hint is then what to add.
Result<std::string> with_connection(std::string_view text, const std::string& file, const ConnectionProfile&,
                                    const Environment&);

// Says the same as the other, as far as setup says something: plugin and options but for secrets.
bool same_connection(const ConnectionProfile&, const ConnectionProfile&);

// NAME.yaml in the first folder of profiles that we may write to (made where it is missing), that of the
// installation excepted; a text with a '/' or .yaml is a file.
Result<std::filesystem::path> profile_to_write(const std::string& name_or_file, const SearchPaths&);

}  // namespace dbmux
