#pragma once
// A file of somebody else's that gets a few new lines.
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace dbmux {

struct EditedFile {
  std::filesystem::path path;  // of a link: what it leads to
  bool exists = false;
  mode_t mode = 0600;
  std::string text;  // as it was read
};

// Error (profile): not a regular file, of another user, larger than 4 MiB. A missing one is an empty text.
Result<EditedFile> read_for_editing(const std::filesystem::path&);

// The file with another text, in one step and with its mode; its folder is made where it is missing. What was
// there before is kept beside it, as FILE.bak-<time>, which is what you get: nullopt when there was nothing,
// or nothing changes. Error (conflict): somebody else has changed the file meanwhile.
Result<std::optional<std::filesystem::path>> write_edited(const EditedFile&, std::string_view text);

}  // namespace dbmux
