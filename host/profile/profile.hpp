#pragma once
// What an operator wrote, checked and expanded. Plugin keys stay unopened here: which of them exist, and
// their types, is known only to the plugin's option schema (driver/options.hpp).
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace dbmux {

struct Mark {
  std::string file;
  int line = 0, column = 0;  // 1-based; 0 = none (a flag, an environment variable; a whole line)
  std::string text() const;  // "local.yaml:9:11", "local.yaml:9", or a source: "DATABASE_URL", "command line"
};

// A YAML value after ${VAR} expansion. Plain scalars are typed after expansion, quoted ones are text.
struct Value {
  using List = std::vector<Value>;
  struct Member;
  using Map = std::vector<Member>;  // in the order of the file
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data;
  Mark mark;
  std::string scalar;          // the text of a scalar after expansion, whatever its type
  bool from_variable = false;  // a variable was filled in
};

struct Value::Member {  // not std::pair, which wants a whole Value inside of Value
  std::string first;
  Value second;
};

// Where a secret is to be had, tried in order: "env:NAME", "file:PATH", "literal:…" for one written in the
// profile.
struct SecretSources {
  std::vector<std::string> sources;
  Mark mark;
};

struct Option {      // a plugin's key, flattened to its dotted path: options.maxPoolSize
  std::string path;  // as written; the plugin's schema knows both spellings
  Mark key;          // where the key stands
  Value value;  // scalar or list; monostate where a variable is missing (the connection is then disabled)
  std::optional<SecretSources> secret;  // instead of value: {secret: …}
};

enum class Access { read_only, confirm, read_write };  // confirm: a person allows each write
std::string_view to_string(Access);                    // "read-only", "confirm", "read-write"
Access access_named(std::string_view);                 // anything else: read_only

struct Limits {  // of one answer; 0 = none
  std::int64_t rows = 1000;
  std::int64_t tokens = 10000;
  std::int64_t bytes = std::int64_t{1} << 20;
  std::uint32_t cell = 4096;
};

struct Retry {
  int attempts = 3;  // in all; reads only
  std::chrono::milliseconds base{200}, cap{5000};
};

// A further server that reads may go to while it is less than max_lag behind.
struct ReplicaProfile {
  std::string host;
  int port = 0;  // 0 = that of the connection
  std::chrono::milliseconds max_lag{30'000};
};

// What a plan may ask for before its statement runs; 0 none.
struct PlanBounds {
  double max_cost = 0;
  std::int64_t full_scan_rows = 0;
  bool set() const { return max_cost > 0 || full_scan_rows > 0; }
};

struct ConnectionProfile {
  std::string name;
  std::string plugin;
  std::string description;
  Mark origin;
  std::filesystem::path folder;  // of the profile: where relative paths begin; empty = the working directory
  Access access = Access::read_only;
  bool unknown_sql_to_engine = false;  // unknown_sql: engine
  bool require_least_privilege = false;
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds statement_timeout{60'000};
  int pool_min = 0, pool_max = 10;
  std::chrono::milliseconds pool_idle{300'000}, pool_life{3'600'000};
  Retry retry;
  Limits limits;
  std::vector<ReplicaProfile> replicas;
  PlanBounds guard;
  bool required = false;  // readiness depends on it
  std::vector<Option> options;
  // Why it cannot be used (a variable that is not set), with its place; such a connection is listed and fails
  // when used. object = the option whose variable is missing, when it is the only one.
  std::optional<Error> disabled;
};

// What connect_database may open of one plugin.
struct RuntimeBounds {
  Access access = Access::read_only;
  std::vector<std::string> paths;  // folders, expanded and canonical
  bool hidden = false;             // files and folders whose name starts with a dot
  std::vector<std::string> hosts;  // names, or "loopback"
  Mark mark;
};

enum class NameStyle { underscore, hyphen, both };
struct ToolList {
  enum class Kind { two, standard, all, named } kind = Kind::standard;  // YAML: two | default | all | [names]
  std::vector<std::string> names;
  NameStyle style = NameStyle::underscore;
  bool prefix = true;  // a plugin's tools and prompts are named PLUGIN_NAME
};

struct ToolParameter {
  enum class Type { text, integer, number, boolean } type = Type::text;  // YAML: string, …
  std::string name;
  std::string description;
  bool required = false;
  std::vector<Value> one_of;       // `enum`, of the type
  std::optional<Value> initial;    // `default`, of the type
  std::optional<double> min, max;  // of a number; of a text, its length in characters
};

// A tool of the operator's own: a named statement with typed parameters, which the driver binds.
struct OperatorTool {
  std::string name;  // letters, digits, _ and -, at most 64
  std::string description;
  std::string connection;
  std::string statement;
  std::vector<ToolParameter> parameters;  // in the order in which they are bound
  Access access = Access::read_only;      // never more than the connection's
  Limits limits;                          // the connection's where the tool says nothing
  Mark mark;
};

// What is kept of the calls that were served.
struct HistorySettings {
  bool keep = true;
  int days = 30;                                // 0 = for ever
  std::int64_t bytes = std::int64_t{64} << 20;  // of all segments; 0 = no bound
};

struct Profile {
  std::string name;                // "local", or the file's stem; "" for DSN arguments
  std::filesystem::path file;      // empty for DSN arguments
  std::string default_connection;  // "" = the first
  std::vector<ConnectionProfile> connections;
  ConnectionProfile connection_defaults;  // `defaults`: what a connection made by other means starts from
  ToolList tools;
  std::vector<OperatorTool>
      operator_tools;                   // tools.add, then those of tools.add_from; of offered connections
  std::vector<std::string> tool_files;  // tools.add_from: absolute patterns
  std::filesystem::path export_dir;     // empty = exports are forbidden
  std::map<std::string, RuntimeBounds> runtime_connections;  // by plugin; absent = nothing may be opened
  std::map<std::string, std::string> plugin_pins;            // plugin id -> sha256 in hex
  HistorySettings history;
  std::vector<std::string> warnings;  // for `profile check` and the log
};

// Looks up a variable: nullopt = not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;
// The process's own as it is now, with HOME (from the password database) and DBMUX_HOME (dbmux_home()) where
// they are not set.
Environment process_environment();
// Adds those two to any other environment.
Environment with_homes(Environment);
// $DBMUX_HOME, else $XDG_DATA_HOME/dbmux, else ~/.local/share/dbmux.
std::string dbmux_home(const Environment&);

}  // namespace dbmux
