#pragma once
// What was typed, taken apart. Everything that CLI11 does is in command_line.cpp.
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dbmux {

// Exit codes, as in --help.
enum Exit : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kProfile = 3,
  kPlugin = 4,
  kUnreachable = 5,
  kRefused = 6
};

struct CommandLine {
  enum class Command {
    none,
    serve,
    call,
    profile_check,
    profile_show,
    profile_schema,
    plugin_list,
    plugin_check,
    secret_set,
    secret_list,
    secret_rm,
    secret_rotate,
    setup,
    confirm,
    doctor,
    history
  };
  Command command = Command::none;
  bool stdio = false;
  std::string profile;            // --profile; "" = $DB_PROFILE or local
  std::vector<std::string> dsns;  // NAME=DSN or DSN: no profile at all
  std::string tools;              // two | default | all; "" = the profile's
  std::string log_level, log_file;

  // call
  std::string tool;
  std::vector<std::pair<std::string, std::string>> arguments;  // --arg k=v
  std::string format;  // table | json | ndjson | csv | markdown; "" = by where it is printed
  // plugin list, plugin check, doctor, history
  bool json = false;
  std::string connection;  // doctor, history; "" = all
  std::size_t last = 20;   // history
  // secret
  std::string secret;  // its name, never its value
  // confirm
  std::string code;  // "" = list what waits
  // setup
  std::string client, name;
  bool write = false, print = false, yes = false;
  // plugin check
  std::string file;        // or the id of an installed plugin
  std::string config;      // JSON, @FILE or - for standard input; "" none
  std::string statements;  // the same
  std::string time_limit;  // seconds a check; "" = the checker's
};

struct Parsed {
  std::optional<CommandLine> line;  // absent: print text and exit with code
  std::string text;                 // help, version (standard output) or a usage error (standard error)
  int code = kOk;
};
Parsed parse_command_line(int argc, const char* const* argv);

std::string help_text();
std::string version_text();

}  // namespace dbmux
