#pragma once
// From what the server and libpq say to the categories of the ABI.
#include <libpq-fe.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// An error result. statement: the text that it is about, "" when it is not the caller's.
kit::Failure failure(const PGresult*, std::string_view statement = {});
// libpq's text for a connection that broke; dead and retryable.
kit::Failure lost_connection(std::string_view message);

struct Meaning {
  std::string_view state;  // an SQLSTATE or the beginning of some
  dbmux_status category;
  std::uint32_t flags = 0;
};
const Meaning& meaning_of(std::string_view sqlstate);

std::string_view trimmed(std::string_view text);    // without spaces and line ends behind it
std::string quoted_part(std::string_view message);  // what stands between the first double quotes; "" nothing

// Of a result's error.
std::string_view sqlstate(const PGresult*);
// query_canceled: by a cancel, by statement_timeout, or by an administrator.
bool is_cancelled(const PGresult*);

}  // namespace dbmux::postgres
