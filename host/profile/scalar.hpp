#pragma once
// The text of one scalar as a typed value. nullopt: it is not one.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace dbmux {

std::optional<bool> as_boolean(std::string_view);          // true, false
std::optional<std::int64_t> as_integer(std::string_view);  // decimal, no leading zero
std::optional<double> as_number(std::string_view);         // 5, 0.5, 5e6; finite
std::optional<std::chrono::milliseconds> as_duration(
    std::string_view);  // 200ms 30s 5min 2h; above 0, at most 7 days
std::optional<std::pair<std::chrono::milliseconds, std::chrono::milliseconds>> as_duration_range(
    std::string_view);                                  // 200ms..5s, ascending
std::optional<std::int64_t> as_size(std::string_view);  // bytes: 512, 4KiB, 1MiB, 2GiB; above 0

}  // namespace dbmux
