#include "error.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "handles.hpp"

namespace dbmux::mongodb {

namespace {

struct Meaning {
  std::int64_t code;
  dbmux_status category;
  std::uint32_t flags = 0;
};
// The server's error_codes.yml; what is not here is the caller's error when the code is a place in the
// server's source (10000 and up), else internal.
constexpr Meaning kMeanings[] = {
    {2, DBMUX_E_INVALID},                          // BadValue
    {4, DBMUX_E_INVALID},                          // NoSuchKey
    {6, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // HostUnreachable
    {7, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // HostNotFound
    {9, DBMUX_E_SYNTAX},                           // FailedToParse
    {11, DBMUX_E_AUTH},                            // UserNotFound
    {13, DBMUX_E_DENIED},                          // Unauthorized
    {14, DBMUX_E_INVALID},                         // TypeMismatch
    {15, DBMUX_E_RESOURCE},                        // Overflow
    {16, DBMUX_E_INVALID},                         // InvalidLength
    {18, DBMUX_E_AUTH},                            // AuthenticationFailed
    {20, DBMUX_E_INVALID},                         // IllegalOperation
    {24, DBMUX_E_LOCK_TIMEOUT, DBMUX_ERR_RETRYABLE},
    {26, DBMUX_E_NOT_FOUND},  // NamespaceNotFound
    {27, DBMUX_E_NOT_FOUND},  // IndexNotFound
    {28, DBMUX_E_INVALID},    // PathNotViable
    {31, DBMUX_E_NOT_FOUND},  // RoleNotFound
    {40, DBMUX_E_INVALID},    // ConflictingUpdateOperators
    {43, DBMUX_E_NOT_FOUND},  // CursorNotFound
    {46, DBMUX_E_LOCK_TIMEOUT, DBMUX_ERR_RETRYABLE},
    {48, DBMUX_E_EXISTS},                              // NamespaceExists
    {50, DBMUX_E_TIMEOUT},                             // MaxTimeMSExpired
    {52, DBMUX_E_INVALID},                             // DollarPrefixedFieldName
    {55, DBMUX_E_INVALID},                             // InvalidDBRef
    {59, DBMUX_E_NOT_FOUND},                           // CommandNotFound
    {64, DBMUX_E_TIMEOUT},                             // WriteConcernFailed
    {66, DBMUX_E_INVALID},                             // ImmutableField
    {67, DBMUX_E_INVALID},                             // CannotCreateIndex
    {68, DBMUX_E_EXISTS},                              // IndexAlreadyExists
    {72, DBMUX_E_INVALID},                             // InvalidOptions
    {73, DBMUX_E_INVALID},                             // InvalidNamespace
    {85, DBMUX_E_EXISTS},                              // IndexOptionsConflict
    {86, DBMUX_E_EXISTS},                              // IndexKeySpecsConflict
    {89, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},     // NetworkTimeout
    {91, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},     // ShutdownInProgress
    {112, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE},      // WriteConflict
    {115, DBMUX_E_UNSUPPORTED},                        // CommandNotSupported
    {121, DBMUX_E_CONSTRAINT},                         // DocumentValidationFailure
    {146, DBMUX_E_RESOURCE},                           // ExceededMemoryLimit
    {166, DBMUX_E_UNSUPPORTED},                        // CommandNotSupportedOnView
    {168, DBMUX_E_SYNTAX},                             // InvalidPipelineOperator
    {189, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},    // PrimarySteppedDown
    {202, DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},      // NetworkInterfaceExceededTimeLimit
    {211, DBMUX_E_NOT_FOUND},                          // KeyNotFound
    {237, DBMUX_E_CANCELLED},                          // CursorKilled
    {238, DBMUX_E_UNSUPPORTED},                        // NotImplemented
    {262, DBMUX_E_TIMEOUT},                            // ExceededTimeLimit
    {292, DBMUX_E_RESOURCE},                           // QueryExceededMemoryLimitNoDiskUseAllowed
    {391, DBMUX_E_AUTH},                               // ReauthenticationRequired
    {8000, DBMUX_E_AUTH},                              // AtlasError
    {9001, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},   // SocketException
    {10107, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // NotWritablePrimary
    {10334, DBMUX_E_RESOURCE},                         // BSONObjectTooLarge
    {11000, DBMUX_E_CONSTRAINT},
    {11001, DBMUX_E_CONSTRAINT},
    {11600, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // InterruptedAtShutdown
    {11601, DBMUX_E_CANCELLED},                        // Interrupted
    {11602, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // InterruptedDueToReplStateChange
    {12582, DBMUX_E_CONSTRAINT},
    {13388, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE},    // StaleConfig
    {13435, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // NotPrimaryNoSecondaryOk
    {13436, DBMUX_E_CONNECTION, DBMUX_ERR_RETRYABLE},  // NotPrimaryOrSecondary
    {40324, DBMUX_E_SYNTAX},                           // unrecognised stage
};

Meaning meaning_of(std::int64_t code) {
  const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                   [&](const Meaning& m) { return m.code == code; });
  if (found != std::end(kMeanings)) return *found;
  return {code, code >= 10000 ? DBMUX_E_INVALID : DBMUX_E_INTERNAL};
}

bool has_label(const bson_t* reply, std::string_view label) {
  bson_iter_t at, inside;
  if (!find(reply, "errorLabels", at) || !enter(at, inside)) return false;
  while (bson_iter_next(&inside))
    if (BSON_ITER_HOLDS_UTF8(&inside) && utf8_of(inside) == label) return true;
  return false;
}

// What the command is about: the collection, or its own name when that is unknown.
std::string object_of(const bson_t* command, std::int64_t code) {
  bson_iter_t at;
  if (!command || !bson_iter_init(&at, command) || !bson_iter_next(&at)) return {};
  if (code == 59) return std::string(key_of(at));
  return BSON_ITER_HOLDS_UTF8(&at) ? std::string(utf8_of(at)) : std::string();
}

bool names_object(dbmux_status category) {
  return category == DBMUX_E_NOT_FOUND || category == DBMUX_E_EXISTS || category == DBMUX_E_DENIED;
}

kit::Failure failure_of(std::int64_t code, std::string message, const bson_t* command) {
  const auto meaning = meaning_of(code);
  auto why = kit::fail(meaning.category, std::move(message)).code(code).flags(meaning.flags);
  if (names_object(meaning.category)) why->object = object_of(command, code);
  return why;
}

std::int64_t integer_at(const bson_t* document, const char* path) {
  bson_iter_t at;
  return find(document, path, at) ? bson_iter_as_int64(&at) : 0;
}

std::string text_at(const bson_t* document, const char* path) {
  bson_iter_t at;
  return find(document, path, at) && BSON_ITER_HOLDS_UTF8(&at) ? std::string(utf8_of(at)) : std::string();
}

}  // namespace

kit::Failure server_failure(const bson_t* reply, const bson_error_t& error, const bson_t* command) {
  const auto code = integer_at(reply, "code");
  auto message = text_at(reply, "errmsg");
  if (message.empty()) message = error.message;
  auto why =
      failure_of(code != 0 ? code : static_cast<std::int64_t>(error.code), std::move(message), command);
  why->detail = text_at(reply, "codeName");
  for (const char* label : {"RetryableWriteError", "TransientTransactionError", "RetryableError"})
    if (has_label(reply, label)) why->flags |= DBMUX_ERR_RETRYABLE;
  return why;
}

kit::Status write_outcome(const bson_t* reply, const bson_t* command) {
  const auto written = integer_at(reply, "n");
  bson_iter_t at;
  if (find(reply, "writeErrors.0.code", at)) {
    auto why = failure_of(bson_iter_as_int64(&at), text_at(reply, "writeErrors.0.errmsg"), command);
    if (written > 0) {
      why->flags |= DBMUX_ERR_MAY_HAVE_RUN;
      why->detail =
          "before that, " + std::to_string(written) + (written == 1 ? " was" : " were") + " written";
    }
    return why;
  }
  if (find(reply, "writeConcernError.code", at)) {
    auto why = failure_of(bson_iter_as_int64(&at), text_at(reply, "writeConcernError.errmsg"), command);
    why->flags |= DBMUX_ERR_MAY_HAVE_RUN;
    why->detail = "the write was made, but not confirmed as the write concern wants it";
    return why;
  }
  return {};
}

bool is_login_failure(const bson_error_t& e) {
  return e.domain == MONGOC_ERROR_CLIENT && e.code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
}

kit::Failure login_failure(const bson_error_t& e) {
  return kit::fail(DBMUX_E_AUTH, "the server refuses the user or the password")
      .code(static_cast<std::int64_t>(e.code))
      .hint("check user, password and authSource")
      .flags(DBMUX_ERR_CONN_DEAD);
}

kit::Failure network_failure(const bson_error_t& e) {
  if (e.domain != MONGOC_ERROR_SERVER_SELECTION && e.domain != MONGOC_ERROR_STREAM &&
      e.domain != MONGOC_ERROR_PROTOCOL)
    return kit::fail(DBMUX_E_INVALID, e.message).code(static_cast<std::int64_t>(e.code));
  return kit::fail(DBMUX_E_CONNECTION, e.message)
      .code(static_cast<std::int64_t>(e.code))
      .flags(DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE);
}

}  // namespace dbmux::mongodb
