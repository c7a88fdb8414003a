// SPDX-License-Identifier: MIT-0
#pragma once
// What the header says of columns and cells, and whether a value that was sent is the one that came back.
#include <dbmux/plugin.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dbmux::check {

inline bool has_text(std::uint8_t kind) { return kind >= DBMUX_NUMBER && kind <= DBMUX_F32S; }
std::string kind_name(std::int32_t kind);

// End the check at the first that is wrong.
void inspect_columns(std::span<const dbmux_column>);
void inspect_cells(std::span<const dbmux_value>, std::uint32_t n_cols, std::uint32_t max_cell_bytes);

// A value as people would write it, for comparing and for showing.
std::string shown(const dbmux_value&, std::string_view text);

// Whether `got`, an inspected cell whose text is `got_text`, still says what `sent` said. An engine may know
// fewer kinds (an integer for a truth value, text for JSON), but nothing may be rounded or lost.
bool says_the_same(const dbmux_value& sent, const dbmux_value& got, std::string_view got_text);

}  // namespace dbmux::check
