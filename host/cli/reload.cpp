#include "cli/reload.hpp"

#include <glob.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "observe/log.hpp"
#include "profile/load.hpp"

namespace dbmux {

namespace {

constexpr int kEveryMs = 2000;

}  // namespace

ToolReload::ToolReload(const Profile& profile, const Environment& environment, YamlTools& tools, int hangups)
    : profile_(profile),
      environment_(environment),
      tools_(tools),
      hangups_(hangups),
      ending_(::eventfd(0, EFD_CLOEXEC)),
      patterns_(profile.tool_files),
      seen_(files()) {
  if (ending_ < 0)
    log(Level::warning, "tools will not be reloaded");
  else
    thread_ = std::thread([this] { watch(); });
}

ToolReload::~ToolReload() {
  if (thread_.joinable()) {
    ::eventfd_write(ending_, 1);
    thread_.join();
  }
  if (ending_ >= 0) ::close(ending_);
  if (hangups_ >= 0) ::close(hangups_);
}

std::vector<ToolReload::File> ToolReload::files() const {
  std::vector<File> files;
  const auto add = [&](const char* path) {
    struct stat s{};
    if (::stat(path, &s) == 0)
      files.emplace_back(path, s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  };
  add(profile_.file.c_str());
  for (const auto& pattern : patterns_) {
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_NOESCAPE, nullptr, &found) == 0)
      std::for_each(found.gl_pathv, found.gl_pathv + found.gl_pathc, add);
    ::globfree(&found);
  }
  return files;
}

void ToolReload::watch() {
  pollfd waits[] = {{ending_, POLLIN, 0}, {hangups_, POLLIN, 0}};
  while (true) {
    const int ready = ::poll(waits, 2, kEveryMs);
    if (ready < 0 && errno != EINTR) return log(Level::warning, "tools will not be reloaded any more");
    if ((waits[0].revents & POLLIN) != 0) return;
    bool asked = false;
    if (ready > 0 && (waits[1].revents & POLLIN) != 0) {
      signalfd_siginfo ignored{};
      asked = ::read(hangups_, &ignored, sizeof ignored) == sizeof ignored;
    }
    auto now = files();
    if (!asked && now == seen_) continue;
    seen_ = std::move(now);
    reload();
  }
}

void ToolReload::reload() {
  auto report = read_profile(profile_.file, environment_);
  const auto refused = [](const std::string& why) {
    log(Level::error, "tools not reloaded", {{"error", why}, {"in_use", "the tools from before"}});
  };
  if (!report.profile) {
    const auto first = std::find_if(report.problems.begin(), report.problems.end(),
                                    [](const Problem& p) { return p.severity == Problem::Severity::error; });
    return refused(first->text());
  }
  const auto count = report.profile->operator_tools.size();
  if (auto done = tools_.replace(std::move(report.profile->operator_tools)); !done)
    return refused(done.error().message);
  patterns_ = std::move(report.profile->tool_files);
  seen_ = files();
  log(Level::info, "tools reloaded", {{"tools", count}});
}

}  // namespace dbmux
