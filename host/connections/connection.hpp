#pragma once
// One named connection of the profile: its source, opened at first use, and its two pools, read-only and
// writing.
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "connections/pool.hpp"
#include "driver/folder.hpp"
#include "profile/profile.hpp"

namespace dbmux {

// What connections share. Deadlines cancel sessions, and restored sessions are watched for being idle: so the
// watchdog stops before the canceller does its last work, and is gone after it.
struct Surroundings {
  ~Surroundings() { watchdog.end(); }

  PluginFolder& plugins;
  Environment environment;
  Watchdog watchdog;
  Canceller canceller;
};

class Replica;

class Connection {
 public:
  Connection(ConnectionProfile, Surroundings&);
  ~Connection();

  const ConnectionProfile& profile() const { return profile_; }
  const std::string& name() const { return profile_.name; }
  bool writable() const { return profile_.access != Access::read_only; }

  // Of its plugin, without loading it where the installation has its .json.
  Result<Descriptor> descriptor();
  // Whether its source may offer items, as far as can be told without loading the plugin.
  bool offers_items();
  // A session that is opened read-only, or one that may write (denied where the profile allows no writes).
  // Reads may be served by a replica of the profile's, but not `primary` ones.
  Result<Lease> lease(Call&, bool read_only, bool primary = false);
  // What the sessions belong to, opened when it is not yet: for what a plugin offers beside its statements.
  Result<std::shared_ptr<Source>> source(Call&);

  // "ready" (has an open session), "not connected yet", "disabled", "not installed", or "failed: why" of the
  // last try.
  std::string state() const;

 private:
  Result<std::shared_ptr<Pool>> pool(Call&, bool read_only);
  Result<Lease> own_lease(Call&, bool read_only);
  // denied: the profile requires it, and the login may do more.
  Result<Lease> with_least_privilege(Call&, Lease);
  std::optional<Lease> replica_lease(Call&);
  Result<void> find_replicas();
  Result<std::shared_ptr<Source>> open(Call&);
  Result<void> open_source(Call&);
  bool look_up_items();

  const ConnectionProfile profile_;
  Surroundings& around_;
  mutable std::mutex mutex_;
  std::shared_ptr<Source> source_;
  std::shared_ptr<Pool> read_, write_;
  std::optional<std::string> last_failure_;
  std::vector<std::shared_ptr<Replica>> replicas_;  // once they were found
  std::atomic<bool> replicas_found_{false};
  std::atomic<Clock::rep> rights_good_until_{0};  // by the last look at the login's rights
  std::atomic<std::size_t> next_replica_{0};
  std::once_flag items_looked_up_;
  bool offers_items_ = false;
};

}  // namespace dbmux
