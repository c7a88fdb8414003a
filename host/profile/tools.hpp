#pragma once
// Tools of the operator's own: those of the profile (tools.add) and of the files that it names
// (tools.add_from).
#include "profile/connection.hpp"

namespace dbmux {

class ToolReader {
 public:
  // profile: its connections are there, and its default. known: every connection's name, offered or not. All
  // of them outlive the reader.
  ToolReader(Profile& profile, const std::vector<std::string>& known, std::vector<Problem>& problems)
      : profile_(profile), known_(known), problems_(problems) {}

  // A checked list of sections. A tool of a connection that is not offered is checked and left out.
  void add(const Node& list, const std::string& path, const std::string& file);
  // The files of one pattern, in the order of their names; relative to the profile's folder. Where the
  // pattern stands is given for problems with it.
  void add_from(const std::string& pattern, const Mark& where, const std::filesystem::path& folder,
                const Environment&);

 private:
  void add_file(const std::string& path, const std::string& shown, const Environment&);
  void tool(const Node&, const std::string& path, const std::string& file);

  Profile& profile_;
  const std::vector<std::string>& known_;
  std::vector<Problem>& problems_;
};

inline constexpr std::size_t kMostTools = 200;

}  // namespace dbmux
