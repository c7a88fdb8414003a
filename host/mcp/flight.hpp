#pragma once
// One request that may take its time: its call, and the right to answer it, which is used once.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/output.hpp"
#include "call/call.hpp"
#include "mcp/asking.hpp"
#include "mcp/batch.hpp"
#include "mcp/session.hpp"

namespace dbmux::mcp {

class Flight final : public Sink {
 public:
  enum class Kind { tool, other };

  // id and progress_token are JSON text; without a token (empty) there is no progress. line: of the input.
  Flight(Kind, std::string id, std::uint64_t line, std::string progress_token, const Terms&,
         std::shared_ptr<Session>, Reply);
  // The next run of a call that asked, with what has been answered; what is left of the other may be
  // destroyed only.
  struct Again {
    Flight& asked;
  };
  explicit Flight(Again);

  Kind kind() const { return kind_; }
  const std::string& id() const { return id_; }
  std::uint64_t line() const { return line_; }
  const Terms& terms() const { return terms_; }
  Call& call() { return call_; }
  Questions& questions() { return questions_; }

  // Sends the line, unless the call has been answered or the client wants no answer. Nothing else follows it.
  void answer(Output& line);
  // The client wants no answer any more.
  void cancel();

  // Of the operation, on any thread.
  void progress(double done, double total, std::string_view message) override;
  void notice(Notice, std::int64_t code, std::string_view text) override;
  void record(Notice, std::string_view logger, std::string_view data) override;

  // "Still running" after `after`, then at intervals of `every`, unless the operation reports itself.
  void report(Clock::time_point now, std::chrono::milliseconds after, std::chrono::milliseconds every);
  // Whether the call goes on although it had to end `grace` ago.
  bool overdue(Clock::time_point now, std::chrono::milliseconds grace);

  // The worker is stuck in the call: true once. False from the worker's end_work() on, which says whether it
  // was.
  bool give_up_worker();
  bool end_work();

 private:
  bool claim();
  bool silent() const { return answered_ || call_.stopped() == Call::Stop::client; }
  bool wants(Notice) const;
  void send_unless_silent(Output& frame);
  void send_progress(double done, double total, std::string_view message);

  const Kind kind_;
  const std::string id_;
  const std::uint64_t line_;
  const std::string token_;
  const Terms terms_;
  const std::shared_ptr<Session> session_;
  const Reply reply_;
  const Clock::time_point began_;  // the first run
  std::mutex sending_;             // one notification at a time, none behind the answer
  bool answered_ = false;
  bool reports_itself_ = false;
  double progress_ = -1;
  Clock::time_point next_report_ = Clock::time_point::min();
  Clock::time_point stop_seen_ = kNever;  // by the thread that watches
  enum class Work { under_way, given_up, ended };
  std::atomic<Work> work_{Work::under_way};
  Questions questions_;
  Call call_;
};

}  // namespace dbmux::mcp
