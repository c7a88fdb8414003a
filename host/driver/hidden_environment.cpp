// Variables that a client library would read behind the host's back.
#include <unistd.h>

#include <cstdlib>

#include "base/json.hpp"
#include "driver/options.hpp"

namespace dbmux {
namespace {

// A name, or NAME* for all that begin so.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return name == pattern;
}

std::vector<std::string> patterns_of(std::span<const Descriptor> descriptors) {
  std::vector<std::string> patterns;
  for (const auto& descriptor : descriptors) {
    const auto schema = parse_json(descriptor.config_schema);
    const auto* hide = schema ? member(*schema, "x-dbmux-env-hide") : nullptr;
    if (hide == nullptr || !hide->IsArray()) continue;
    for (const auto& pattern : hide->GetArray())
      if (pattern.IsString() && view(pattern) != "*") patterns.emplace_back(view(pattern));
  }
  return patterns;
}

}  // namespace

void hide_environment(std::span<const Descriptor> descriptors) {
  const auto patterns = patterns_of(descriptors);
  std::vector<std::string> hidden;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('='));
    for (const auto& pattern : patterns)
      if (matches(pattern, name)) hidden.emplace_back(name);
  }
  for (const auto& name : hidden) ::unsetenv(name.c_str());
}

}  // namespace dbmux
