#include "results/export_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/time.hpp"
#include "results/names.hpp"

namespace dbmux {

namespace {

std::string reason() { return std::strerror(errno); }

tl::unexpected<Error> not_saved(Category category, const std::filesystem::path& folder,
                                const std::string& why) {
  return fail(category,
              "The result cannot be saved in " + folder.string() + ": " + why + ". Nothing was left behind.");
}

Category category_of(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? Category::resource : Category::denied;
}

}  // namespace

std::string export_name(std::string_view connection, std::string_view extension) {
  std::string name;
  for (const char c : connection.substr(0, 64)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain || c == '-' ? c : '_';
  }
  name += '-';
  for (const char c : iso8601(Wall::now()).substr(0, 19))
    if (c != '-' && c != ':') name += c;
  return name + "Z-" + random_letters(8) + "." + std::string(extension);
}

ExportFile::ExportFile(ExportFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      name_(std::move(other.name_)),
      part_(std::exchange(other.part_, {})),
      directory_(std::exchange(other.directory_, -1)),
      file_(std::exchange(other.file_, -1)) {}

ExportFile::~ExportFile() {
  if (file_ >= 0) ::close(file_);
  if (!part_.empty()) ::unlinkat(directory_, part_.c_str(), 0);
  if (directory_ >= 0) ::close(directory_);
}

Result<ExportFile> ExportFile::create(const std::filesystem::path& folder, std::string name) {
  ExportFile made;
  made.folder_ = folder;
  made.name_ = std::move(name);
  if (auto opened = made.open(); !opened) return fail(opened.error());
  return made;
}

Result<void> ExportFile::open() {
  auto folder = folder_.string();
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();  // a link is one also with a slash
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return not_saved(Category::denied, folder_, "the folder cannot be made: " + reason());
  struct stat status{};
  if (::lstat(folder.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    return not_saved(Category::denied, folder_,
                     "it is a symbolic link; export_dir has to name the folder itself");
  directory_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory_ < 0) return not_saved(Category::denied, folder_, reason());
  file_ = ::openat(directory_, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    const auto part = "." + name_ + ".part";
    file_ = ::openat(directory_, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ >= 0) part_ = part;
  }
  if (file_ < 0) return not_saved(category_of(errno), folder_, reason());
  return {};
}

// Fails where the name is taken.
int ExportFile::give_name() const {
  if (!part_.empty())
    return ::renameat2(directory_, part_.c_str(), directory_, name_.c_str(), RENAME_NOREPLACE);
  const auto link = "/proc/self/fd/" + std::to_string(file_);
  return ::linkat(AT_FDCWD, link.c_str(), directory_, name_.c_str(), AT_SYMLINK_FOLLOW);
}

Result<std::int64_t> ExportFile::publish() {
  struct stat status{};
  if (::fchmod(file_, 0600) != 0 || ::fsync(file_) != 0 || ::fstat(file_, &status) != 0)
    return not_saved(category_of(errno), folder_, reason());
  if (give_name() != 0) return not_saved(category_of(errno), folder_, name_ + ": " + reason());
  part_.clear();
  ::fsync(directory_);
  return status.st_size;
}

}  // namespace dbmux
