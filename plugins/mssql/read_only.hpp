#pragma once
// Whether a text only reads: a parser that lets through what it knows, for an engine that has no read-only
// transaction.
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::mssql {

// read_only: a word that writes, runs or reaches beyond the server. not_understood: anything else that is not
// one SELECT.
kit::Status check_reads_only(std::string_view text);

// Whether the session may be different after the text: settings, temporary objects, an open transaction.
bool may_change_session(std::string_view text);

}  // namespace dbmux::mssql
