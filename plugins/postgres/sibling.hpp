#pragma once
// A session beside the others of a source, opened when it is first needed: it cancels what runs on them, and
// it looks up what must not cost them a round trip. Why not PQcancel(): that request is never encrypted,
// blocks without a time limit, and gives away the key of the session.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "dbmux/kit.hpp"
#include "dialler.hpp"
#include "wire.hpp"

namespace dbmux::postgres {

class Sibling {
 public:
  explicit Sibling(Dialler& dialler) : dialler_(dialler) {}

  // All [any], and each ends by until_ns, also when others wait here. like: a session of the same source,
  // which knows the password that is valid now.

  struct Cancelled {
    bool reached = false;  // the server's process; the signal comes before anything that is sent to it from
                           // now on. False: no use waiting
    std::string blockers;  // the processes that hold a lock it waited for, "123, 456"; "" it waited for none
  };
  Cancelled cancel(const Wire& like, std::int64_t until_ns);
  // The same behind a pooler: of that process, while it is in the transaction that began then.
  Cancelled cancel_transaction(const std::string& pid, const std::string& began, const Wire& like,
                               std::int64_t until_ns);
  // As format_type() spells it; "" when that could not be found out.
  std::string type_name(Oid, int modifier, const Wire& like, std::int64_t until_ns);

 private:
  struct Leave;
  ResultHandle ask(const char* text, const Parameters&, const Wire& like, std::int64_t until_ns);
  ResultHandle ask_once(const char* text, const Parameters&, std::int64_t until_ns);

  Dialler& dialler_;
  std::mutex mutex_;  // of the two below
  std::condition_variable left_;
  bool taken_ = false;
  std::unique_ptr<Wire> wire_;  // of who has taken it
  std::mutex names_mutex_;
  std::map<std::pair<Oid, int>, std::string> names_;
};

}  // namespace dbmux::postgres
