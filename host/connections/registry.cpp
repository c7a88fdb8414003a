#include "connections/registry.hpp"

#include <algorithm>
#include <mutex>

#include "base/text.hpp"

namespace dbmux {

namespace {

auto position(auto& connections, std::string_view name) {
  return std::find_if(connections.begin(), connections.end(),
                      [&](const auto& c) { return c->name() == name; });
}

}  // namespace

Registry::Registry(PluginFolder& plugins, Environment environment)
    : around_{plugins, std::move(environment), {}, {}} {}

Result<std::shared_ptr<Connection>> Registry::add(ConnectionProfile profile) {
  const std::unique_lock lock(mutex_);
  if (position(connections_, profile.name) != connections_.end())
    return fail(Category::exists, "connectionId '" + profile.name + "' is taken",
                "Choose another name, or disconnect it first.");
  connections_.push_back(std::make_shared<Connection>(std::move(profile), around_));
  return connections_.back();
}

std::shared_ptr<Connection> Registry::unlisted(ConnectionProfile profile) {
  return std::make_shared<Connection>(std::move(profile), around_);
}

Result<void> Registry::remove(std::string_view name) {
  if (auto found = find(name); !found) return fail(found.error());
  const std::unique_lock lock(mutex_);
  if (const auto at = position(connections_, name); at != connections_.end()) connections_.erase(at);
  return {};
}

Result<std::shared_ptr<Connection>> Registry::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto at = position(connections_, name.empty() ? std::string_view(first_name()) : name);
  if (at != connections_.end()) return *at;
  Error e;
  e.category = Category::not_found;
  std::vector<std::string> names;
  for (const auto& c : connections_) names.push_back(c->name());
  if (names.empty())
    e.message = name.empty() ? "no connection is configured"
                             : "connectionId '" + std::string(name) + "' unknown; there is none";
  else
    e.message = "connectionId '" + std::string(name) + "' unknown; there are: " + joined(names, ", ") + ".";
  e.object = name;
  e.did_you_mean = nearest(name, names);
  return fail(std::move(e));
}

std::vector<std::shared_ptr<Connection>> Registry::all() const {
  const std::shared_lock lock(mutex_);
  return connections_;
}

void Registry::set_default(std::string name) {
  const std::unique_lock lock(mutex_);
  default_ = std::move(name);
}

// With mutex_ held.
std::string Registry::first_name() const {
  return default_.empty() && !connections_.empty() ? connections_.front()->name() : default_;
}

std::string Registry::default_name() const {
  const std::shared_lock lock(mutex_);
  return first_name();
}

}  // namespace dbmux
