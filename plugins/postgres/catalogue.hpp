#pragma once
// The questions to the server's catalogue, one statement a kind of introspection. Their parameters are $1
// schema, $2 object, $3 pattern; "" means all, or for the schema of a named object: as statements find it.
// Nothing here waits for a lock on a table but what deparses a view.
#include <cstdint>
#include <string>

namespace dbmux::postgres {

// "" for kinds that are not read from the catalogue in one statement. Lists of objects have cheaper ones:
// objects.hpp.
std::string catalogue_query(std::int32_t kind);
// Sizes of the files as they are, of the database or of a named table.
std::string statistics_query(bool of_object);

}  // namespace dbmux::postgres
