#include <algorithm>
#include <string>

#include "connection.hpp"

namespace dbmux::sqlite {

namespace {

bool writes(const Guard::Use& use) { return (use.how & DBMUX_USE_WRITE) != 0; }
bool internal(const Guard::Use& use) { return use.name.starts_with("sqlite_"); }

std::int32_t class_of(const Guard::Seen& seen, bool only_reads) {
  if (seen.schema) return DBMUX_CLASS_DDL;
  if (seen.admin) return DBMUX_CLASS_ADMIN;
  if (seen.transaction || (seen.pragma && seen.session)) return DBMUX_CLASS_SESSION;
  if (seen.insert || seen.update || seen.remove) return DBMUX_CLASS_WRITE;
  return only_reads || seen.pragma ? DBMUX_CLASS_READ : DBMUX_CLASS_ADMIN;
}

}  // namespace

kit::Result<kit::Analysis::Report> Connection::analyze(kit::Call call, const dbmux_request& request) {
  auto running = enter(call);
  if (!running) return running.failure();
  const auto text = kit::view(request.text);
  auto statement = compile(text, Guard::Mode::recording);
  // Virtual tables prepare statements of their own when they are first used; the second time there are none.
  if (statement && std::any_of(guard_.uses().begin(), guard_.uses().end(), writes))
    statement = compile(text, Guard::Mode::recording);
  const auto& seen = guard_.seen();
  // A PRAGMA that acts while it is compiled is not compiled to the end.
  if (!statement && !(seen.pragma && (seen.admin || seen.session))) return statement.failure();

  Report report;
  const bool only_reads = statement && sqlite3_stmt_readonly(statement->get());
  report.statement_class = class_of(seen, only_reads);
  report.complete = statement && !seen.pragma && report.statement_class != DBMUX_CLASS_ADMIN;
  uses_.clear();
  for (const auto& use : guard_.uses()) {
    // A change of the schema is made of statements and functions that nobody has written.
    if (seen.schema ? internal(use) || use.how == DBMUX_USE_CALL : internal(use) && writes(use)) continue;
    uses_.push_back({{{"", 0}, kit::str(use.schema), kit::str(use.name)}, kit::str(use.column), use.how, 0});
  }
  report.uses = uses_;
  return report;
}

}  // namespace dbmux::sqlite
