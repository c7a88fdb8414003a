#pragma once
// What one client has agreed on and what is under way for it.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "call/call.hpp"
#include "mcp/asking.hpp"
#include "mcp/era.hpp"
#include "mcp/lane.hpp"
#include "transport/stream.hpp"

namespace dbmux::mcp {

class Flight;

// Any thread, unless said otherwise.
class Session {
 public:
  explicit Session(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

  const std::shared_ptr<Stream>& stream() const { return stream_; }
  Version version() const { return agreed_.load().version; }  // the newest, before the handshake
  Terms terms() const;
  void agree_on(Version version, Capabilities can) { agreed_ = {version, can}; }
  void set_log_level(LogLevel level) { log_level_ = level; }
  bool wants(Notice) const;

  // Jobs. A job is opened before it is posted and closed when its work ended. Lines are numbered as they
  // arrive; awaited jobs are calls whose ids are not known yet.
  std::uint64_t next_line() { return ++lines_; }  // on the I/O thread
  void open(bool awaited);
  void close(bool awaited);
  bool wait_closed(Clock::time_point until);

  // The registry of calls. False: a call with this id is under way. A call whose cancellation came first, or
  // that comes after call_off(), is cancelled at once.
  bool enter(const std::shared_ptr<Flight>&, Job&);
  void leave(const Flight&);
  std::vector<std::shared_ptr<Flight>> flights() const;

  // Calls that wait for answers of the client. They stay in the registry; no job of theirs is open.
  // The ids of our requests, one for each question, as JSON text; none when the call has been called off.
  // until: how long answers are waited for.
  std::vector<std::string> park(const std::shared_ptr<Flight>&, Job, std::size_t questions,
                                Clock::time_point until);
  // An answer to one of our requests; result: null for an error. A job when it was the last that its call
  // waited for: the call is to be run again. The job has been opened.
  std::optional<Job> answered(std::string_view id, const JsonValue* result);

  // A call that waits no more, and the ids of our requests that nobody needs to answer now.
  struct Released {
    std::shared_ptr<Flight> flight;
    std::optional<Job> job;  // to be run again, opened
    std::vector<std::string> requests;
  };
  // Those that have waited too long, to be run again with what has been answered.
  std::vector<Released> overdue(Clock::time_point now);

  // Cancels the call that came before this line; without effect if there is none.
  std::optional<Released> cancel(const std::string& id, std::uint64_t line);
  // Cancels all; those that wait for the client are given back, and nobody else answers them.
  std::vector<Released> call_off();

 private:
  struct Cancellation {
    std::string id;
    std::uint64_t line;
  };
  struct Agreed {
    Version version = kNewestHandshake;
    Capabilities capabilities = {};
  };
  struct Waiting {
    std::string id;
    Question question;
  };
  struct Parked {
    std::shared_ptr<Flight> flight;
    Job job;
    std::vector<Waiting> requests;
    Clock::time_point until;
  };
  static constexpr std::size_t kMostCancellations = 1024;

  Job resumed(Parked&);
  std::optional<Released> release(const Flight&);

  const std::shared_ptr<Stream> stream_;
  std::atomic<Agreed> agreed_{Agreed{}};
  std::atomic<LogLevel> log_level_{LogLevel::info};
  std::uint64_t lines_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable all_closed_;
  std::size_t open_ = 0;
  std::size_t awaited_ = 0;
  std::deque<Cancellation> early_;  // of calls that are still awaited
  std::vector<std::shared_ptr<Flight>> flights_;
  std::vector<Parked> parked_;
  std::uint64_t requests_ = 0;  // sent to the client
  bool called_off_ = false;
};

}  // namespace dbmux::mcp
