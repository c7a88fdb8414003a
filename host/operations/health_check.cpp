#include "connections/rights.hpp"
#include "operations/context.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

std::string check_json(std::string_view check, std::string_view status, std::string_view value,
                       std::string_view advice) {
  std::string json = "{";
  add_member(json, "check", json_quote(check));
  add_member(json, "status", json_quote(status));
  add_member(json, "value", json_quote(value));
  add_member(json, "advice", json_quote(advice));
  return json + "}";
}

int rank(std::string_view status) { return status == "fail" ? 2 : status == "warn" ? 1 : 0; }

}  // namespace

Result<void> health_check(Request& request) {
  request.record.statement = "health check";
  std::string checks;
  std::string worst = "ok";
  auto done = with_session(request.call, *request.connection, true, [&](Lease& lease) -> Result<void> {
    checks.clear();
    worst = "ok";
    auto info = lease.conn().info(request.call);
    if (!info) return fail(info.error());
    checks = check_json("server", "ok", info->product + " " + info->version, "");
    if (const auto excess = excess_of(*info, request.connection->writable()); excess && excess->known) {
      checks += "," + check_json("rights", "warn", excess->what, excess->remedy);
      worst = "warn";
    }
    auto rows = MetaRows::read(request.call, lease.conn(), Meta::health);
    if (!rows) return rows.error().category == Category::unsupported ? Result<void>() : fail(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      const auto status = rows->text(i, "status");
      if (rank(status) > rank(worst)) worst = status;
      checks +=
          "," + check_json(rows->text(i, "check"), status, rows->text(i, "value"), rows->text(i, "advice"));
    }
    return {};
  });
  if (!done) {
    auto e = explained(std::move(done.error()), request);
    worst = "fail";
    checks = check_json("connect", "fail", e.message, e.hint);
  }
  request.answer.text("{\"connection\":" + json_quote(request.connection->name()) +
                      ",\"status\":" + json_quote(worst) + ",\"checks\":[" + checks + "]}");
  return {};
}

}  // namespace dbmux
