#pragma once
// What HEALTH asks the server. Every question answers rows of status (ok, warn, fail, unknown), value and
// advice, the gravest first; none: ok. A text without parameters each.
#include <span>

namespace dbmux::postgres {

struct HealthCheck {
  const char* name;
  const char* query;
  const char* none;  // what is said where there is no row
};

std::span<const HealthCheck> health_checks();

}  // namespace dbmux::postgres
