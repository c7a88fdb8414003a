#pragma once
// From the server's and libmongoc's errors to those of the ABI.
#include <mongoc/mongoc.h>

#include "dbmux/kit.hpp"

namespace dbmux::mongodb {

// The reply of a refused command.
kit::Failure server_failure(const bson_t* reply, const bson_error_t&, const bson_t* command);
// The first of a reply's writeErrors, or its writeConcernError; OK when it has none.
kit::Status write_outcome(const bson_t* reply, const bson_t* command);

bool is_login_failure(const bson_error_t&);
kit::Failure login_failure(const bson_error_t&);  // without the library's words
kit::Failure network_failure(const bson_error_t&);

}  // namespace dbmux::mongodb
