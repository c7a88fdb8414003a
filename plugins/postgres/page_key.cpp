#include "page_key.hpp"

namespace dbmux::postgres {

// "k", then each value: a dot and the bytes of the server's text in hexadecimal.

std::string encode_key(const PGresult* row, std::span<const int> columns) {
  std::string key = "k";
  for (const int column : columns) {
    key += '.';
    kit::append_hex(key, {PQgetvalue(row, 0, column), static_cast<std::size_t>(PQgetlength(row, 0, column))});
  }
  return key;
}

kit::Failure not_a_place() {
  return kit::fail(DBMUX_E_INVALID, "this is not a place in the rows of this table");
}

kit::Status add_key(Parameters& parameters, std::size_t count, std::string_view after) {
  if (!after.starts_with("k.")) return not_a_place();
  after.remove_prefix(1);
  for (std::size_t i = 0; i < count; ++i) {
    if (!after.starts_with('.')) return not_a_place();
    after.remove_prefix(1);
    const auto part = after.substr(0, after.find('.'));
    const auto text = kit::decode_hex(part);
    if (!text || text->find('\0') != std::string::npos || !kit::valid_utf8(*text)) return not_a_place();
    parameters.add(*text);
    after.remove_prefix(part.size());
  }
  if (!after.empty()) return not_a_place();
  return {};
}

}  // namespace dbmux::postgres
