#include <array>
#include <string>
#include <string_view>

#include "catalogue.hpp"
#include "connection.hpp"
#include "error.hpp"
#include "objects.hpp"
#include "result_cursor.hpp"
#include "source.hpp"
#include "statement_cursor.hpp"

namespace dbmux::postgres {

namespace {

// In the order in which a description is usually read.
constexpr std::array kDescribing{DBMUX_META_OBJECTS,      DBMUX_META_COLUMNS,       DBMUX_META_INDEXES,
                                 DBMUX_META_FOREIGN_KEYS, DBMUX_META_REFERENCED_BY, DBMUX_META_CONSTRAINTS,
                                 DBMUX_META_TRIGGERS,     DBMUX_META_VIEW_TEXT};

constexpr std::array kBeginList{"BEGIN READ ONLY", "SET LOCAL jit = off"};

bool tells_of_partitions(const PGresult* objects) {
  const int type = PQfnumber(objects, "type");
  for (int i = 0; i < PQntuples(objects); ++i)
    if (const std::string_view text = PQgetvalue(objects, i, type);
        text == kPartition || text == kPartitioned)
      return true;
  return false;
}

kit::Failure no_such_object(const dbmux_object& object) {
  const std::string name(kit::view(object.name));
  return kit::fail(DBMUX_E_NOT_FOUND, "there is no table or view '" + name + "'").object(name);
}

kit::Result<Parameters> parameters_of(const dbmux_object& object, std::string_view like) {
  Parameters parameters;
  for (const auto text : {kit::view(object.schema), kit::view(object.name), like}) {
    if (text.find('\0') != std::string_view::npos)
      return kit::fail(DBMUX_E_INVALID, "a name holds a NUL character");
    parameters.add(text);
  }
  return parameters;
}

}  // namespace

Brackets Connection::brackets_for_lists() const {
  auto brackets = brackets_for_reading();
  if (!in_transaction() && (brackets.enforced_by & DBMUX_BY_TRANSACTION) != 0) brackets.before = kBeginList;
  return brackets;
}

kit::Failure Connection::refused(const PGresult* error) const {
  auto reason = failure(error);
  if (is_cancelled(error) && reason->message.find("timeout") != std::string::npos)
    reason->category = DBMUX_E_TIMEOUT;
  if (wire_->dead()) reason->flags |= DBMUX_ERR_CONN_DEAD;
  if (in_transaction() && (wire_->dead() || wire_->transaction() == PQTRANS_INERROR))
    reason->flags |= DBMUX_ERR_TXN_FAILED;
  return reason;
}

// Partitions are dear to ask for, and few databases have some: they are asked for where they were seen.
kit::CursorResult Connection::list_objects(const Parameters& parameters) {
  while (true) {
    const bool whole = has_partitions_;
    const std::array texts{objects_query(whole ? Objects::list : Objects::plain_list)};
    auto replies = ask(texts, parameters, brackets_for_lists());
    if (!replies) return replies.failure();
    auto& [rows, error] = replies->front();
    if (error) return refused(error.get());
    if (!rows) return kit::fail(DBMUX_E_INTERNAL, "the server gave no answer");
    has_partitions_ = tells_of_partitions(rows.get());
    if (whole || !has_partitions_) return std::make_unique<ResultCursor>(*this, std::move(rows));
  }
}

kit::CursorResult Connection::describe(kit::Call call, const dbmux_object& object,
                                       const Parameters& parameters) {
  std::vector<std::string> texts;
  for (const auto kind : kDescribing) texts.push_back(catalogue_query(kind));
  auto replies = ask(texts, parameters);
  if (!replies) return replies.failure();
  described_ = {call.id(), std::string(kit::view(object.schema)), std::string(kit::view(object.name)), {}};
  for (std::size_t i = 0; i < kDescribing.size(); ++i) {
    auto& reply = (*replies)[i];
    if (reply.rows) described_.kinds.emplace_back(kDescribing[i], std::move(reply.rows));
    if (i == 0 && reply.error) return refused(reply.error.get());
  }
  auto found = described(call, DBMUX_META_OBJECTS, object);
  if (PQntuples(found.get()) == 0) return no_such_object(object);
  return std::make_unique<ResultCursor>(*this, std::move(found));
}

ResultHandle Connection::described(kit::Call call, std::int32_t kind, const dbmux_object& object) {
  const bool same = described_.call_id == call.id() && described_.schema == kit::view(object.schema) &&
                    described_.name == kit::view(object.name);
  if (!same) return {};
  for (auto& [known, rows] : described_.kinds)
    if (known == kind && rows) return std::move(rows);
  return {};
}

kit::CursorResult Connection::introspect(kit::Call call, std::int32_t kind, const dbmux_object& object,
                                         std::string_view like) {
  const bool named = object.name.len > 0;
  if (auto open = check_transaction(in_transaction()); !open) return open.failure();
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto limited = limit_time(); !limited) return limited.failure();
  if (kind == DBMUX_META_HEALTH) return health();
  if (kind == DBMUX_META_TOP_QUERIES) return top_queries();
  if (kind == DBMUX_META_ACTIVITY) return activity();
  auto query = kind == DBMUX_META_STATS ? statistics_query(named) : catalogue_query(kind);
  if (query.empty()) return kit::fail(DBMUX_E_UNSUPPORTED, "PostgreSQL knows nothing of this kind");
  auto parameters = parameters_of(object, like);
  if (!parameters) return parameters.failure();
  if (!named && kind == DBMUX_META_OBJECTS) {
    if (!prelude_) return list_objects(*parameters);
    query = objects_query(Objects::list);
  }
  if (named && like.empty()) {
    if (kind == DBMUX_META_OBJECTS) return describe(call, object, *parameters);
    if (auto rows = described(call, kind, object))
      return std::make_unique<ResultCursor>(*this, std::move(rows));
  }
  StatementCursor::Job job{std::move(query), named ? brackets_for_reading() : brackets_for_lists(), true,
                           false, true};
  auto cursor =
      std::make_unique<StatementCursor>(*this, std::move(*running), std::move(job), StatementCursor::Shape());
  if (auto started = cursor->start(*parameters); !started) return started.failure();
  const bool must_exist = kind == DBMUX_META_COLUMNS || kind == DBMUX_META_STATS;
  if (named && must_exist && like.empty() && cursor->empty()) return no_such_object(object);
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

}  // namespace dbmux::postgres
