#pragma once
// What `dbmux profile check` and `dbmux profile show` print.
#include <functional>
#include <string>

#include "profile/problem.hpp"

namespace dbmux {

// The problems of a connection's options, seen by its plugin; nullopt: the plugin is not installed.
using OptionCheck = std::function<std::optional<std::vector<Problem>>(const ConnectionProfile&)>;

struct CheckResult {
  std::string text;  // one line a problem, one a connection, and a sum; ends with a newline
  bool ok = false;   // no error; warnings and disabled connections are no errors
};
CheckResult check_profile(const ProfileReport&, const std::filesystem::path& file, const OptionCheck&);

enum class ShowFormat { yaml, json };

// Whether an option's value must not be seen. For a plugin that is not installed: say yes.
using IsSecret = std::function<bool(const ConnectionProfile&, std::string_view option)>;

inline constexpr std::string_view kMask = "********";

// The profile as it acts, after variables, environment and defaults, with the origin of each connection.
// Secrets are masked: what IsSecret says, literal sources, and passwords within URLs. Sources such as
// env:NAME are shown.
std::string show_profile(const Profile&, ShowFormat, const IsSecret&);

}  // namespace dbmux
