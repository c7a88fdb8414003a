#pragma once
#include <optional>
#include <string_view>

namespace bench {

// What dbmux is held to with one engine, and how that engine spells what only some parts need.
struct Engine {
  std::string_view name;  // of the folder in engines/ and of the yardstick
  double first_answer_ms, idle_mb;
  std::optional<double> first_row_ms;
  double one_row_us, cpu_ratio, in_flight_ratio, rows_ratio;
  bool apart;  // the client's processor and the servers', unless the command says otherwise
  std::optional<double> peak_mb;  // while an answer of many rows is written

  // kActive statements at once. `waits` takes a few seconds; `how_many_wait` gives their number from
  // elsewhere.
  struct Active {
    double rss_mb;
    const char* waits;
    const char* how_many_wait;
  };
  std::optional<Active> active;
};

inline constexpr int kActive = 100;

// The run fails where there is no such engine.
const Engine& engine_named(std::string_view name);

}  // namespace bench
