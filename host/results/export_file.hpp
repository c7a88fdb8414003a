#pragma once
// A new file in the folder for saved results. It has no name until it is complete, so that whatever goes
// wrong leaves nothing behind; it never takes the place of another.
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace dbmux {

class ExportFile {
 public:
  // name: "shop-20261121T100000Z-k3xq9w.csv", a plain file name. The folder is made when it is not there; a
  // symbolic link in its place is refused.
  static Result<ExportFile> create(const std::filesystem::path& folder, std::string name);
  ExportFile(ExportFile&&) noexcept;
  ExportFile& operator=(ExportFile&&) = delete;
  ~ExportFile();

  int fd() const { return file_; }  // to write to
  // Safe on the disk and under its name, mode 0600. Returns its size.
  Result<std::int64_t> publish();
  std::filesystem::path path() const { return folder_ / name_; }

 private:
  ExportFile() = default;
  Result<void> open();
  int give_name() const;

  std::filesystem::path folder_;
  std::string name_;
  std::string part_;  // its name until then, where the file system has no nameless files
  int directory_ = -1;
  int file_ = -1;
};

// The name of a file that holds a result of that connection, made now.
std::string export_name(std::string_view connection, std::string_view extension);

}  // namespace dbmux
