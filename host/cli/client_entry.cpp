#include "cli/client_entry.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::array<Client, 5> kClients = {{
    {"claude", "Claude Desktop", "mcpServers", false},
    {"vscode", "VS Code", "servers", true},
    {"cursor", "Cursor", "mcpServers", false},
    {"zed", "Zed", "context_servers", false},
    {"claude-code", "Claude Code", "mcpServers", false},
}};

std::string given(const Environment& environment, std::string_view name) {
  return environment(name).value_or("");
}

// A word that a shell reads back as it is.
std::string shell_word(std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./:=@%+-").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// Where applications keep their settings: ~/.config, or the folder that macOS has for it.
fs::path settings_folder(const Environment& environment) {
  const fs::path home = given(environment, "HOME");
  std::error_code ec;
  fs::path library = home / "Library/Application Support";
  if (fs::is_directory(library, ec)) return library;
  const std::string config = given(environment, "XDG_CONFIG_HOME");
  return config.empty() ? home / ".config" : fs::path(config);
}

}  // namespace

std::span<const Client> clients() { return kClients; }

const Client* client_named(std::string_view id) {
  const auto at = std::find_if(kClients.begin(), kClients.end(), [&](const Client& c) { return c.id == id; });
  return at == kClients.end() ? nullptr : &*at;
}

Launch launch_of(const std::string& profile, const Environment& environment) {
  Launch launch;
  std::error_code ec;
  launch.command = fs::read_symlink("/proc/self/exe", ec).string();
  launch.arguments = {"--stdio", "--profile", profile};
  const std::string stem = fs::path(profile).stem().string();
  launch.name = stem == "local" ? "dbmux" : "dbmux-" + stem;
  const std::string home = fs::absolute(dbmux_home(environment), ec).lexically_normal().string();
  if (home != given(environment, "HOME") + "/.local/share/dbmux")
    launch.environment.emplace_back("DBMUX_HOME", home);
  if (const auto key = given(environment, "DBMUX_KEY_FILE"); !key.empty())
    launch.environment.emplace_back("DBMUX_KEY_FILE", fs::absolute(key, ec).string());
  if (const auto plugins = given(environment, "DBMUX_PLUGIN_PATH"); !plugins.empty())
    launch.environment.emplace_back("DBMUX_PLUGIN_PATH", plugins);
  return launch;
}

fs::path client_file(const Client& client, const Environment& environment) {
  const fs::path home = given(environment, "HOME");
  std::error_code ec;
  if (client.id == "claude") return settings_folder(environment) / "Claude/claude_desktop_config.json";
  if (client.id == "cursor") return home / ".cursor/mcp.json";
  if (client.id == "vscode") return settings_folder(environment) / "Code/User/mcp.json";
  if (client.id == "claude-code") return fs::current_path(ec) / ".mcp.json";
  const std::string config = given(environment, "XDG_CONFIG_HOME");
  return (config.empty() ? home / ".config" : fs::path(config)) / "zed/settings.json";
}

std::string entry_json(const Client& client, const Launch& launch) {
  std::string json = client.typed ? "{\"type\":\"stdio\",\"command\":" : "{\"command\":";
  json += json_quote(launch.command) + ",\"args\":[";
  for (std::size_t i = 0; i < launch.arguments.size(); ++i)
    json += (i == 0 ? "" : ",") + json_quote(launch.arguments[i]);
  json += ']';
  for (std::size_t i = 0; i < launch.environment.size(); ++i)
    json += (i == 0 ? ",\"env\":{" : ",") + json_quote(launch.environment[i].first) + ':' +
            json_quote(launch.environment[i].second);
  return json + (launch.environment.empty() ? "}" : "}}");
}

std::string whole_file_json(const Client& client, const Launch& launch) {
  return '{' + json_quote(client.key) + ":{" + json_quote(launch.name) + ':' + entry_json(client, launch) +
         "}}";
}

std::string claude_code_command(const Launch& launch) {
  std::string command = "claude mcp add " + shell_word(launch.name);
  for (const auto& [name, value] : launch.environment) {
    std::string setting = name;
    setting.append("=").append(value);
    command.append(" -e ").append(shell_word(setting));
  }
  command += " -- " + shell_word(launch.command);
  for (const auto& argument : launch.arguments) command += ' ' + shell_word(argument);
  return command;
}

std::string snippets(const Launch& launch) {
  static constexpr std::array<std::string_view, kClients.size()> kFiles = {
      "claude_desktop_config.json", ".vscode/mcp.json", "~/.cursor/mcp.json", "settings.json", ""};
  std::string text;
  for (std::size_t i = 0; i < kClients.size(); ++i) {
    const Client& client = kClients[i];
    const bool command = client.id == "claude-code";
    text += std::string(client.title) + (command ? "" : " (" + std::string(kFiles[i]) + ")") + ":\n" +
            (command ? claude_code_command(launch) : whole_file_json(client, launch)) + "\n";
    if (i + 1 < kClients.size()) text += '\n';
  }
  return text;
}

}  // namespace dbmux
