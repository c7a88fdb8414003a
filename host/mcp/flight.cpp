#include "mcp/flight.hpp"

#include <cmath>
#include <utility>

#include "base/json.hpp"
#include "mcp/frames.hpp"

namespace dbmux::mcp {

Flight::Flight(Kind kind, std::string id, std::uint64_t line, std::string progress_token, const Terms& terms,
               std::shared_ptr<Session> session, Reply reply)
    : kind_(kind),
      id_(std::move(id)),
      line_(line),
      token_(std::move(progress_token)),
      terms_(terms),
      session_(std::move(session)),
      reply_(std::move(reply)),
      began_(Clock::now()),
      questions_(terms),
      call_(local_user(), kNever, this) {
  call_.set_asking(&questions_);
}

Flight::Flight(Again of)
    : kind_(of.asked.kind_),
      id_(of.asked.id_),
      line_(of.asked.line_),
      token_(of.asked.token_),
      terms_(of.asked.terms_),
      session_(of.asked.session_),
      reply_(of.asked.reply_),
      began_(of.asked.began_),
      questions_(std::move(of.asked.questions_)),
      call_(of.asked.call_.principal(), kNever, this) {
  const std::lock_guard lock(of.asked.sending_);
  reports_itself_ = of.asked.reports_itself_;
  progress_ = of.asked.progress_;
  next_report_ = of.asked.next_report_;
  answered_ = std::exchange(of.asked.answered_, true);
  call_.set_asking(&questions_);
}

bool Flight::claim() {
  const std::lock_guard lock(sending_);
  return !std::exchange(answered_, true);
}

void Flight::answer(Output& line) {
  if (!claim()) return;
  if (call_.stopped() == Call::Stop::client) return reply_.withdraw();
  reply_.send(line);
}

void Flight::cancel() {
  call_.cancel(Call::Stop::client);
  if (claim()) reply_.withdraw();
}

void Flight::progress(double done, double total, std::string_view message) {
  if (token_.empty()) return;
  const std::lock_guard lock(sending_);
  reports_itself_ = true;
  send_progress(done, total, message);
}

bool Flight::wants(Notice level) const {
  if (!terms_.stateless()) return session_->wants(level);
  return terms_.log_level && level_of(level) >= *terms_.log_level;
}

void Flight::send_unless_silent(Output& frame) {
  const std::lock_guard lock(sending_);
  if (!silent()) reply_.stream->send(frame);
}

void Flight::notice(Notice level, std::int64_t code, std::string_view text) {
  if (!wants(level)) return;
  Output frame;
  write_log(frame, to_string(level), code, text);
  send_unless_silent(frame);
}

void Flight::record(Notice level, std::string_view logger, std::string_view data) {
  if (!wants(level)) return;
  const auto document = parse_json(data);  // whatever a plugin gave must not break our line
  Output frame;
  write_record(frame, to_string(level), logger, document ? to_json(*document) : json_quote(data));
  send_unless_silent(frame);
}

void Flight::report(Clock::time_point now, std::chrono::milliseconds after, std::chrono::milliseconds every) {
  if (token_.empty() || now < began_ + after || now < next_report_) return;
  const std::lock_guard lock(sending_);
  next_report_ = now + every;
  if (reports_itself_) return;
  const auto seconds = ms_between(began_, now) / 1000;
  send_progress(static_cast<double>(seconds), -1, "still running");
}

// With the lock. What does not get on is left out: progress has to increase.
void Flight::send_progress(double done, double total, std::string_view message) {
  if (silent() || !std::isfinite(done) || done <= progress_) return;
  progress_ = done;
  Output frame;
  write_progress(frame, token_, done, total, has_progress_message(terms_.version) ? message : "");
  reply_.stream->send(frame);
}

bool Flight::overdue(Clock::time_point now, std::chrono::milliseconds grace) {
  if (call_.cancelled() && stop_seen_ == kNever) stop_seen_ = now;
  const auto end = std::min(call_.deadline(), stop_seen_);
  return end != kNever && now - end >= grace;
}

bool Flight::give_up_worker() {
  auto expected = Work::under_way;
  return work_.compare_exchange_strong(expected, Work::given_up);
}

bool Flight::end_work() { return work_.exchange(Work::ended) == Work::given_up; }

}  // namespace dbmux::mcp
