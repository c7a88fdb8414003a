#include <algorithm>
#include <cstdlib>

#include "connection.hpp"
#include "error.hpp"
#include "json_array.hpp"
#include "statement_cursor.hpp"
#include "types.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::int64_t kLateNs = 800'000'000;

bool is_json_array(const dbmux_param& p) {
  if (p.value.kind != DBMUX_JSON) return false;
  const auto text = kit::view(p.value);
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '[';
}

}  // namespace

kit::Result<ResultHandle> Connection::described(const char* text, std::span<const Oid> types) {
  if (PQsendPrepare(wire_->get(), "", text, static_cast<int>(types.size()), types.data()) != 1 ||
      PQsendDescribePrepared(wire_->get(), "") != 1)
    return wire_->lost();
  if (auto sent = wire_->sync(); !sent) return sent.failure();
  ResultHandle description, error;
  while (wire_->busy()) {
    auto step = wire_->next(interruption_);
    if (step.ready == Ready::lost) return wire_->lost();
    if (step.ready != Ready::yes) {
      const auto how = stop_flight({}, kit::now_ns() + kLateNs);
      auto reason = stopped(step.ready);
      if (!how.usable) reason->flags |= DBMUX_ERR_CONN_DEAD;
      return reason;
    }
    if (!step.result) continue;
    const auto status = PQresultStatus(step.result.get());
    if (status == PGRES_FATAL_ERROR && !error) error = std::move(step.result);
    if (status == PGRES_COMMAND_OK) description = std::move(step.result);  // the second one counts
  }
  if (error) {
    auto reason = failure(error.get(), text);
    if (in_transaction() && wire_->transaction() == PQTRANS_INERROR) reason->flags |= DBMUX_ERR_TXN_FAILED;
    return reason;
  }
  if (!description) return kit::fail(DBMUX_E_INTERNAL, "the server described nothing");
  return description;
}

// 0: it is no array.
kit::Result<Oid> Connection::element_of(Oid type) {
  if (const auto known = built_in_element(type)) return *known;
  Parameters parameters;
  parameters.add(std::to_string(type));
  auto found = look_up(
      "SELECT b.typelem::oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type b"
      " ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END"
      " WHERE t.oid = $1::oid AND b.typcategory = 'A'",
      parameters);
  if (!found) return found.failure();
  if (PQntuples(found->get()) == 0) return Oid{0};
  return static_cast<Oid>(std::strtoul(PQgetvalue(found->get(), 0, 0), nullptr, 10));
}

kit::Result<Parameters> Connection::bound(const std::string& text, std::span<const dbmux_param> params) {
  auto types = types_of(params);
  if (!types) return types.failure();
  if (std::none_of(params.begin(), params.end(), is_json_array)) return parameters_of(params, *types);
  // A JSON array may be meant for an array or for a document: the statement says which.
  auto places = *types;
  const auto untyped = [&](std::size_t i) { return is_json_array(params[i]) && (*types)[i] == 0; };
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (!untyped(i)) continue;
    auto description = described(text.c_str(), *types);
    if (!description) return description.failure();
    const int known = PQnparams(description->get());
    for (int k = 0; k < known && k < static_cast<int>(places.size()); ++k)
      places[static_cast<std::size_t>(k)] = PQparamtype(description->get(), k);
    break;
  }
  std::vector<dbmux_param> given(params.begin(), params.end());
  std::vector<std::string> arrays(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!is_json_array(given[i])) continue;
    auto element = element_of(places[i]);
    if (!element) return element.failure();
    if (*element == 0) continue;
    auto array = array_text(kit::view(given[i].value), *element == oid::kJson || *element == oid::kJsonb);
    if (!array)
      return kit::fail(DBMUX_E_INVALID, "parameter $" + std::to_string(i + 1) + " is no array of values");
    arrays[i] = std::move(*array);
    given[i].value = kit::text(arrays[i]);
  }
  return parameters_of(given, *types);
}

kit::CursorResult Connection::dry_run(RunningCall running, const dbmux_request& request,
                                      std::uint32_t enforced_by) {
  StatementCursor::Job job{std::string(kit::view(request.text)), {{}, {}, enforced_by}};
  job.reading = (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  auto parameters = bound(job.text, {request.params, request.n_params});
  if (!parameters) return parameters.failure();
  auto description = described(job.text.c_str(), parameters->types);
  if (!description) return description.failure();
  auto cursor = std::make_unique<StatementCursor>(*this, std::move(running), std::move(job),
                                                  StatementCursor::Shape::of(request));
  cursor->skip(description->get());
  return std::unique_ptr<kit::Cursor>(std::move(cursor));
}

kit::Failure in_words_of_parameters(kit::Failure reason, const Parameters& parameters) {
  // "invalid input syntax for type integer: "abc""
  if (reason->category != DBMUX_E_INVALID || !reason->sqlstate.starts_with("22")) return reason;
  const auto quoted = quoted_part(reason->message);
  std::size_t fits = 0, which = 0;
  for (std::size_t i = 0; i < parameters.texts.size(); ++i)
    if (parameters.values[i] && parameters.texts[i] == quoted) ++fits, which = i + 1;
  if (fits == 1) reason->message = "parameter $" + std::to_string(which) + ": " + reason->message;
  return reason;
}

}  // namespace dbmux::postgres
