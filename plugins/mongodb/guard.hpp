#pragma once
// What only reads: an allow list of commands, of their fields, and of everything that starts with $ at any
// depth. What is on no list is not understood, and so no read.
#include <string_view>

#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

// OK: the command, as it will be sent, only reads. read_only: it writes or runs JavaScript.
kit::Status check_reading(const bson_t* command);

// For every command, whether or not it may write: those that belong to the driver, and what it cannot do yet.
kit::Status check_allowed(const bson_t* command);

bool is_catalog_change(std::string_view command);

}  // namespace dbmux::mongodb
