// SPDX-License-Identifier: MIT-0
#include "check/verdict.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace dbmux::check {
namespace {

Place nowhere{};
Place* place = &nowhere;

void send(const Record& record) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string line = to_line(record);
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto n = ::write(kRecordFd, rest.data(), rest.size());
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

[[noreturn]] void end_with(Finding finding) {
  send({Record::Kind::finding, std::move(finding), {}});
  std::fflush(stdout);  // what the plugin printed counts
  ::_exit(0);
}

}  // namespace

void attach_to_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  for (const int fd : {kInputFd, kRecordFd, kPlaceFd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  void* shared = ::mmap(nullptr, sizeof(Place), PROT_READ | PROT_WRITE, MAP_SHARED, kPlaceFd, 0);
  if (shared != MAP_FAILED) place = static_cast<Place*>(shared);
}

void pass() { end_with({Verdict::ok, {}, {}, {}}); }

void pass_if_it_ends_well() { send({Record::Kind::finding, {}, {}}); }

void fail(std::string expected, std::string seen, std::string advice) {
  end_with({Verdict::failed, std::move(expected), std::move(seen), std::move(advice)});
}

void skip(std::string why) { end_with({Verdict::skipped, {}, std::move(why), {}}); }

void server_unreachable(std::string why) { end_with({Verdict::unreachable, {}, std::move(why), {}}); }

void warn(std::string expected, std::string seen, std::string advice) {
  send({Record::Kind::finding,
        {Verdict::warning, std::move(expected), std::move(seen), std::move(advice)},
        {}});
}

void tell_schema(std::string_view schema) { send({Record::Kind::schema, {}, std::string(schema)}); }

void note_violation(std::string what) { send({Record::Kind::violation, {}, std::move(what)}); }

Within::Within(const char* function) {
  for (auto& slot : place->slots) {
    if (slot.taken.exchange(true)) continue;
    std::strncpy(slot.function, function, sizeof slot.function - 1);
    slot_ = &slot;
    return;
  }
}

Within::~Within() {
  if (slot_) slot_->taken = false;
}

}  // namespace dbmux::check
