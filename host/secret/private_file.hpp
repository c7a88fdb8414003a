#pragma once
// Files that only the user dbmux runs as may read, and their replacement in one step.
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/owned_fd.hpp"
#include "base/result.hpp"

namespace dbmux {

// The whole file; nullopt where there is none. It must be regular, owned by root or us, of mode 0600 or
// stricter and at most `most` bytes, else: error (profile) with what mends it. what: "secret file", for the
// message. Wipe the text when it is done with.
Result<std::optional<std::string>> read_private_file(const std::filesystem::path&, std::string_view what,
                                                     std::size_t most);

// Makes a folder (0700) and what is missing above it. Error (profile): it belongs to somebody else, or others
// may write to it.
Result<void> make_private_folder(const std::filesystem::path&);

// The bytes under that name, whole and on disk, or what was there before: a temporary file beside it is
// written, synced and renamed over it, and the folder synced. An old temporary file of ours is replaced.
// Errors: resource (no room), profile (not allowed). Not for two writers at a time.
Result<void> replace_file(const std::filesystem::path&, std::string_view bytes, mode_t mode = 0600);

// Held by one process at a time, and let go by its death. Blocks up to ten seconds; then: error (resource).
class FileLock {
 public:
  static Result<FileLock> take(const std::filesystem::path& lock_file);

 private:
  explicit FileLock(OwnedFd fd) : fd_(std::move(fd)) {}
  OwnedFd fd_;
};

// Overwrites the text in a way that is not optimised away, and empties it.
void wipe(std::string&);

std::string error_text(int error_number);
std::string octal(mode_t);  // 0644: the permissions, as chmod takes them

}  // namespace dbmux
