#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace dbmux::mcp {

struct ServerOptions {
  std::string name = "dbmux";
  std::string title = "dbmux";
  std::string version;
  std::size_t page_size = 100;  // entries of one page of a list
  std::size_t workers = 128;    // calls at the same time; threads start only where calls wait
  std::chrono::milliseconds worker_idle{60'000};

  // A call that goes on this long after it had to end is given up; looked at in intervals, so that the answer
  // comes at most a second late.
  std::chrono::milliseconds grace{750};
  std::chrono::milliseconds look{250};
  std::chrono::milliseconds progress_after{10'000};
  std::chrono::milliseconds progress_every{5'000};

  // How long a call waits for what its client, or the person before it, was asked.
  std::chrono::milliseconds answer_within{600'000};

  // After the last line: how long calls may go on, and how long they have to end when called off.
  std::chrono::milliseconds drain{1'000};
  std::chrono::milliseconds call_off{2'000};
};

}  // namespace dbmux::mcp
