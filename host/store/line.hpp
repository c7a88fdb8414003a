#pragma once
// One record of an append-only file: eight hexadecimal digits (lower case) of CRC-32, a space, JSON on one
// line, a newline.
#include <cstdint>
#include <string>
#include <string_view>

namespace dbmux {

// The polynomial of zlib and gzip, reflected.
std::uint32_t crc32(std::string_view bytes);

// json: compact, so without newlines.
std::string framed(std::string_view json);
// The JSON of a line without its newline; empty where it is no whole record.
std::string_view unframed(std::string_view line);

}  // namespace dbmux
