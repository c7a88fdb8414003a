#include <signal.h>
#include <unistd.h>

#include <fcntl.h>
#include <malloc.h>
#include <cstdio>

#include "cli/host.hpp"
#include "observe/log.hpp"
#include "transport/stdio.hpp"

namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool set_up_log(const dbmux::CommandLine& line) {
  const auto level = dbmux::level_named(line.log_level).value_or(dbmux::Level::info);
  int fd = STDERR_FILENO;
  if (!line.log_file.empty()) {
    fd = ::open(line.log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
      std::fprintf(stderr, "dbmux: the log file %s cannot be opened\n", line.log_file.c_str());
      return false;
    }
  }
  dbmux::configure(level, fd);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using Command = dbmux::CommandLine::Command;
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow fails its write, not the process
  ::mallopt(M_ARENA_MAX, 2);   // a second arena per core would cost more memory than it saves time
  auto parsed = dbmux::parse_command_line(argc, argv);
  if (!parsed.line) {
    write_all(parsed.code == dbmux::kOk ? STDOUT_FILENO : STDERR_FILENO, parsed.text);
    return parsed.code;
  }
  auto& line = *parsed.line;
  if (!set_up_log(line)) return dbmux::kUsage;
  if (line.command == Command::none) {  // no command: help for a person, MCP for a pipe
    if (::isatty(STDIN_FILENO) && line.dsns.empty()) {
      write_all(STDOUT_FILENO, dbmux::help_text());
      return dbmux::kOk;
    }
    line.command = Command::serve;
  }
  switch (line.command) {
    case Command::call:
      return dbmux::call(line);
    case Command::profile_check:
    case Command::profile_show:
    case Command::profile_schema:
      return dbmux::profile_command(line);
    case Command::plugin_list:
      return dbmux::plugin_list(line);
    case Command::plugin_check:
      return dbmux::plugin_check(line);
    case Command::doctor:
      return dbmux::doctor(line);
    case Command::history:
      return dbmux::history(line);
    case Command::secret_set:
    case Command::secret_list:
    case Command::secret_rm:
    case Command::secret_rotate:
      return dbmux::secret_command(line);
    case Command::setup:
      return dbmux::setup(line);
    case Command::confirm:
      return dbmux::confirm(line);
    case Command::serve:
    case Command::none:
      break;
  }
  auto protocol = dbmux::claim_stdout();
  if (!protocol) {
    std::fprintf(stderr, "dbmux: %s\n", protocol.error().message.c_str());
    return dbmux::kFailed;
  }
  return dbmux::serve(line, *protocol);
}
