#include "address.hpp"

#include <limits>

namespace dbmux::mongodb {

namespace {

kit::Failure not_an_address() {
  return kit::fail(DBMUX_E_INVALID, "uri is not a MongoDB connection string")
      .hint(
          "mongodb://user:password@host:port/database?options; in user and password, : / ? # [ ] @ % are "
          "written in percent-encoding");
}

kit::Result<UriHandle> parsed(const Options& options, kit::Call call) {
  if (options.uri_secret.empty()) {
    UriHandle uri(
        mongoc_uri_new_for_host_port(options.host.c_str(), static_cast<std::uint16_t>(options.port)));
    if (!uri) return kit::fail(DBMUX_E_INVALID, "host is not the name of a server").object(options.host);
    if (options.tls) mongoc_uri_set_option_as_bool(uri.get(), MONGOC_URI_TLS, true);
    return uri;
  }
  auto text = call.secret(options.uri_secret);
  if (!text) return text.failure();
  bson_error_t error{};
  UriHandle uri(mongoc_uri_new_with_error(text->c_str(), &error));
  if (!uri) return not_an_address();
  return uri;
}

}  // namespace

kit::Result<UriHandle> address_of(const Options& options, kit::Call call) {
  auto uri = parsed(options, call);
  if (!uri) return uri.failure();
  auto* raw = uri->get();
  if (!options.user.empty() && !mongoc_uri_set_username(raw, options.user.c_str()))
    return kit::fail(DBMUX_E_INVALID, "user is not valid UTF-8");
  if (!options.password_secret.empty()) {
    auto password = call.secret(options.password_secret);
    if (!password) return password.failure();
    if (!mongoc_uri_set_password(raw, password->c_str()))
      return kit::fail(DBMUX_E_INVALID, "the password is not valid UTF-8");
  }
  if (!options.auth_source.empty()) mongoc_uri_set_auth_source(raw, options.auth_source.c_str());
  if (!options.database.empty() && !mongoc_uri_set_database(raw, options.database.c_str()))
    return kit::fail(DBMUX_E_INVALID, "database is not a name").object(options.database);
  if (!mongoc_uri_get_appname(raw)) mongoc_uri_set_appname(raw, "dbmux");
  // One try: the host waits and tries again, and its deadline counts, not one of the library's.
  mongoc_uri_set_option_as_bool(raw, MONGOC_URI_SERVERSELECTIONTRYONCE, true);
  mongoc_uri_set_option_as_bool(raw, MONGOC_URI_RETRYREADS, false);
  mongoc_uri_set_option_as_bool(raw, MONGOC_URI_RETRYWRITES, false);
  if (mongoc_uri_get_option_as_int32(raw, MONGOC_URI_SOCKETTIMEOUTMS, 0) == 0)
    mongoc_uri_set_option_as_int32(raw, MONGOC_URI_SOCKETTIMEOUTMS, std::numeric_limits<std::int32_t>::max());
  return uri;
}

}  // namespace dbmux::mongodb
