#pragma once
// One libpq connection: never blocking, always in pipeline mode, so every statement takes the extended
// protocol. [conn]
#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "interruption.hpp"
#include "options.hpp"

namespace dbmux::postgres {

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

struct Login;
struct Parameters;

class Wire {
 public:
  // By the waiter's time and until_ns. password: may be null.
  static kit::Result<std::unique_ptr<Wire>> open(const Options&, Target, const char* password,
                                                 std::string settings, Waiter&, std::int64_t until_ns);

  PGconn* get() const { return connection_.get(); }
  const Target& target() const { return target_; }
  const std::string& settings() const { return settings_; }  // that it was opened with
  bool dead() const { return dead_ || PQstatus(get()) == CONNECTION_BAD; }
  void give_up() { dead_ = true; }
  PGTransactionStatusType transaction() const { return PQtransactionStatus(get()); }
  // Something was sent whose answers were not all read.
  bool busy() const { return syncs_ > 0; }

  // Queues a command. text ends in NUL.
  kit::Status send(const char* text, const Parameters* = nullptr);
  // The same, but the server only reads it.
  kit::Status send_for_parsing(const char* text);
  // Has the server send what it has answered so far, which it else keeps until the flight ends.
  kit::Status ask_for_answers();
  // Ends a flight: what was queued goes out, and the server takes up work again after an error.
  kit::Status sync();

  struct Step {
    Ready ready = Ready::yes;
    ResultHandle result;  // null with Ready::yes: that was all of one command
  };
  // The next result of the flight; later: it had not come by until_ns.
  Step next(Waiter&, std::int64_t until_ns = INT64_MAX);

  struct End {
    Ready ready = Ready::yes;
    ResultHandle error;  // the first one
    ResultHandle rows;   // the last result with rows
  };
  // Reads to the end of all flights.
  End finish(Waiter&);

  // The reason why the connection is lost.
  kit::Failure lost() const;

 private:
  Wire(PGconn* connection, Target target) : connection_(connection), target_(std::move(target)) {}
  kit::Status handshake(Waiter&, std::int64_t until_ns, const Options&, const Login&);

  std::unique_ptr<PGconn, FinishConnection> connection_;
  const Target target_;
  std::string settings_;
  int syncs_ = 0;
  bool dead_ = false;
};

}  // namespace dbmux::postgres
