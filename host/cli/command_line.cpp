#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"

namespace dbmux {

namespace {

using Command = CommandLine::Command;

// What the field calls a thing that is planned but not there; said plainly rather than "unknown".
constexpr const char* kNotBuilt[] = {"token", "access"};

Parsed usage(std::string why) {
  return {std::nullopt, "dbmux: " + std::move(why) + "\nTry dbmux --help.\n", kUsage};
}

// What is wrong with them; "" nothing.
std::string split_arguments(const std::vector<std::string>& given, CommandLine& line) {
  for (const auto& text : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return "--arg " + text + ": write --arg name=value";
    line.arguments.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return {};
}

// What CLI11 fills in; the rest of this file makes a CommandLine of it.
struct Typed {
  CommandLine line;
  std::vector<std::string> arguments;
  std::string port, profile;
  bool help = false, version = false;
};

// The words, and what each writes where.
class Grammar {
 public:
  explicit Grammar(Typed& typed) : typed_(typed) {
    app_.set_help_flag();
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    serving();
    calling();
    profiles();
    plugins();
    secrets();
    first_steps();
  }

  CLI::App& app() { return app_; }

  // The last that was typed. none with a text: one that is not complete.
  std::pair<Command, std::string> chosen() const {
    std::pair<Command, std::string> found{Command::none, {}};
    for (const auto& word : words_)
      if (*word.app) found = {word.command, word.needs};
    return found;
  }

 private:
  struct Word {
    CLI::App* app;
    Command command;
    std::string needs;  // a group: what has to follow
  };

  CLI::App& word(CLI::App& within, const char* name, Command command, const std::string& needs = {}) {
    auto* added = within.add_subcommand(name);
    added->set_help_flag();
    words_.push_back({added, command, needs});
    return *added;
  }
  CLI::App& group(const char* name, const std::string& needs) {
    return word(app_, name, Command::none, name + (" needs one of: " + needs));
  }

  void serving() {
    auto& line = typed_.line;
    app_.add_flag("-h,--help", typed_.help);
    app_.add_flag("--version", typed_.version);
    app_.add_flag("--stdio", line.stdio);
    app_.add_option("--port,--http", typed_.port);
    app_.add_option("--tools", line.tools)->check(CLI::IsMember({"two", "default", "all"}));
    app_.add_option("dsn", line.dsns);
    app_.add_option("-p,--profile", line.profile);
    app_.add_option("--log-level", line.log_level)
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    app_.add_option("--log-file", line.log_file);
    word(app_, "serve", Command::serve);
  }

  void calling() {
    auto& line = typed_.line;
    auto& call = word(app_, "call", Command::call);
    call.add_option("tool", line.tool);
    call.add_option("dsn", line.dsns);
    call.add_option("-a,--arg", typed_.arguments)->allow_extra_args(false);
    call.add_option("--format", line.format)
        ->check(CLI::IsMember({"table", "json", "ndjson", "csv", "markdown"}));
    word(app_, "confirm", Command::confirm).add_option("code", line.code);
  }

  void profiles() {
    auto& profile = group("profile", "check, show, schema");
    word(profile, "check", Command::profile_check).add_option("profile", typed_.profile);
    word(profile, "show", Command::profile_show).add_option("profile", typed_.profile);
    word(profile, "schema", Command::profile_schema);
  }

  void plugins() {
    auto& line = typed_.line;
    auto& plugin = group("plugin", "list, check FILE");
    word(plugin, "list", Command::plugin_list).add_flag("--json", line.json);
    auto& check = word(plugin, "check", Command::plugin_check);
    check.add_flag("--json", line.json);
    check.add_option("file", line.file);
    check.add_option("--config", line.config);
    check.add_option("--statements", line.statements);
    check.add_option("--time-limit", line.time_limit);
  }

  void secrets() {
    auto& line = typed_.line;
    auto& secret = group("secret", "set NAME, list, rm NAME, rotate");
    word(secret, "set", Command::secret_set).add_option("name", line.secret);
    word(secret, "list", Command::secret_list).add_flag("--json", line.json);
    word(secret, "rm", Command::secret_rm).add_option("name", line.secret);
    word(secret, "rotate", Command::secret_rotate);
  }

  void first_steps() {
    auto& line = typed_.line;
    auto& setup = word(app_, "setup", Command::setup);
    setup.add_option("dsn", line.dsns);
    setup.add_option("--client", line.client)
        ->check(CLI::IsMember({"claude", "cursor", "vscode", "claude-code", "zed"}));
    setup.add_option("--name", line.name);
    setup.add_flag("--write", line.write);
    setup.add_flag("--print", line.print);
    setup.add_flag("-y,--yes", line.yes);
    auto& doctor = word(app_, "doctor", Command::doctor);
    doctor.add_flag("--json", line.json);
    doctor.add_option("connection", line.connection);
    auto& history = word(app_, "history", Command::history);
    history.add_flag("--json", line.json);
    history.add_option("-n,--last", line.last)->check(CLI::Range(1, 1'000'000));
    history.add_option("-c,--connection", line.connection);
  }

  Typed& typed_;
  CLI::App app_;
  std::vector<Word> words_;
};

// What is wrong with a command whose words are all known; "" nothing.
std::string wrong_with(const CommandLine& line) {
  const bool more = !line.dsns.empty();
  switch (line.command) {
    case Command::call:
      return line.tool.empty() ? "call needs a tool: dbmux call list_tables" : "";
    case Command::plugin_check:
      return line.file.empty() ? "plugin check needs a file: dbmux plugin check ./mine.so" : "";
    case Command::secret_set:
    case Command::secret_rm:
      if (line.secret.empty()) return "secret set and secret rm need a name: dbmux secret set NAME";
      [[fallthrough]];
    case Command::secret_list:
    case Command::secret_rotate:
      return more ? "secret takes at most a name; its value is asked for, or read from standard input, "
                    "never an argument"
                  : "";
    case Command::setup:
      if (line.dsns.size() > 1) return "setup takes one DSN; run it again for the next";
      if (line.write && line.print) return "give either --write or --print";
      return line.write && line.client.empty() ? "--write needs --client" : "";
    case Command::doctor:
      return more ? "doctor takes one connection, or one DSN; without any it looks at all" : "";
    case Command::history:
      return more ? "history takes no '" + line.dsns.front() + "'; one connection: --connection NAME" : "";
    default:
      break;
  }
  for (const char* word : kNotBuilt)
    if (more && line.dsns.front() == word) return std::string(word) + " is not built yet";
  return {};
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  Typed typed;
  Grammar grammar(typed);
  try {
    grammar.app().parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (!typed.help && !typed.version) return usage(e.what());
  }
  if (typed.help) return {std::nullopt, help_text(), kOk};
  if (typed.version) return {std::nullopt, version_text(), kOk};
  if (!typed.port.empty()) return usage("--port and --http are not built yet; serve with --stdio");
  auto& line = typed.line;
  auto [command, needs] = grammar.chosen();
  if (!needs.empty()) return usage(std::move(needs));
  line.command = command == Command::none && line.stdio ? Command::serve : command;
  if (!typed.profile.empty()) line.profile = typed.profile;
  std::string wrong = wrong_with(line);
  if (wrong.empty()) wrong = split_arguments(typed.arguments, line);
  if (!wrong.empty()) return usage(std::move(wrong));
  return {std::move(line), {}, kOk};
}

}  // namespace dbmux
