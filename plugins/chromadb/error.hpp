#pragma once
// From the server's refusals to the errors of the ABI.
#include <string_view>

#include "dbmux/kit.hpp"
#include "http.hpp"

namespace dbmux::chromadb {

inline bool good(const Response& r) { return r.status >= 200 && r.status < 300; }
// object: what the request was about, for errors that are about it.
kit::Failure refusal(const Response&, std::string_view object, bool writes);

}  // namespace dbmux::chromadb
