#pragma once
// Milliseconds since 1970 and their text in ISO 8601, of the proleptic Gregorian calendar.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dbmux::mongodb {

// "2026-01-31", "2026-01-31T10:11:12Z", "…12.345+02:00"; without a zone: UTC. None: not such a text.
std::optional<std::int64_t> date_of(std::string_view text);
// With milliseconds where there are some. Years 0 to 9999; none: beyond them.
std::optional<std::string> text_of_date(std::int64_t ms);

}  // namespace dbmux::mongodb
