// SPDX-License-Identifier: MIT-0
#include "check/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "check/verdict.hpp"

namespace dbmux::check {
namespace {

constexpr std::size_t kKept = 4096;
constexpr int kLowestFree = 10;  // above the numbers that the child gets

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Fd high(int fd) {
  const Fd low(fd);
  return Fd(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, kLowestFree));
}

struct Pipe {
  Fd read, write;
  static Pipe make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {Fd(), Fd()};
    return {high(ends[0]), high(ends[1])};
  }
};

Fd memory_file(const char* name, std::string_view content, std::size_t size) {
  Fd fd = high(::memfd_create(name, MFD_CLOEXEC));
  const bool written =
      fd && ::ftruncate(fd.get(), static_cast<off_t>(size)) == 0 &&
      ::pwrite(fd.get(), content.data(), content.size(), 0) == static_cast<ssize_t>(content.size());
  return written ? std::move(fd) : Fd();
}

class Actions {
 public:
  Actions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  void give(const Fd& from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to); }
  int spawn(pid_t& pid, char** arguments, char** environment) {
    return ::posix_spawn(&pid, "/proc/self/exe", &actions_, &attributes_, arguments, environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

bool is_hidden(std::string_view variable, const std::vector<std::string>& hidden) {
  const auto name = variable.substr(0, variable.find('='));
  return std::any_of(hidden.begin(), hidden.end(), [&](std::string_view pattern) {
    if (!pattern.ends_with('*')) return name == pattern;
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Reads what is there; false at the end of the pipe.
template <class Take>
bool read_some(int fd, Take&& take) {
  std::array<char, 4096> buffer;
  const auto n = ::read(fd, buffer.data(), buffer.size());
  if (n > 0) take(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
  return n > 0;
}

class Watch {
 public:
  Watch(pid_t pid, int printed, int said, int records, ChildEnd& end)
      : pid_(pid),
        pidfd_(high(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))),
        printed_(printed),
        said_(said),
        records_(records),
        end_(end) {}

  void until_end(std::chrono::steady_clock::time_point limit) {
    bool over = false;
    while (!over) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
      if (left.count() <= 0) {
        end_.timed_out = true;
        break;
      }
      over = wait(static_cast<int>(left.count()));
    }
    ::kill(-pid_, SIGKILL);  // whatever it has started, too
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &end_.status, 0);
    while (wait(0, false)) continue;
    take_records();
  }

 private:
  // True once the child has ended; without `child`, as long as there was something to read.
  bool wait(int milliseconds, bool child = true) {
    std::array<pollfd, 4> polled{{{printed_, POLLIN, 0},
                                  {said_, POLLIN, 0},
                                  {records_, POLLIN, 0},
                                  {child ? pidfd_.get() : -1, POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), milliseconds) <= 0) return false;
    bool any = false;
    const auto take = [&](std::size_t i, int& fd, auto&& keep) {
      if (polled[i].revents == 0) return;
      if (read_some(fd, keep))
        any = true;
      else
        fd = -1;
    };
    take(0, printed_, [&](std::string_view s) {
      end_.printed += s.substr(0, kKept - std::min(kKept, end_.printed.size()));
    });
    take(1, said_, [&](std::string_view s) {
      end_.said += s;
      if (end_.said.size() > kKept) end_.said.erase(0, end_.said.size() - kKept);
    });
    take(2, records_, [&](std::string_view s) { lines_ += s; });
    return child ? polled[3].revents != 0 : any;
  }

  void take_records() {
    std::string_view rest = lines_;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      if (auto record = record_from(rest.substr(0, end))) end_.records.push_back(std::move(*record));
      rest.remove_prefix(end + 1);
    }
  }

  pid_t pid_;
  Fd pidfd_;
  int printed_, said_, records_;
  ChildEnd& end_;
  std::string lines_;
};

std::string functions_at(const Fd& fd) {
  std::string names;
  void* shared = ::mmap(nullptr, sizeof(Place), PROT_READ, MAP_SHARED, fd.get(), 0);
  if (shared == MAP_FAILED) return names;
  for (const auto& slot : static_cast<const Place*>(shared)->slots)
    if (slot.taken)
      names += (names.empty() ? "" : " and ") +
               std::string(slot.function, ::strnlen(slot.function, sizeof slot.function));
  ::munmap(shared, sizeof(Place));
  return names;
}

}  // namespace

ChildEnd run_child(const std::vector<std::string>& arguments, const std::string& input,
                   const std::vector<std::string>& hidden, std::chrono::milliseconds limit) {
  ChildEnd end;
  Pipe printed = Pipe::make(), said = Pipe::make(), records = Pipe::make();
  const Fd in = memory_file("input", input, input.size());
  const Fd place = memory_file("place", {}, sizeof(Place));
  if (!printed.read || !said.read || !records.read || !in || !place) {
    end.problem = std::string("no pipe: ") + std::strerror(errno);
    return end;
  }
  std::vector<std::string> texts = arguments, variables;
  for (char** v = environ; *v; ++v)
    if (!is_hidden(*v, hidden) && !std::string_view(*v).starts_with("GLIBC_TUNABLES="))
      variables.emplace_back(*v);
  // mallinfo2() counts what lies in the caches of threads as taken, and those fill up slowly.
  variables.emplace_back("GLIBC_TUNABLES=glibc.malloc.tcache_count=0");
  Actions actions;
  actions.give(printed.write, STDOUT_FILENO);
  actions.give(said.write, STDERR_FILENO);
  actions.give(in, kInputFd);
  actions.give(records.write, kRecordFd);
  actions.give(place, kPlaceFd);
  pid_t pid = -1;
  if (const int error = actions.spawn(pid, pointers(texts).data(), pointers(variables).data()); error != 0) {
    end.problem = std::string("no process: ") + std::strerror(error);
    return end;
  }
  for (Pipe* pipe : {&printed, &said, &records}) pipe->write = Fd();
  Watch(pid, printed.read.get(), said.read.get(), records.read.get(), end)
      .until_end(std::chrono::steady_clock::now() + limit);
  end.calling = functions_at(place);
  return end;
}

}  // namespace dbmux::check
