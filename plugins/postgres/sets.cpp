#include <cstdlib>

#include "connection.hpp"
#include "error.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::int64_t kStopNs = 800'000'000;

class SetsCursor final : public kit::Cursor {
 public:
  explicit SetsCursor(const kit::Summary& summary) : summary_(summary) {}
  kit::Result<std::span<const dbmux_column>> columns() override { return std::span<const dbmux_column>(); }
  kit::Result<kit::Batch> next_batch(kit::Call) override { return kit::Batch{}; }
  kit::Result<kit::Summary> summary() override { return summary_; }

 private:
  kit::Summary summary_;
};

std::string place(std::size_t set, std::size_t sets) {
  return "set " + std::to_string(set) + " of " + std::to_string(sets) + ": ";
}

}  // namespace

kit::Status Connection::send_sets(const dbmux_request& request, std::span<const Oid> types) {
  for (std::size_t set = 0; set < request.n_sets; ++set) {
    const std::span params(request.params + set * request.n_params, request.n_params);
    auto values = parameters_of(params, types);
    if (!values) {
      auto reason = values.failure();
      reason->message = place(set + 1, request.n_sets) + reason->message;
      return reason;
    }
    const auto& v = *values;
    if (PQsendQueryPrepared(wire_->get(), "", static_cast<int>(v.values.size()), v.values.data(),
                            v.lengths.data(), v.formats.data(), 0) != 1)
      return wire_->lost();
  }
  return wire_->sync();
}

// Up to the sync all is one transaction, also where nobody has begun one.
kit::Result<std::int64_t> Connection::finish_sets(const dbmux_request& request) {
  std::int64_t affected = 0;
  std::size_t done = 0;
  std::optional<kit::Failure> error;
  while (wire_->busy()) {
    auto step = wire_->next(interruption_);
    if (step.ready == Ready::lost) return wire_->lost().flags(DBMUX_ERR_MAY_HAVE_RUN);
    if (step.ready != Ready::yes) {
      const auto how = stop_flight({}, kit::now_ns() + kStopNs);
      auto reason = stopped(step.ready);
      if (!how.usable) reason->flags |= DBMUX_ERR_CONN_DEAD;
      if (how.ran) reason->flags |= DBMUX_ERR_MAY_HAVE_RUN;
      return reason;
    }
    if (!step.result) continue;
    if (PQresultStatus(step.result.get()) == PGRES_COMMAND_OK) {
      ++done;
      affected += std::atoll(PQcmdTuples(step.result.get()));
    } else if (PQresultStatus(step.result.get()) == PGRES_FATAL_ERROR && !error) {
      error = failure(step.result.get());
      if (done < request.n_sets) (*error)->message = place(done + 1, request.n_sets) + (*error)->message;
    }
  }
  if (error) return std::move(*error);
  return affected;
}

kit::CursorResult Connection::execute_sets(const RunningCall&, const dbmux_request& request,
                                           bool changes_catalog) {
  if (request.flags & DBMUX_REQ_READ_ONLY)
    return kit::fail(DBMUX_E_UNSUPPORTED, "several sets of parameters are for statements that change data");
  const std::string text(kit::view(request.text));
  auto types = types_of({request.params, request.n_params});
  if (!types) return types.failure();
  if (auto limited = limit_time(); !limited) return limited.failure();
  auto description = described(text.c_str(), *types);  // and nothing else is prepared until the sets are sent
  if (!description) return description.failure();
  if (PQnfields(description->get()) > 0)
    return kit::fail(DBMUX_E_UNSUPPORTED, "a statement that gives rows takes one set of parameters");
  for (std::size_t i = 0; i < types->size(); ++i)
    (*types)[i] = PQparamtype(description->get(), static_cast<int>(i));
  if (auto sent = send_sets(request, *types); !sent) {
    wire_->give_up();  // what was queued must not run
    return sent.failure().flags(DBMUX_ERR_CONN_DEAD);
  }
  auto affected = finish_sets(request);
  if (!affected) {
    auto reason = affected.failure();
    if (dirty_) reason->flags |= DBMUX_ERR_SESSION_DIRTY;
    if (in_transaction()) reason->flags |= DBMUX_ERR_TXN_FAILED;
    return reason;
  }
  kit::Summary summary;
  if (in_transaction()) summary.flags |= DBMUX_SUM_IN_TXN;
  if (dirty_) summary.flags |= DBMUX_SUM_SESSION_DIRTY;
  if (changes_catalog) summary.flags |= DBMUX_SUM_CATALOG_CHANGED;
  summary.rows_affected = *affected;
  return std::unique_ptr<kit::Cursor>(std::make_unique<SetsCursor>(summary));
}

}  // namespace dbmux::postgres
