#pragma once
// The connections of this process by name: those of the profile, and those opened at run time within its
// bounds.
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connections/connection.hpp"

namespace dbmux {

class Registry {
 public:
  Registry(PluginFolder&, Environment);

  // exists when the name is taken.
  Result<std::shared_ptr<Connection>> add(ConnectionProfile);
  // One that is not listed and has no name here, for what this process keeps for itself. This outlives it.
  std::shared_ptr<Connection> unlisted(ConnectionProfile);
  // Calls in flight keep theirs until they end. not_found when there is none.
  Result<void> remove(std::string_view name);
  // "" = the default. not_found names what there is, and the nearest.
  Result<std::shared_ptr<Connection>> find(std::string_view name) const;
  std::vector<std::shared_ptr<Connection>> all() const;  // in the order of the profile

  void set_default(std::string name);  // "" = the first
  std::string default_name() const;
  PluginFolder& plugins() { return around_.plugins; }
  Watchdog& watchdog() { return around_.watchdog; }
  const Environment& environment() const { return around_.environment; }

 private:
  std::string first_name() const;

  Surroundings around_;  // outlives the connections below
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::string default_;
};

}  // namespace dbmux
