#pragma once
// What `dbmux doctor` finds out: one finding a check, in the order in which things depend on each other.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/host.hpp"

namespace dbmux {

struct Finding {
  enum class Status { ok, warn, fail };
  Status status = Status::ok;
  std::string check;    // "port"
  std::string text;     // what was seen; no secret
  std::string next;     // what to do, "" = nothing
  Exit code = kFailed;  // of the process, where it failed
};

struct Findings {
  std::string of;      // "profile", "plugins", or a connection
  std::string detail;  // "postgres, read-only"
  std::vector<Finding> list;

  void ok(std::string check, std::string text) {
    add(Finding::Status::ok, std::move(check), std::move(text));
  }
  void warn(std::string check, std::string text, std::string next = {}) {
    add(Finding::Status::warn, std::move(check), std::move(text), std::move(next));
  }
  void fail(std::string check, std::string text, std::string next = {}, Exit code = kFailed) {
    add(Finding::Status::fail, std::move(check), std::move(text), std::move(next), code);
  }
  void add(Finding::Status status, std::string check, std::string text, std::string next = {},
           Exit code = kFailed) {
    list.push_back({status, std::move(check), std::move(text), std::move(next), code});
  }
  bool failed() const;
};

// The profile as it stands in its file, the folder of dbmux and what is kept there.
Findings examine_profile(const CommandLine&, const Host&, const Environment&);
// only: the plugin of one connection, "" = all that are installed. One that no connection uses only warns.
Findings examine_plugins(Host&, std::string_view only);
// Everything from the options to a refused write. Ends at the first step that the others need. Loads the
// plugin. Blocks until the call's deadline.
Findings examine_connection(Call&, Connection&, const Environment&);

// Name and port of a server: false when one of the two fails.
bool examine_network(Call&, const std::string& host, int port, Findings&);

// For a person, with a sum at the end; and as one JSON object.
std::string doctor_text(const std::vector<Findings>&);
std::string doctor_json(const std::vector<Findings>&);
// That of the first failure; 0 without any.
int doctor_code(const std::vector<Findings>&);

}  // namespace dbmux
