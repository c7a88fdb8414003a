#pragma once
// What connect_database may reach: the folders and hosts that the profile names for a plugin.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "driver/plugin.hpp"
#include "profile/profile.hpp"

namespace dbmux {

// Paths as (as given, as followed).
using FollowedPaths = std::vector<std::pair<std::string, std::string>>;

// Looks at every option that the plugin's schema marks x-dbmux-path or x-dbmux-host. denied says what is
// allowed. Links are followed before a path is compared, and the paths come back as they were compared, so
// that what was checked is what is opened. Never within reach: the places where keys and passwords lie.
Result<FollowedPaths> within_bounds(std::span<const Param> options, const Descriptor&, const RuntimeBounds&);

}  // namespace dbmux
