#pragma once
// valijson, told to throw at a wrong schema: untold, it ends the process. Its adapter for RapidJSON must not
// know: it would give RAPIDJSON_ASSERT another meaning in one file than in the others. Private to this room.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/exceptions.hpp>
#undef VALIJSON_USE_EXCEPTIONS

#include <valijson/adapters/rapidjson_adapter.hpp>
#define VALIJSON_USE_EXCEPTIONS 1

#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
