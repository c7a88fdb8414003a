#pragma once
// Reads the operator's tools anew when one of their files has changed, or on SIGHUP.
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "operations/yaml_tools.hpp"

namespace dbmux {

class ToolReload {
 public:
  // Looks at the files every two seconds, on a thread of its own: a notification would miss a link that is
  // pointed elsewhere. hangups: readable when the process got SIGHUP, taken over; -1 where that cannot be
  // had. What cannot be used is logged, and the tools stay as they were. All that is given outlives it.
  ToolReload(const Profile&, const Environment&, YamlTools&, int hangups);
  ~ToolReload();
  ToolReload(const ToolReload&) = delete;
  ToolReload& operator=(const ToolReload&) = delete;

 private:
  // path, device, inode, size, time of the last change
  using File =
      std::tuple<std::string, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;
  std::vector<File> files() const;
  void watch();
  void reload();

  const Profile& profile_;
  const Environment& environment_;
  YamlTools& tools_;
  const int hangups_;
  const int ending_;  // an eventfd
  std::vector<std::string> patterns_;
  std::vector<File> seen_;
  std::thread thread_;
};

}  // namespace dbmux
