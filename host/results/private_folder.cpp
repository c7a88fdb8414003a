#include "results/private_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBeginning = "dbmux-results-";
constexpr int kTries = 5;

// The descriptor that holds the lock, or -1: another process has it, or it is not a folder of ours.
int locked(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat status{};
  if (::fstat(fd, &status) == 0 && status.st_uid == ::geteuid() && ::flock(fd, LOCK_EX | LOCK_NB) == 0 &&
      ::fstat(fd, &status) == 0 && status.st_nlink > 0)
    return fd;
  ::close(fd);
  return -1;
}

void remove_left_over(const fs::path& below) {
  std::error_code failed;
  for (fs::directory_iterator entry(below, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (!entry->path().filename().string().starts_with(kBeginning)) continue;
    const int lock = locked(entry->path());
    if (lock < 0) continue;
    std::error_code ignored;
    fs::remove_all(entry->path(), ignored);
    ::close(lock);
  }
}

}  // namespace

fs::path temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder && *folder ? folder : "/tmp";
}

Result<std::unique_ptr<PrivateFolder>> PrivateFolder::make() {
  const auto below = temporary_folder();
  remove_left_over(below);
  for (int i = 0; i < kTries; ++i) {
    auto name = (below / (std::string(kBeginning) + "XXXXXX")).string();
    if (!::mkdtemp(name.data()))
      return fail(Category::resource,
                  "no folder for results can be made in " + below.string() + ": " + std::strerror(errno));
    // Between these two another process may have taken it for left over.
    if (const int lock = locked(name); lock >= 0)
      return std::unique_ptr<PrivateFolder>(new PrivateFolder(name, lock));
  }
  return fail(Category::resource, "no folder for results can be made in " + below.string());
}

void PrivateFolder::remove_files() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

PrivateFolder::~PrivateFolder() {
  remove_files();
  ::close(lock_);
}

}  // namespace dbmux
