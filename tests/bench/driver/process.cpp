#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include "failure.hpp"

namespace bench {
namespace {

constexpr unsigned kLongestStep = 300;  // seconds; SIGALRM then ends the run

constexpr int kLongestEndMs = 5000;

std::string log_folder;
std::array<std::atomic<pid_t>, 4> running{};  // 0: free

void replace_running(pid_t from, pid_t to) {
  for (auto& each : running) {
    pid_t expected = from;
    if (each.compare_exchange_strong(expected, to)) return;
  }
}

struct Pipe {
  int read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(std::string("pipe: ") + std::strerror(errno));
  return {ends[0], ends[1]};
}

std::vector<std::string> child_environment() {
  std::vector<std::string> variables{"DBMUX_HOME=" + log_folder};
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LANG"}) {
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& each : strings) result.push_back(each.data());
  result.push_back(nullptr);
  return result;
}

void run_on(const cpu_set_t& processors) {
  if (::sched_setaffinity(0, sizeof processors, &processors) != 0) fail("sched_setaffinity does not work");
}

// The first processor is ours, the others are the child's; a machine with one processor has no choice.
void run_apart(bool child) {
  cpu_set_t first, others = all_processors();
  CPU_ZERO(&first);
  int processor = 0;
  while (!CPU_ISSET(processor, &others)) ++processor;
  CPU_SET(processor, &first);
  if (CPU_COUNT(&others) > 1) CPU_CLR(processor, &others);
  run_on(child ? others : first);
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace

const cpu_set_t& all_processors() {
  static const cpu_set_t all = [] {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) fail("the processors allowed to us cannot be read");
    return set;
  }();
  return all;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void Process::log_to(const std::string& folder) { log_folder = folder; }

Process::Process(const std::vector<std::string>& command, Placement placement) {
  Pipe to_child = make_pipe();
  Pipe from_child = make_pipe();
  std::string log = log_folder + "/stderr.log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = command;
  std::vector<std::string> environment = child_environment();
  auto arguments = pointers(words);
  auto variables = pointers(environment);
  ::alarm(kLongestStep);
  run_on(all_processors());
  if (placement == Placement::kApart) run_apart(true);
  started_ = Clock::now();
  int error = ::posix_spawn(&pid_, command.front().c_str(), &actions, &attributes, arguments.data(),
                            variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) replace_running(0, pid_);
  if (placement == Placement::kApart) run_apart(false);
  close_once(to_child.read_end);
  close_once(from_child.write_end);
  input_ = to_child.write_end;
  output_ = from_child.read_end;
  if (error != 0) fail(command.front() + ": " + std::strerror(error));
}

Process::~Process() {
  close_once(input_);
  close_once(output_);
  if (pid_ < 0) return;
  pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), POLLIN, 0};
  if (::poll(&ended, 1, kLongestEndMs) <= 0) ::kill(pid_, SIGKILL);
  close_once(ended.fd);
  reap();
}

void Process::kill_running() {
  for (pid_t pid : running) {
    if (pid > 0) ::kill(pid, SIGKILL);
  }
}

Process::End Process::reap() {
  int status = 0;
  rusage usage{};
  pid_t ended = 0;
  do {
    ended = ::wait4(pid_, &status, 0, &usage);
  } while (ended < 0 && errno == EINTR);
  if (ended < 0) fail(std::string("wait4: ") + std::strerror(errno));
  replace_running(pid_, 0);
  pid_ = -1;
  int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, static_cast<double>(usage.ru_maxrss) * 1024};
}

Process::End Process::wait() {
  close_once(input_);
  return reap();
}

double Process::cpu_seconds() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    fail("the CPU clock of a child cannot be read");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double Process::status_bytes(const char* file, const char* field) const {
  std::string path = "/proc/" + std::to_string(pid_) + "/" + file;
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + std::strlen(field), nullptr) * 1024;
  }
  fail(path + " has no " + field);
}

double Process::pss_bytes() const { return status_bytes("smaps_rollup", "Pss:"); }
double Process::rss_bytes() const { return status_bytes("status", "VmRSS:"); }
double Process::peak_rss_bytes() const { return status_bytes("status", "VmHWM:"); }

}  // namespace bench
