#pragma once
// Names for what is being typed.
#include <span>
#include <string>
#include <string_view>

#include "operations/catalogue.hpp"

namespace dbmux {

inline constexpr std::size_t kMostCompletions = 100;

// Those that begin with the text, then those that contain it, ignoring case; each in their order.
Completion completed(std::span<const std::string> names, std::string_view typed);

}  // namespace dbmux
