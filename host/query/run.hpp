#pragma once
// One statement on one connection: leased, run, written, and repeated on a new session where that is safe.
#include <functional>

#include "connections/registry.hpp"
#include "query/rows.hpp"

namespace dbmux {

// What a finished statement said of itself.
struct Ran {
  Written written;
  Summary summary;
  std::string served_by = {};  // a replica's place; "" = the connection's own host
};

// What is done with a leased session: opens the cursor.
using Open = std::function<Result<std::unique_ptr<Cursor>>(Conn&)>;

// Opens, writes the rows of the first result and reads the summary. A read whose session died is repeated on
// a new one, by the connection's retry rule; a write never is. On an error nothing is left in the output.
Result<Ran> run(Call&, Connection&, bool read_only, const Open&, Output&, const WriteRequest&, Overflow*);

// Leases a session and does something with it that is not one cursor; the same retry rule.
Result<void> with_session(Call&, Connection&, bool read_only, const std::function<Result<void>(Lease&)>&);

// A timeout or cancel in the words of the call's own limits, whatever the driver called it.
Error in_words_of_call(Error, const Call&, const ConnectionProfile&);

}  // namespace dbmux
