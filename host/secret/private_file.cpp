#include "secret/private_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

namespace dbmux {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> refuse(std::string message) { return fail(Category::profile, std::move(message)); }

// Of a failed write: whether there is no room, or no permission.
tl::unexpected<Error> cannot(const char* doing, const fs::path& file, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG;
  return fail(full ? Category::resource : Category::profile,
              file.string() + " cannot be " + doing + ": " + error_text(error) +
                  (full ? "; what was there before is untouched" : ""));
}

Result<void> trusted(int fd, const std::string& named, const std::string& path, std::size_t most) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return refuse(named + ": " + error_text(errno));
  if (!S_ISREG(status.st_mode)) return refuse(named + " is not a regular file");
  if (status.st_uid != 0 && status.st_uid != geteuid()) return refuse(named + " belongs to another user");
  if ((status.st_mode & 077) != 0)
    return refuse(named + " can be used by others (mode " + octal(status.st_mode) + "); chmod 600 " + path);
  if (static_cast<std::size_t>(status.st_size) > most)
    return refuse(named + " is larger than " + std::to_string(most / 1024) + " KiB");
  return {};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  const OwnedFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder, and say so with EINVAL.
  return fd.get() >= 0 && (fsync(fd.get()) == 0 || errno == EINVAL);
}

Result<void> write_new(const fs::path& file, std::string_view bytes, mode_t mode) {
  OwnedFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return cannot("written", file, errno);
  if (fchmod(fd.get(), mode) != 0 || !write_all(fd.get(), bytes) || fsync(fd.get()) != 0 || fd.close() != 0)
    return cannot("written", file, errno);
  return {};
}

}  // namespace

std::string octal(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
  return text.data();
}

std::string error_text(int error_number) {
  std::array<char, 128> buffer{};
  return strerror_r(error_number, buffer.data(), buffer.size());
}

void wipe(std::string& text) {
  explicit_bzero(text.data(), text.size());
  text.clear();
}

Result<std::optional<std::string>> read_private_file(const fs::path& file, std::string_view what,
                                                     std::size_t most) {
  const std::string named = "the " + std::string(what) + " " + file.string();
  const OwnedFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return refuse(named + ": " + error_text(errno));
  }
  if (auto checked = trusted(fd.get(), named, file.string(), most); !checked) return fail(checked.error());
  struct stat status{};
  if (fstat(fd.get(), &status) != 0) return refuse(named + ": " + error_text(errno));
  // One byte more than it had, to see whether it grows.
  std::string text(static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      wipe(text);
      return refuse(named + ": " + error_text(error));
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size == text.size()) {
    wipe(text);
    return refuse(named + " is being written; try again");
  }
  text.resize(size);
  return text;
}

Result<void> make_private_folder(const fs::path& folder) {
  for (fs::path at; const auto& part : folder) {
    at /= part;
    if (mkdir(at.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS &&
        errno != EACCES)
      return refuse("the folder " + at.string() + " cannot be made: " + error_text(errno));
  }
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0)
    return refuse("the folder " + folder.string() + " cannot be made: " + error_text(errno));
  if (!S_ISDIR(status.st_mode)) return refuse(folder.string() + " is not a folder");
  if (status.st_uid != 0 && status.st_uid != geteuid())
    return refuse("the folder " + folder.string() + " belongs to another user");
  if ((status.st_mode & 022) != 0)
    return refuse("others can write to the folder " + folder.string() + " (mode " + octal(status.st_mode) +
                  "); chmod go-w " + folder.string());
  return {};
}

Result<void> replace_file(const fs::path& file, std::string_view bytes, mode_t mode) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const fs::path fresh = folder / ("." + file.filename().string() + ".dbmux-new");
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) return cannot("written", fresh, errno);
  auto written = write_new(fresh, bytes, mode);
  if (written && rename(fresh.c_str(), file.c_str()) != 0) written = cannot("replaced", file, errno);
  if (!written) {
    unlink(fresh.c_str());
    return written;
  }
  if (!sync_folder(folder)) return cannot("brought to disk", file, errno);
  return {};
}

Result<FileLock> FileLock::take(const fs::path& lock_file) {
  OwnedFd fd(open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return cannot("locked", lock_file, errno);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return cannot("locked", lock_file, errno);
    if (std::chrono::steady_clock::now() >= until)
      return fail(Category::resource, "another dbmux has held " + lock_file.string() + " for ten seconds",
                  "Try again, or end that process.");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return FileLock(std::move(fd));
}

}  // namespace dbmux
