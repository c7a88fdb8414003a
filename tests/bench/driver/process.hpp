#pragma once
#include <sched.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin);

// Those that this process was started with.
const cpu_set_t& all_processors();

// Where the scheduler may run a child and this process. Left to itself it keeps a small client and a small
// server on one processor or spreads them over two, for seconds on end, and a call costs 17 us or 80 us by
// that alone.
enum class Placement {
  kFree,   // both anywhere
  kApart,  // this process on one processor, the child on all others
};

// A child, at most four at a time, with a pipe on its stdin and one on its stdout; stderr goes to the file of
// `log_to`. Its environment is PATH, HOME, TMPDIR, LANG and DBMUX_HOME (the folder of the log), nothing else.
class Process {
 public:
  Process(const std::vector<std::string>& command, Placement placement);
  ~Process();  // closes both pipes and waits; kills after five seconds
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // For every child that starts afterwards; the folder exists.
  static void log_to(const std::string& folder);

  // Kills the children that run now; for the end of a run that failed, also from a signal handler.
  static void kill_running();

  int input() const { return input_; }
  int output() const { return output_; }
  Clock::time_point started() const { return started_; }  // just before the spawn

  double cpu_seconds() const;     // user and system, of all threads, also of ended ones
  double pss_bytes() const;       // proportional share of all its mappings
  double rss_bytes() const;       // VmRSS
  double peak_rss_bytes() const;  // VmHWM

  struct End {
    int status;             // as exit() got it; 128 + the signal
    double peak_rss_bytes;  // ru_maxrss; never less than the peak of this process before the start
  };
  // Closes stdin and waits for the end.
  End wait();

 private:
  double status_bytes(const char* file, const char* field) const;
  End reap();

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  Clock::time_point started_;
};

}  // namespace bench
