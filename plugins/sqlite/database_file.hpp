#pragma once
// Opening the database, and saying plainly why it cannot be opened.
#include <sys/stat.h>

#include <string>

#include "dbmux/kit.hpp"
#include "handle.hpp"
#include "options.hpp"

namespace dbmux::sqlite {

// How a file was when it was opened as one that nobody changes.
class FileStamp {
 public:
  static FileStamp of(const std::string& path);
  // Neither the file nor a write-ahead log beside it has changed since.
  bool unchanged(const std::string& path) const { return of(path) == *this; }
  bool operator==(const FileStamp&) const = default;

 private:
  std::int64_t size_ = -1, seconds_ = 0, nanoseconds_ = 0, log_size_ = 0;
};

// A URI under which all connections of one source find one database in memory. key: unique in the process.
std::string memory_uri(const void* key);
// A URI that opens the file without locks and without a write-ahead log.
std::string immutable_uri(const std::string& path);

// name: a path or one of the URIs above. connection: with a message that names what is wrong and what to do.
kit::Result<DatabaseHandle> open_database(const Options&, const std::string& name, bool read_only);

// Whether a failed first read may be cured by immutable_uri: a database in WAL mode, without a log, in a
// folder where none can be made.
bool may_open_immutable(const std::string& path, int rc);

// rc: of the open call or the first read.
kit::Failure why_not_opened(const Options&, sqlite3* db, int rc);

}  // namespace dbmux::sqlite
