#pragma once
// The opaque place where the next page of a scan begins, where it is a key (else kit::encode_offset).
#include <libpq-fe.h>

#include <span>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "parameters.hpp"

namespace dbmux::postgres {

// Of these columns of a row, none of which is NULL.
std::string encode_key(const PGresult* row, std::span<const int> columns);

// Adds the values of a key of so many columns. invalid: it is none.
kit::Status add_key(Parameters&, std::size_t count, std::string_view after);
kit::Failure not_a_place();

}  // namespace dbmux::postgres
