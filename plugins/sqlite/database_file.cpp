#include "database_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <system_error>
#include <vector>

#include "error.hpp"

namespace dbmux::sqlite {

namespace fs = std::filesystem;

namespace {

constexpr int kEntriesLookedAt = 2000;
constexpr std::size_t kNamesShown = 3;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

bool looks_like_database(const fs::path& name) {
  const auto extension = name.extension().string();
  return extension == ".db" || extension == ".sqlite" || extension == ".sqlite3" || extension == ".db3";
}

// Database files of the same folder whose names resemble the missing one, nearest first. Hidden ones stay
// hidden.
std::vector<std::string> near_names(const fs::path& missing) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const auto wanted = missing.stem().string();
  std::error_code failed;
  int looked_at = 0;
  for (fs::directory_iterator entry(missing.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (++looked_at > kEntriesLookedAt) break;
    const auto name = entry->path().filename();
    if (name.string().starts_with('.') ||
        !(looks_like_database(name) || name.extension() == missing.extension()))
      continue;
    const auto stem = name.stem().string();
    const auto distance = edit_distance(wanted, stem);
    const bool contains = stem.find(wanted) != std::string::npos || wanted.find(stem) != std::string::npos;
    if ((distance < wanted.size() && distance <= std::max<std::size_t>(1, wanted.size() / 3)) ||
        (contains && wanted.size() > 2))
      found.emplace_back(distance, name.string());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(found.size(), kNamesShown); ++i) names.push_back(found[i].second);
  return names;
}

kit::Failure unreachable(std::string message) { return kit::fail(DBMUX_E_CONNECTION, std::move(message)); }

kit::Failure missing_file(const Options& options) {
  const fs::path path(options.filename);
  std::error_code failed;
  if (!fs::exists(path.parent_path(), failed) && !failed)
    return unreachable(options.filename + " does not exist, nor does its folder.");
  std::string message = options.filename + " does not exist";
  const auto names = near_names(path);
  for (std::size_t i = 0; i < names.size(); ++i) message += (i ? ", " : "; near it: ") + names[i];
  message += '.';
  if (options.read_only && options.create_if_not_exists) {
    message += " With readOnly: true it is never created.";
  } else if (options.create_if_not_exists && access(path.parent_path().c_str(), W_OK) != 0) {
    message += " It cannot be created: its folder is not writable.";
  } else {
    message += options.create_if_not_exists ? " Reading does not create it; the first write would."
                                            : " To create it set createIfNotExists: true.";
  }
  return unreachable(std::move(message));
}

std::string escaped(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kHex[] = "0123456789ABCDEF";
      uri += '%';
      uri += kHex[static_cast<unsigned char>(c) >> 4];
      uri += kHex[c & 15];
    } else {
      uri += c;
    }
  }
  return uri;
}

std::int64_t size_of(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

// By the version numbers in the file's header.
bool is_in_wal_mode(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char header[20] = {};
  return file.read(header, sizeof header) && header[18] == 2 && header[19] == 2;
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) {
  FileStamp stamp;
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return stamp;
  stamp.size_ = status.st_size;
  stamp.seconds_ = status.st_mtim.tv_sec;
  stamp.nanoseconds_ = status.st_mtim.tv_nsec;
  stamp.log_size_ = size_of(path + "-wal");
  return stamp;
}

std::string memory_uri(const void* key) {
  return "file:/dbmux-sqlite-" + std::to_string(reinterpret_cast<std::uintptr_t>(key)) + "?vfs=memdb";
}

std::string immutable_uri(const std::string& path) { return "file:" + escaped(path) + "?immutable=1"; }

kit::Result<DatabaseHandle> open_database(const Options& options, const std::string& name, bool read_only) {
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (!read_only && (options.in_memory() || options.create_if_not_exists)) flags |= SQLITE_OPEN_CREATE;
  if (name != options.filename) flags |= SQLITE_OPEN_URI;
  struct stat status;
  // Opening a pipe would wait for its other end.
  if (!options.in_memory() && stat(options.filename.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return why_not_opened(options, nullptr, SQLITE_CANTOPEN);
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(name.c_str(), &raw, flags, nullptr);
  DatabaseHandle db(raw);
  if (rc != SQLITE_OK) return why_not_opened(options, raw, rc);
  sqlite3_extended_result_codes(raw, 1);
  return db;
}

bool may_open_immutable(const std::string& path, int rc) {
  const int primary = rc & 0xff;
  if (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) return false;
  const auto folder = fs::path(path).parent_path();
  return access(folder.c_str(), W_OK) != 0 && size_of(path + "-wal") == 0 &&
         size_of(path + "-journal") == 0 && is_in_wal_mode(path);
}

kit::Failure why_not_opened(const Options& options, sqlite3* db, int rc) {
  const auto& path = options.filename;
  const int primary = rc & 0xff;
  if (options.in_memory() ||
      (primary != SQLITE_CANTOPEN && primary != SQLITE_NOTADB && primary != SQLITE_IOERR &&
       primary != SQLITE_READONLY && primary != SQLITE_PERM))
    return failure(db, rc);
  struct stat status;
  if (stat(path.c_str(), &status) != 0)
    return errno == ENOENT
               ? missing_file(options)
               : unreachable(path + " cannot be reached: " + std::generic_category().message(errno));
  if (S_ISDIR(status.st_mode)) return unreachable(path + " is a folder, not a database file");
  if (!S_ISREG(status.st_mode)) return unreachable(path + " is not a regular file");
  if (primary == SQLITE_NOTADB)
    return unreachable(path + " is not a SQLite database (or it is encrypted)").code(rc);
  if (access(path.c_str(), R_OK) != 0)
    return unreachable(path + " may not be read by this process: " + std::generic_category().message(errno));
  if (size_of(path + "-wal") > 0 && access(fs::path(path).parent_path().c_str(), W_OK) != 0)
    return unreachable(
               path + " has a write-ahead log (" + path +
               "-wal) that can only be read where its folder is writable. Let the program that writes it "
               "close the database, or make the folder writable.")
        .code(rc);
  auto reason = failure(db, rc);
  reason->message = path + ": " + reason->message;
  return reason;
}

}  // namespace dbmux::sqlite
