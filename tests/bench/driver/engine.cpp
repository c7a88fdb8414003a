#include "engine.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "failure.hpp"

namespace bench {
namespace {

constexpr std::array<Engine, 2> kEngines{
    Engine{.name = "sqlite",
           .first_answer_ms = 4,
           .idle_mb = 7,
           .first_row_ms = 5,
           .one_row_us = 30,
           .cpu_ratio = 1.75,
           .in_flight_ratio = 0.5,
           .rows_ratio = 0.85,
           .apart = true,
           .peak_mb = std::nullopt,
           .active = std::nullopt},
    Engine{.name = "postgres",
           .first_answer_ms = 4,
           .idle_mb = 7,
           .first_row_ms = std::nullopt,
           .one_row_us = 40,
           .cpu_ratio = 2,
           .in_flight_ratio = 0.5,
           .rows_ratio = 0.85,
           .apart = false,  // the engine's own server, which nobody places, would share either
           .peak_mb = 20,
           .active = Engine::Active{.rss_mb = 50,
                                    .waits = "SELECT pg_sleep(5)",
                                    .how_many_wait = "SELECT count(*) AS n FROM pg_stat_activity WHERE "
                                                     "wait_event = 'PgSleep' AND state = 'active'"}}};

}  // namespace

const Engine& engine_named(std::string_view name) {
  const auto found =
      std::find_if(kEngines.begin(), kEngines.end(), [&](const Engine& each) { return each.name == name; });
  if (found == kEngines.end()) fail("no targets are known for " + std::string(name));
  return *found;
}

}  // namespace bench
