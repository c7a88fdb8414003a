#pragma once
// Finding and reading profiles.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/problem.hpp"

namespace dbmux {

struct SearchPaths {
  std::vector<std::filesystem::path> folders;  // the first that holds the name wins
  std::string home;                            // shown as ~ in messages; may be empty
};

// $DBMUX_CONFIG_DIR where set, $XDG_CONFIG_HOME/dbmux (~/.config/dbmux), /etc/dbmux, and
// ../share/dbmux/profiles seen from the folder of the executable.
SearchPaths search_paths(const Environment&, const std::filesystem::path& executable = "/proc/self/exe");

// The flag, else $DB_PROFILE, else "local".
std::string chosen_profile(std::optional<std::string_view> flag, const Environment&);

// A name is looked up as NAME.yaml; whatever holds a '/' or ends in .yaml or .yml is a file and taken as it
// is. Error (profile): where it was looked for, what there is, and the nearest name.
Result<std::filesystem::path> find_profile(std::string_view name_or_file, const SearchPaths&);

// Every problem of one file. Reads no plugin.
ProfileReport read_profile(const std::filesystem::path&, const Environment&);
// The same of a text; file names it in marks.
// folder: where the files of tools.add_from begin; "" = the working directory.
ProfileReport parse_profile(std::string_view text, const std::string& file, const Environment&,
                            const std::filesystem::path& folder = {});

// The text of a regular file, at most one byte more than a profile may have. Error (profile): names it.
Result<std::string> read_text(const std::filesystem::path&);

// For serving: the profile, or its first error, which says how many more there are.
Result<Profile> load_profile(const std::filesystem::path&, const Environment&);

}  // namespace dbmux
