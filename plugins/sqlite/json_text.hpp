#pragma once
// Writing the JSON cells of introspection and plans.
#include <string>
#include <string_view>
#include <vector>

namespace dbmux::sqlite {

// "text" with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);
std::string json_array(const std::vector<std::string>& texts);

}  // namespace dbmux::sqlite
