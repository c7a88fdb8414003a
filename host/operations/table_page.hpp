#pragma once
// One page of a table in key order, for read_table and for the `next` that it gives.
#include "operations/context.hpp"

namespace dbmux {

// most_rows: what a call that goes on may ask for.
Result<void> write_table_page(Request&, const TablePage&, const RowLimits&, std::int64_t most_rows);

}  // namespace dbmux
