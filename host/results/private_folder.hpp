#pragma once
// A folder below $TMPDIR that only this user can enter, gone with the process. What a killed process has left
// there goes when the next one makes its own: a folder is locked as long as its process lives.
#include <filesystem>
#include <memory>

#include "base/result.hpp"

namespace dbmux {

std::filesystem::path temporary_folder();  // $TMPDIR, else /tmp

class PrivateFolder {
 public:
  static Result<std::unique_ptr<PrivateFolder>> make();
  ~PrivateFolder();  // with everything in it
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void remove_files();  // and the folder; whoever has one open goes on with it

 private:
  PrivateFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  const std::filesystem::path path_;
  const int lock_;
};

}  // namespace dbmux
