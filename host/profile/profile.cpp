#include "profile/profile.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>

namespace dbmux {

std::string Mark::text() const {
  std::string text = file;
  if (line > 0) text += ':' + std::to_string(line);
  if (line > 0 && column > 0) text += ':' + std::to_string(column);
  return text;
}

std::string_view to_string(Access access) {
  return access == Access::read_write ? "read-write" : access == Access::confirm ? "confirm" : "read-only";
}

Access access_named(std::string_view name) {
  return name == "read-write" ? Access::read_write : name == "confirm" ? Access::confirm : Access::read_only;
}

namespace {

std::string home_of_user() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr &&
      found->pw_dir != nullptr && *found->pw_dir == '/')
    return found->pw_dir;
  return "/";
}

std::optional<std::string> given(const Environment& environment, std::string_view name) {
  auto value = environment(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string dbmux_home(const Environment& environment) {
  if (auto own = given(environment, "DBMUX_HOME")) return *own;
  if (auto data = given(environment, "XDG_DATA_HOME")) return *data + "/dbmux";
  auto home = given(environment, "HOME");
  return (home ? *home : home_of_user()) + "/.local/share/dbmux";
}

Environment with_homes(Environment environment) {
  return [inner = std::move(environment)](std::string_view name) -> std::optional<std::string> {
    if (name == "DBMUX_HOME") return dbmux_home(inner);
    auto value = inner(name);
    if (name == "HOME" && (!value || value->empty())) return home_of_user();
    return value;
  };
}

Environment process_environment() {
  const auto taken = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != text.npos)
      taken->emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return with_homes([taken](std::string_view name) -> std::optional<std::string> {
    const auto found = taken->find(name);
    if (found == taken->end()) return std::nullopt;
    return found->second;
  });
}

}  // namespace dbmux
