#include "machine_load.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "failure.hpp"

namespace bench {
namespace {

double used_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double per_second() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

// Of a process and, once they have ended, its children; 0 when it has gone.
double used_seconds_of(const std::string& process) {
  std::ifstream in("/proc/" + process + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;  // proc_pid_stat(5): state to cmajflt
  double user = 0, system = 0, children_user = 0, children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  return (user + system + children_user + children_system) / per_second();
}

pid_t server = 0;

double server_seconds() {
  if (server == 0) return 0;
  const auto process = std::to_string(server);
  double seconds = used_seconds_of(process);
  std::ifstream children("/proc/" + process + "/task/" + process + "/children");
  for (std::string child; children >> child;) seconds += used_seconds_of(child);
  return seconds;
}

}  // namespace

void MachineLoad::count_server(pid_t process) { server = process; }

MachineLoad::MachineLoad() : begin_(read()) {}

MachineLoad::Times MachineLoad::read() {
  std::ifstream in("/proc/stat");
  std::string word;
  std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
  in >> word;
  for (double& each : ticks) in >> each;
  if (!in || word != "cpu") fail("/proc/stat cannot be read");
  double all = 0;
  for (double each : ticks) all += each;
  return {(all - ticks[3] - ticks[4]) / per_second(), all / per_second(),
          used_seconds(RUSAGE_SELF) + used_seconds(RUSAGE_CHILDREN) + server_seconds()};
}

double MachineLoad::others() const {
  Times now = read();
  double all = now.all - begin_.all;
  double foreign = (now.busy - begin_.busy) - (now.own - begin_.own);
  return all > 0 ? std::max(0.0, foreign / all) : 0;
}

}  // namespace bench
