#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "cli/host.hpp"
#include "cli/reload.hpp"
#include "mcp/server.hpp"
#include "observe/log.hpp"
#include "transport/stdio.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMaxMessage = std::size_t{16} << 20;

sigset_t set_of(std::initializer_list<int> which) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : which) sigaddset(&set, signal);
  return set;
}

// Becomes readable when the process gets one of them; they are blocked.
int readable_at(std::initializer_list<int> which) {
  const auto set = set_of(which);
  return ::signalfd(-1, &set, SFD_CLOEXEC);
}

}  // namespace

int serve(const CommandLine& line, int protocol_fd) {
  const auto blocked = set_of({SIGTERM, SIGINT, SIGHUP});  // before any thread starts, so that all inherit it
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  if (::isatty(STDIN_FILENO))
    std::fputs("dbmux: waiting for a client; to try it by hand: dbmux call list_tables\n", stderr);
  auto host = Host::assemble(line, false);
  if (const auto& problem = host->problem()) log(Level::error, "profile", {{"error", problem->message}});
  for (const auto& warning : host->profile().warnings) log(Level::warning, "profile", {{"text", warning}});
  const bool reloads = host->tools() != nullptr;
  const int stop = reloads ? readable_at({SIGTERM, SIGINT}) : readable_at({SIGTERM, SIGINT, SIGHUP});
  mcp::Server server(host->catalogue(), {.version = DBMUX_VERSION});
  std::optional<ToolReload> reload;  // ends before the server that it tells
  if (reloads)
    reload.emplace(host->profile(), host->registry().environment(), *host->tools(), readable_at({SIGHUP}));
  auto served = serve_stdio(STDIN_FILENO, protocol_fd, stop, kMaxMessage, server);
  if (server.stuck()) {  // an engine keeps a thread and will not let go
    host->leave();
    ::_exit(served ? kOk : kFailed);
  }
  if (!served) {
    log(Level::error, "serving ended", {{"error", served.error().message}});
    return kFailed;
  }
  return kOk;
}

}  // namespace dbmux
