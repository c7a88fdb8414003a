#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/text.hpp"
#include "cli/host.hpp"
#include "operations/confirm.hpp"

namespace dbmux {

namespace {

void list(const std::vector<ConfirmFolder::Entry>& entries) {
  if (entries.empty()) std::puts("No write waits for a person.");
  for (const auto& e : entries) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(e.until - Wall::now()).count();
    std::printf("%s  %s, %s left\n%s\n\n", e.code.c_str(), e.allowed ? "allowed, not yet run" : "waits",
                human_duration(std::max<std::int64_t>(left / 1000, 1) * 1000).c_str(), e.question.c_str());
  }
  if (!entries.empty()) std::puts("To answer one: dbmux confirm CODE");
}

}  // namespace

int confirm(const CommandLine& line) {
  ConfirmFolder folder(confirm_folder(dbmux_home(process_environment())));
  if (line.code.empty()) {
    list(folder.all());
    return kOk;
  }
  const auto entry = folder.find(line.code);
  if (!entry || entry->allowed) {
    std::fprintf(stderr, "dbmux: no write waits under '%s'; codes are good once, for 10 minutes\n",
                 line.code.c_str());
    return kFailed;
  }
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    std::fputs("dbmux: a write is confirmed by a person, in a terminal\n", stderr);
    return kRefused;
  }
  std::printf("%s\n\nTo allow it type yes: ", entry->question.c_str());
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") {
    folder.remove(*entry);
    std::puts("Declined. Nothing was run.");
    return kRefused;
  }
  if (auto done = folder.allow(*entry); !done) {
    std::fprintf(stderr, "dbmux: %s\n", done.error().message.c_str());
    return kFailed;
  }
  std::puts("Allowed, once. Tell the assistant to repeat its call.");
  return kOk;
}

}  // namespace dbmux
