#pragma once
#include <sys/types.h>

namespace bench {

// How busy others kept the machine while something was measured.
class MachineLoad {
 public:
  // Others' share of the processors above which nothing that depends on scheduling or shared pages is judged.
  static constexpr double kQuiet = 0.05;

  // The engine's server, which is not "others" either, with its children. Before the first is made.
  static void count_server(pid_t process);

  MachineLoad();  // begins

  // From then to now, 0..1 of all processors' time, stolen time included, less this process and its ended
  // children, and less the engine's server.
  double others() const;

 private:
  struct Times {
    double busy, all, own;  // seconds
  };
  static Times read();

  Times begin_;
};

}  // namespace bench
