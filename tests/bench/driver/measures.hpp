#pragma once
#include <array>
#include <string>
#include <utility>

#include "engine.hpp"
#include "report.hpp"
#include "server.hpp"
#include "session.hpp"
#include "statistics.hpp"

namespace bench {

struct Plan {
  const Engine& engine;
  int rounds;
  bool quick;  // smaller results, fewer calls
  Server yardstick;
  Server subject;            // dbmux, or a second yardstick to see the noise
  Placement placement;       // of the calls and the many rows; starts are free
  std::string cold_program;  // answers initialize and does nothing else
  bool awake;                // the processors do not sleep between calls
};

// Each measures, prints and states its targets.
void measure_shell(const Plan& plan, AnswerBuffer& buffer,
                   Report& report);  // first: it needs this process small
void measure_start(const Plan& plan, AnswerBuffer& buffer, Report& report);
void measure_calls(const Plan& plan, Report& report);
void measure_rows(const Plan& plan, AnswerBuffer& buffer, Report& report);
void measure_active(const Plan& plan, Report& report);

// Calls `step` for the two servers, by their index; which is first changes with `turn`.
template <typename Step>
void take_turns(int turn, Step step) {
  std::size_t first = static_cast<std::size_t>(turn) % 2;
  step(first);
  step(1 - first);
}

}  // namespace bench
