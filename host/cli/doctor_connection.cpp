#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.hpp"
#include "cli/doctor.hpp"
#include "connections/endpoint.hpp"
#include "connections/rights.hpp"
#include "driver/options.hpp"
#include "schema/tables.hpp"
#include "secret/secret.hpp"

namespace dbmux {

namespace {

std::string look_again(const ConnectionProfile& profile) {
  const bool written = profile.origin.line > 0;
  return "Correct it" + (written ? " (" + profile.origin.text() + ")" : std::string(" in the DSN")) +
         ", then look again" + (written ? ": dbmux doctor " + profile.name : std::string("."));
}

bool examine_options(const Connection& connection, const Descriptor& descriptor,
                     const Environment& environment, Findings& found) {
  const auto report = read_options(connection.profile(), descriptor);
  for (const auto& problem : report.problems)
    if (problem.severity == Problem::Severity::error)
      found.fail("options", problem.text(), look_again(connection.profile()), kProfile);
    else
      found.warn("options", problem.text(), look_again(connection.profile()));
  if (found.failed()) return false;
  if (report.problems.empty()) found.ok("options", "complete, " + connection.profile().origin.text());
  for (const auto& [option, sources] : report.options.secrets) {
    auto secret = find_secret(sources, environment);
    if (!secret) {
      const auto& e = secret.error();
      found.fail(option, e.message,
                 !e.hint.empty()                ? e.hint
                 : e.category == Category::auth ? "Set it, or name another source."
                                                : look_again(connection.profile()),
                 static_cast<Exit>(exit_code(e.category)));
      continue;
    }
    wipe(secret->value);
    found.ok(option, secret->source == "literal" ? "as it is written" : "from " + secret->source);
  }
  return !found.failed();
}

void examine_files(const Endpoint& to, Findings& found) {
  for (const auto& file : to.files) {
    if (!file.starts_with('/')) continue;
    std::error_code ec;
    if (!std::filesystem::exists(file, ec)) continue;  // the driver knows whether it needs it, and says so
    if (::access(file.c_str(), R_OK) == 0)
      found.ok("file", file + " can be read");
    else
      found.fail("file", file + ": " + std::generic_category().message(errno),
                 "Let the user that runs dbmux read it: chmod, chown, and x on its folders.", kUnreachable);
  }
}

void examine_rights(const ConnInfo& info, const Connection& connection, Findings& found) {
  const auto who = info.user.empty() ? std::string("this login") : "'" + info.user + "'";
  if (const auto excess = excess_of(info, connection.writable()); excess && excess->known)
    found.warn("rights", excess->what, excess->remedy);
  else if (excess)
    found.ok("rights", excess->what);
  else
    found.ok("rights", who + ((info.privileges & ConnInfo::kMayWrite) ? " may write" : " may only read"));
}

// The statements that the plugin names for its checks; "" where it names none.
std::string statement_of(const Descriptor& descriptor, const char* name) {
  const auto schema = parse_json(descriptor.config_schema);
  const auto* check = schema ? member(*schema, "x-dbmux-check") : nullptr;
  const auto* text = check ? member(*check, name) : nullptr;
  return text && text->IsString() ? std::string(view(*text)) : std::string();
}

Result<std::vector<std::string>> layers_of(Result<std::unique_ptr<Cursor>> cursor) {
  if (!cursor) return fail(cursor.error());
  for (;;) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
  }
  auto summary = (*cursor)->summary();
  if (!summary) return fail(summary.error());
  return summary->enforced_by;
}

// By what the engine held a read: of a statement that the plugin names, else of a table's first row. nullopt:
// there is neither.
std::optional<Result<std::vector<std::string>>> layers_of_a_read(Call& call, Conn& conn,
                                                                 const Descriptor& descriptor) {
  if (const auto text = statement_of(descriptor, "read"); !text.empty())
    return layers_of(conn.execute(call, Statement{.language = {}, .text = text, .params = {}}));
  const auto tables = list_tables(call, conn, {});
  if (!tables) return fail(tables.error());
  for (const auto& table : *tables) {
    if (table.kind != "table" && table.kind != "collection") continue;
    Scan scan;
    scan.table = {{}, table.schema, table.name};
    scan.limit = 1;
    return layers_of(conn.scan(call, scan));
  }
  return std::nullopt;
}

// It must be refused; planned only where the driver can, and harmless by the plugin's word where it cannot.
// nullopt: the plugin names none.
std::optional<Result<std::vector<std::string>>> refused_write(Call& call, Conn& conn, const ConnInfo& info,
                                                              const Descriptor& descriptor) {
  const auto text = statement_of(descriptor, "write");
  if (text.empty()) return std::nullopt;
  const bool plan = (info.capabilities & ConnInfo::kDryRun) != 0;
  auto refused =
      layers_of(conn.execute(call, Statement{.language = {}, .text = text, .params = {}, .dry_run = plan}));
  if (refused) return fail(Category::read_only, "the driver accepted a write in a read-only session");
  if (refused.error().category != Category::read_only) return refused;
  return refused.error().by.empty() ? std::vector<std::string>{"parser"} : refused.error().by;
}

void examine_read_only(Call& call, Conn& conn, const ConnInfo& info, const Descriptor& descriptor,
                       Findings& found) {
  if ((info.capabilities & ConnInfo::kReadOnly) == 0)
    return found.fail("read-only", "this driver cannot hold a session read-only",
                      "Use a login that may only read.", kRefused);
  const auto refused = refused_write(call, conn, info, descriptor);
  if (refused && !*refused)
    return found.fail(
        "read-only", "not proven: " + refused->error().message,
        "Do not use this connection before the plugin was checked: dbmux plugin check " + descriptor.id,
        kRefused);
  const auto layers = layers_of_a_read(call, conn, descriptor);
  std::string text;
  if (refused) text = "a write was refused by " + joined(**refused, ", ");
  if (layers && *layers && !(*layers)->empty())
    text += (text.empty() ? "a read is held by " : "; a read is held by ") + joined(**layers, ", ");
  const auto instead = "A login that may only read is safe by itself.";
  if (layers && !*layers && layers->error().category != Category::unsupported)
    return found.warn("read-only", (text.empty() ? "" : text + "; ") + layers->error().message, instead);
  if (!text.empty()) return found.ok("read-only", text);
  if (layers && *layers)
    return found.fail("read-only", "the driver read and named nothing that held it read-only",
                      "Use a login that may only read.", kRefused);
  found.warn("read-only", "promised by the driver, but there is nothing here to try it with", instead);
}

void examine_health(Call& call, Conn& conn, Findings& found) {
  const auto rows = MetaRows::read(call, conn, Meta::health);
  if (!rows) {
    if (rows.error().category != Category::unsupported)
      found.warn("health", rows.error().message, rows.error().hint);
    return;
  }
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto status = rows->text(i, "status");
    found.add(status == "fail"   ? Finding::Status::fail
              : status == "warn" ? Finding::Status::warn
                                 : Finding::Status::ok,
              rows->text(i, "check"), rows->text(i, "value"), rows->text(i, "advice"));
  }
}

// What to do about a session that does not open.
std::string way_on(const Error& e, const ConnectionProfile& profile, const Endpoint& to) {
  if (e.hint.find("dbmux doctor") != std::string::npos)  // the test that it names is this one
    return "Is it the right password, and that of this user?";
  if (!e.hint.empty())
    return e.did_you_mean.empty() ? e.hint : e.hint + " near: " + joined(e.did_you_mean, ", ");
  if (to.host.empty() && !to.files.empty())
    return look_again(profile) + (profile.origin.line > 0 ? ". Another database: dbmux setup" : "");
  if (e.category == Category::timeout || e.category == Category::connection)
    return "Look at the server, and into its log.";
  return look_again(profile);
}

Exit code_of(const Error& e) {
  const int code = exit_code(e.category);
  return code == kPlugin || code == kProfile ? static_cast<Exit>(code) : kUnreachable;
}

void examine_session(Call& call, Connection& connection, const Descriptor& descriptor, const Endpoint& to,
                     Findings& found) {
  auto lease = connection.lease(call, true);
  if (!lease) {
    const auto& e = lease.error();
    auto text = e.message;
    if (!e.detail.empty()) text += (text.ends_with('.') ? " " : ". ") + e.detail;
    return found.fail("login", text, way_on(e, connection.profile(), to), code_of(e));
  }
  auto& conn = lease->conn();
  const auto info = conn.info(call);
  if (!info)
    return found.fail("login", info.error().message, way_on(info.error(), connection.profile(), to),
                      kUnreachable);
  found.ok("login", info->user.empty() ? std::string("a session is open") : "as '" + info->user + "'");
  auto server = info->product + " " + info->version;
  if (info->role == 2) server += ", a replica";
  found.ok("server", server);
  examine_rights(*info, connection, found);
  examine_read_only(call, conn, *info, descriptor, found);
  examine_health(call, conn, found);
}

}  // namespace

Findings examine_connection(Call& call, Connection& connection, const Environment& environment) {
  Findings found{connection.name(), {}, {}};
  if (connection.profile().disabled) {
    found.warn("enabled", connection.profile().disabled->message,
               "Set the variable where dbmux is started, or give it a default: ${NAME:-value}");
    return found;
  }
  const auto descriptor = connection.descriptor();
  if (!descriptor) {
    found.fail("plugin", descriptor.error().message,
               descriptor.error().hint.empty() ? look_again(connection.profile()) : descriptor.error().hint,
               kPlugin);
    return found;
  }
  if (!examine_options(connection, *descriptor, environment, found)) return found;
  const auto to = endpoint_of(connection.profile(), *descriptor);
  examine_files(to, found);
  if (found.failed() || !examine_network(call, to.host, to.port, found)) return found;
  examine_session(call, connection, *descriptor, to, found);
  return found;
}

}  // namespace dbmux
