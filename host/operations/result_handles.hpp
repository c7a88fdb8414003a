#pragma once
// What a client can do with results that were kept: name them by a URI, read them as a resource, and ask
// statements over them as connectionId "results".
#include "operations/context.hpp"

namespace dbmux {

// dbmux://result/NAME
std::string result_uri(std::string_view name);

// Of the registry, or the kept results where none is called so.
Result<std::shared_ptr<Connection>> connection_named(Context&, const Principal&, std::string_view name);
// Before a statement over the results: makes tables of those that the arguments name, or of all. Nothing for
// any other connection.
Result<void> prepare_results(Request&);

bool is_result_uri(std::string_view uri);
// Also with ?format=csv|json|ndjson, offset= and limit=. Rows as they would stand in an answer, within its
// limits; where they are cut, a second part says how to go on.
Outcome read_result(Context&, Call&, std::string_view uri, Answer&);
std::vector<ResourceEntry> kept_results(Context&, const Principal&);  // those that somebody asked to keep
ResourceEntry result_template();

}  // namespace dbmux
