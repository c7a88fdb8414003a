#pragma once
// How a table and its columns are spelt in answers and resources.
#include <string>

#include "schema/tables.hpp"

namespace dbmux {

std::string column_json(
    const ColumnEntry&);  // {"name":…,"type":…,"nullable":…,"isPrimaryKey":…,"defaultValue"?:…}
std::string table_json(const TableDescription&, const RowCount&);

}  // namespace dbmux
