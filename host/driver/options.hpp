#pragma once
// The options of a connection against its plugin's schema, and everything else that takes that schema to
// know: which are secret, which environment variable means which, which part of a URL goes where, which are
// files.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "driver/plugin.hpp"
#include "profile/dsn.hpp"
#include "profile/problem.hpp"

namespace dbmux {

struct CheckedOptions {
  std::vector<Param> params;  // for Plugin::open, named as the plugin's schema spells them
  std::map<std::string, SecretSources>
      secrets;  // by the text of a secret's param, which the plugin asks with
};

struct OptionReport {
  CheckedOptions options;         // means something only without errors
  std::vector<Problem> problems;  // with the marks of the profile; never a value of a secret
};

// Unknown keys (with the nearest of the host's and the plugin's names), doubled ones (two spellings, an
// alias), types, and everything else the schema says. A path is made absolute. Values of a disabled
// connection that are missing are passed over.
OptionReport read_options(const ConnectionProfile&, const Descriptor&);
// The same for use: the options, or the first error (profile).
Result<CheckedOptions> check_options(const ConnectionProfile&, const Descriptor&);
// All of them, for `profile check`.
std::vector<Problem> option_problems(const ConnectionProfile&, const Descriptor&);

// Whether the schema calls an option secret, in whatever spelling; for show_profile().
bool is_secret_option(const Descriptor&, std::string_view path);

// Which URL parts a plugin takes: x-dbmux-dsn, x-dbmux-path "file", or options called host, port, user,
// password, database and uri.
DsnPlugin dsn_plugin(const Descriptor&);
std::vector<DsnPlugin> dsn_plugins(std::span<const Descriptor>);

// The variables of the plugins' schemas (x-dbmux-env) and DATABASE_URL change exactly one connection: the
// default if it is of that plugin, else one named after the plugin, made where there is none, which becomes
// the default. What the command line gave stays as it is and only gets options that it does not have. A
// DATABASE_URL that no plugin serves becomes a disabled default, so that calls do not reach another database
// instead. Origins name the variables.
void apply_environment(Profile&, std::span<const Descriptor>, const Environment&);

// Takes the variables that the plugins' schemas hide (x-dbmux-env-hide: names, or the beginnings of names
// with a
// `*`) out of the process, so that no client library reads them behind the profile's back. Call it before the
// first plugin is loaded and the first thread is started, with an Environment taken before.
void hide_environment(std::span<const Descriptor>);

}  // namespace dbmux
