#pragma once
// execute_query{save}: a whole result into a file of the profile's export_dir.
#include "operations/context.hpp"

namespace dbmux {

// format: csv, json or ndjson. Answers the file's path, rows and bytes; no rows.
Result<void> save_result(Request&, Statement, std::string_view format);

}  // namespace dbmux
