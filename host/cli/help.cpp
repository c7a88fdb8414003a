#include "cli/command_line.hpp"

namespace dbmux {

std::string help_text() {
  return R"(dbmux - lets assistants work with your databases, within the bounds you set

usage: dbmux [--stdio] [options] [DSN ...]                 serve (stdio when stdin is a pipe)
       dbmux COMMAND [options]

serve  --stdio                 MCP on stdin/stdout, for desktop clients
       -p, --profile NAME|FILE local, or a file                                ($DB_PROFILE, local)
       DSN                     no profile at all: sqlite:FILE; NAME=DSN names it
       --tools two|default|all which tools are listed                         (default)

first  setup [DSN]             ask, test, keep the password sealed, show or write the entry for a client
steps    --client claude|cursor|vscode|claude-code|zed   --name NAME   --write|--print   --yes   (DSN -: standard input)
       call TOOL --arg k=v     one tool call from the shell: dbmux call list_tables
         --format table|json|ndjson|csv|markdown                 (table on a terminal, json in a pipe)
       doctor [CONNECTION|DSN] test everything: files, plugins, name, port, TLS, login, rights, read-only  [--json]
       history [--last N]      what assistants ran here                [--connection C] [--json]
       confirm [CODE]          allow, or decline, a write that waits for you

tend   profile check|show|schema [NAME|FILE]
       secret set NAME         asks, or reads standard input; a profile says {secret: "store:NAME"}
       secret list|rm NAME|rotate                                      sealed store of secrets; list [--json]
       plugin list [--json]
       plugin check FILE|ID [--config JSON|@FILE|-] [--json]       does a plugin keep the rules?
       -h --help [COMMAND]   --version   --log-level L   --log-file F

Writes are off until a profile allows them. Exit: 0 ok, 1 failed, 2 usage, 3 profile, 4 plugin, 5 unreachable, 6 refused.
)";
}

std::string version_text() { return "dbmux " DBMUX_VERSION "\n"; }

}  // namespace dbmux
