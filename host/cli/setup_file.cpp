#include "cli/setup_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/time.hpp"
#include "secret/private_file.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr off_t kMostBytes = off_t{4} << 20;

tl::unexpected<Error> refuse(const fs::path& file, const std::string& why) {
  return fail(Category::profile, file.string() + " " + why);
}

// 20261121-100000
std::string stamp() {
  std::string text;
  for (const char c : iso8601(Wall::now()).substr(0, 19))
    if (c != '-' && c != ':') text += c == 'T' ? '-' : c;
  return text;
}

Result<fs::path> keep_copy(const EditedFile& file) {
  const std::string name = file.path.string() + ".bak-" + stamp();
  for (int n = 1; n < 100; ++n) {
    fs::path copy = n == 1 ? name : name + "-" + std::to_string(n);
    OwnedFd fd(open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.mode & 0700));
    if (fd.get() < 0 && errno == EEXIST) continue;
    if (fd.get() < 0) return refuse(copy, "cannot be written: " + error_text(errno));
    std::string_view rest = file.text;
    while (!rest.empty()) {
      const ssize_t n_written = write(fd.get(), rest.data(), rest.size());
      if (n_written < 0 && errno == EINTR) continue;
      if (n_written < 0) {
        const int error = errno;
        unlink(copy.c_str());
        return refuse(copy, "cannot be written: " + error_text(error));
      }
      rest.remove_prefix(static_cast<std::size_t>(n_written));
    }
    if (fsync(fd.get()) != 0 || fd.close() != 0)
      return refuse(copy, "cannot be written: " + error_text(errno));
    return copy;
  }
  return refuse(name, "and a hundred more are there already");
}

}  // namespace

Result<EditedFile> read_for_editing(const fs::path& path) {
  EditedFile file;
  std::error_code ec;
  file.path = fs::canonical(path, ec);
  if (ec) file.path = path;
  struct stat status{};
  if (stat(file.path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return file;
    return refuse(file.path, "cannot be read: " + error_text(errno));
  }
  if (!S_ISREG(status.st_mode)) return refuse(file.path, "is not a regular file");
  if (status.st_uid != geteuid()) return refuse(file.path, "belongs to another user");
  if (status.st_size > kMostBytes) return refuse(file.path, "is larger than 4 MiB");
  std::ifstream in(file.path, std::ios::binary);
  if (!in) return refuse(file.path, "cannot be read: " + error_text(errno));
  file.exists = true;
  file.mode = status.st_mode & 07777;
  file.text.assign(std::istreambuf_iterator<char>(in), {});
  return file;
}

Result<std::optional<fs::path>> write_edited(const EditedFile& file, std::string_view text) {
  if (file.exists && text == file.text) return std::nullopt;
  const auto now = read_for_editing(file.path);
  if (!now) return fail(now.error());
  if (now->exists != file.exists || now->text != file.text)
    return fail(Category::conflict, file.path.string() + " was changed by somebody else meanwhile",
                "Run this again.");
  std::optional<fs::path> copy;
  if (file.exists) {
    auto kept = keep_copy(file);
    if (!kept) return fail(kept.error());
    copy = std::move(*kept);
  } else {
    std::error_code ec;
    fs::create_directories(file.path.parent_path(), ec);
    if (ec) return refuse(file.path.parent_path(), "cannot be made: " + ec.message());
  }
  if (auto written = replace_file(file.path, text, file.mode); !written) return fail(written.error());
  return copy;
}

}  // namespace dbmux
