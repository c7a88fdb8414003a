#include "connection.hpp"
#include "error.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::int64_t kStopNs = 800'000'000;

}  // namespace

kit::Status Connection::send_questions(std::span<const std::string> texts, const Parameters& parameters,
                                       const Brackets& brackets) {
  for (const auto& text : texts) {
    for (const char* command : brackets.before)
      if (auto sent = wire_->send(command); !sent) return sent;
    if (auto sent = wire_->send(text.c_str(), &parameters); !sent) return sent;
    if (auto sent = wire_->sync(); !sent) return sent;
    // In a segment of its own: after an error the server skips the rest of the one before.
    for (const char* command : brackets.after)
      if (auto sent = wire_->send(command); !sent) return sent;
  }
  return wire_->sync();
}

kit::Result<std::vector<Reply>> Connection::ask(std::span<const std::string> texts,
                                                const Parameters& parameters) {
  return ask(texts, parameters, brackets_for_reading());
}

kit::Result<std::vector<Reply>> Connection::ask(std::span<const std::string> texts,
                                                const Parameters& parameters, const Brackets& brackets) {
  if (auto sent = send_questions(texts, parameters, brackets); !sent) return sent.failure();
  std::vector<Reply> replies(texts.size());
  std::size_t segment = 0;
  while (wire_->busy()) {
    auto step = wire_->next(interruption_);
    if (step.ready == Ready::lost) return wire_->lost();
    if (step.ready != Ready::yes) {
      const auto how = stop_flight(brackets, kit::now_ns() + kStopNs);
      auto reason = stopped(step.ready);
      if (!how.usable) reason->flags |= DBMUX_ERR_CONN_DEAD;
      return reason;
    }
    if (!step.result) continue;
    const auto status = PQresultStatus(step.result.get());
    if (status == PGRES_PIPELINE_SYNC) ++segment;
    if (segment >= replies.size()) continue;
    if (status == PGRES_TUPLES_OK) replies[segment].rows = std::move(step.result);
    if (status == PGRES_FATAL_ERROR) replies[segment].error = std::move(step.result);
  }
  settle(brackets, false, interruption_);
  if (wire_->dead()) return wire_->lost();
  return replies;
}

}  // namespace dbmux::postgres
