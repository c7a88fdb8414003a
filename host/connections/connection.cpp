#include "connections/connection.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "connections/endpoint.hpp"
#include "connections/replica.hpp"
#include "connections/rights.hpp"
#include "driver/options.hpp"
#include "secret/secret.hpp"

namespace dbmux {

Connection::Connection(ConnectionProfile profile, Surroundings& around)
    : profile_(std::move(profile)), around_(around) {}

Connection::~Connection() = default;

Result<Descriptor> Connection::descriptor() { return around_.plugins.descriptor(profile_.plugin); }

namespace {

// The option that a keyword of the plugin's schema names; "" where it names none.
std::string option_of(const Descriptor& descriptor, std::string_view keyword) {
  const auto schema = parse_json(descriptor.config_schema);
  const auto* option = schema && schema->IsObject() ? member(*schema, keyword) : nullptr;
  return option && option->IsString() ? std::string(view(*option)) : std::string();
}

constexpr auto kRightsKept = std::chrono::minutes(1);

}  // namespace

Result<std::shared_ptr<Source>> Connection::open(Call& call) {
  auto plugin = around_.plugins.plugin(profile_.plugin);
  if (!plugin) return fail(plugin.error());
  auto options = check_options(profile_, (*plugin)->descriptor());
  if (!options) return fail(options.error());
  if (profile_.unknown_sql_to_engine)
    if (auto name = option_of((*plugin)->descriptor(), "x-dbmux-engine-decides"); !name.empty()) {
      Param decides;
      decides.name = std::move(name);
      decides.kind = Kind::boolean;
      decides.i64 = 1;
      options->params.push_back(std::move(decides));
    }
  auto lookup = [secrets = std::move(options->secrets), environment = around_.environment](
                    Call&, std::string_view name) -> Result<std::string> {
    const auto at = secrets.find(std::string(name));
    if (at == secrets.end())
      return fail(Category::not_found, "no secret is configured for " + std::string(name));
    return read_secret(at->second, environment);
  };
  return (*plugin)->open(call, options->params, std::move(lookup));
}

// With mutex_ held.
Result<void> Connection::open_source(Call& call) {
  if (source_) return {};
  auto source = open(call);
  if (!source) return fail(source.error());
  source_ = std::move(*source);
  return {};
}

bool Connection::offers_items() {
  std::call_once(items_looked_up_, [this] { offers_items_ = look_up_items(); });
  return offers_items_;
}

bool Connection::look_up_items() {
  const auto plugin = descriptor();
  if (profile_.disabled || !plugin || !plugin->has_items) return false;
  const auto wanted = option_of(*plugin, "x-dbmux-items-if");
  if (wanted.empty()) return true;
  const auto options = check_options(profile_, *plugin);
  return options && std::any_of(options->params.begin(), options->params.end(), [&](const Param& p) {
           return p.name == wanted && p.kind == Kind::boolean && p.i64 != 0;
         });
}

Result<std::shared_ptr<Source>> Connection::source(Call& call) {
  if (profile_.disabled) return fail(*profile_.disabled);
  const std::lock_guard lock(mutex_);
  if (auto opened = open_source(call); !opened) return fail(opened.error());
  return source_;
}

Result<std::shared_ptr<Pool>> Connection::pool(Call& call, bool read_only) {
  const std::lock_guard lock(mutex_);
  auto& pool = read_only ? read_ : write_;
  if (pool) return pool;
  if (auto opened = open_source(call); !opened) return fail(opened.error());
  const PoolLimits limits{.max = static_cast<std::size_t>(profile_.pool_max),
                          .min = static_cast<std::size_t>(profile_.pool_min),
                          .idle = profile_.pool_idle,
                          .life = profile_.pool_life};
  pool =
      std::make_shared<Pool>(profile_.name, source_, read_only, limits, around_.canceller, around_.watchdog);
  return pool;
}

Result<void> Connection::find_replicas() {
  if (replicas_found_) return {};
  const auto plugin = descriptor();
  if (!plugin) return fail(plugin.error());
  const std::lock_guard lock(mutex_);
  if (replicas_found_) return {};
  std::vector<std::shared_ptr<Replica>> found;
  for (const auto& one : profile_.replicas) {
    auto profile = led_to(profile_, *plugin, one.host, one.port);
    if (!profile) return fail(profile.error());
    const auto place = one.port > 0 ? one.host + ':' + std::to_string(one.port) : one.host;
    found.push_back(std::make_shared<Replica>(*std::move(profile), place, one.max_lag, around_));
  }
  replicas_ = std::move(found);
  replicas_found_ = true;
  return {};
}

// One that is not too far behind, each in its turn; nullopt: the connection's own host is to serve.
std::optional<Lease> Connection::replica_lease(Call& call) {
  Clock::time_point written{};
  if (writable()) {
    const std::lock_guard lock(mutex_);
    if (write_) written = write_->last_end();
  }
  const auto first = next_replica_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const auto& replica = replicas_[(first + i) % replicas_.size()];
    if (!replica->shows(written)) continue;
    if (auto lease = replica->lease(call)) {
      lease->serve_from(replica);
      return *std::move(lease);
    }
    if (call.cancelled() || call.expired()) return std::nullopt;
    replica->distrust();
  }
  return std::nullopt;
}

Result<Lease> Connection::lease(Call& call, bool read_only, bool primary) {
  if (read_only && !primary && !profile_.replicas.empty() && !profile_.disabled) {
    if (auto found = find_replicas(); !found) return fail(found.error());
    if (auto lease = replica_lease(call)) return with_least_privilege(call, *std::move(lease));
  }
  auto lease = own_lease(call, read_only);
  if (!lease) return lease;
  return with_least_privilege(call, *std::move(lease));
}

Result<Lease> Connection::with_least_privilege(Call& call, Lease lease) {
  if (!profile_.require_least_privilege) return lease;
  const auto now = Clock::now().time_since_epoch().count();
  if (now < rights_good_until_.load(std::memory_order_relaxed)) return lease;
  auto info = lease.conn().info(call);
  if (!info) return fail(info.error());
  if (auto excess = excess_of(*info, writable())) {
    return fail(Category::denied,
                name() + ": " + excess->what + ", and the profile requires a login with least privilege",
                excess->known ? "Ask for a login that may only do what the connection is for."
                              : "The driver of this engine does not tell what a login may do.");
  }
  const auto until = Clock::now() + kRightsKept;
  rights_good_until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  return lease;
}

Result<Lease> Connection::own_lease(Call& call, bool read_only) {
  if (profile_.disabled) return fail(*profile_.disabled);
  if (!read_only && !writable())
    return fail(Category::denied, "the connection '" + name() + "' is read-only");
  auto got = pool(call, read_only);
  auto lease = got ? (*got)->lease(call) : Result<Lease>(fail(got.error()));
  if (!lease)
    if (const auto plugin = descriptor())
      lease = fail(in_words_of_connection(std::move(lease.error()), profile_, *plugin, around_.environment,
                                          in_container()));
  const std::lock_guard lock(mutex_);
  if (lease) {
    last_failure_.reset();
  } else if (lease.error().waited_for != WaitedFor::lease && lease.error().category != Category::cancelled) {
    last_failure_ = lease.error().message;
  }
  return lease;
}

std::string Connection::state() const {
  if (profile_.disabled) return "disabled: " + profile_.disabled->message;
  if (!around_.plugins.find(profile_.plugin)) return "not installed";
  const std::lock_guard lock(mutex_);
  if (last_failure_) return "failed: " + *last_failure_;
  return (read_ && read_->use().open > 0) || (write_ && write_->use().open > 0) ? "ready"
                                                                                : "not connected yet";
}

}  // namespace dbmux
