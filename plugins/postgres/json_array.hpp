#pragma once
// JSON arrays as the text that PostgreSQL reads arrays from.
#include <optional>
#include <string>
#include <string_view>

namespace dbmux::postgres {

// Numbers digit by digit. of_documents: the elements are JSON themselves, so arrays in the array are too.
// None: it is not an array.
std::optional<std::string> array_text(std::string_view json, bool of_documents);

}  // namespace dbmux::postgres
