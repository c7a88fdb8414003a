#pragma once
// From the messages of the server and the errors of the library to errors of the ABI.
#include "client_library.hpp"
#include "dbmux/kit.hpp"
#include "options.hpp"

namespace dbmux::mssql {

// Why a statement failed. dead: the session cannot be used any more.
kit::Failure failure(const Reception&, bool dead);

// Why a login failed; no text of it holds what the library says of its own configuration.
kit::Failure login_failure(const Reception&, const Options&, bool timed_out, bool cancelled);

}  // namespace dbmux::mssql
