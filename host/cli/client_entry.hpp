#pragma once
// How each desktop client is told of a server: the one place that knows their files and shapes.
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profile/profile.hpp"

namespace dbmux {

struct Client {
  std::string_view id;     // as --client spells it
  std::string_view title;  // as people call it
  std::string_view key;    // the object of the file that holds the servers
  bool typed;              // an entry says that it is of type stdio
};
std::span<const Client> clients();
const Client* client_named(std::string_view id);  // nullptr: no such client

// What a client starts. Never a secret: entries lie in files that are copied and shown.
struct Launch {
  std::string name;  // of the entry
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
};

// This executable over stdio with that profile, and the variables that clients do not pass on although they
// say where things are: DBMUX_HOME, DBMUX_KEY_FILE, DBMUX_PLUGIN_PATH, where they are not the usual.
Launch launch_of(const std::string& profile, const Environment&);

// The file of a client for this user (of Claude Code: of this folder), by the conventions of this system.
std::filesystem::path client_file(const Client&, const Environment&);

std::string entry_json(const Client&, const Launch&);       // in one line: {"command":…}
std::string whole_file_json(const Client&, const Launch&);  // in one line: {"mcpServers":{"dbmux":{…}}}
std::string claude_code_command(const Launch&);             // claude mcp add …, for a shell
std::string snippets(const Launch&);                        // for all clients, to paste

// The text of a client's file with that entry in it, and otherwise as it is, to the byte: comments, order and
// other keys stay. An entry of that name that starts a dbmux gets its command, arguments and environment;
// what else stands in it stays. An empty text becomes a whole file. Errors (profile): not JSON (comments and
// last commas are accepted), a key twice, the entry starts something else.
Result<std::string> with_entry(std::string_view text, const Client&, const Launch&);

}  // namespace dbmux
