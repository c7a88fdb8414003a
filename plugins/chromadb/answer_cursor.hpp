#pragma once
// What the verbs other than get and query answer with.
#include "connection.hpp"

namespace dbmux::chromadb {

kit::CursorResult answer_of(Connection&, RunningCall, Query, std::uint32_t layers);

}  // namespace dbmux::chromadb
