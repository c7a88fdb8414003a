#include "client.hpp"

#include "error.hpp"

namespace dbmux::mongodb {

kit::Result<std::unique_ptr<Client>> Client::make(const mongoc_uri_t* uri, const char* tls_ca_file) {
  std::unique_ptr<Client> made(new Client);
  auto& c = *made;
  bson_error_t error{};
  c.client_.reset(mongoc_client_new_from_uri_with_error(uri, &error));
  if (!c.client_)
    return kit::fail(DBMUX_E_CONNECTION, "no client can be made of the connection string")
        .hint("check its options; for mongodb+srv, whether the name can be looked up")
        .flags(DBMUX_ERR_RETRYABLE);
  if (tls_ca_file) {
    c.tls_ca_file_ = tls_ca_file;
    c.owner_.tls_ca_file = c.tls_ca_file_.c_str();
  }
  c.owner_.interruption = &c.interruption_;
  mongoc_client_set_error_api(c.client_.get(), 2);
  mongoc_client_set_stream_initiator(c.client_.get(), open_stream, &c.owner_);
  return made;
}

Client::~Client() = default;

kit::Failure Client::stopped(bool dead) const {
  const bool late = interruption_.stop() == Interruption::Stop::deadline;
  auto why = late ? kit::fail(DBMUX_E_TIMEOUT, "the command ran longer than it may, and was stopped")
                  : kit::fail(DBMUX_E_CANCELLED, "the command was cancelled");
  if (dead) why->flags |= DBMUX_ERR_CONN_DEAD;
  return why;
}

kit::Result<ServerHandle> Client::select(Kind kind) {
  if (interruption_.due()) return stopped(dead_);
  bson_error_t error{};
  const auto* preference = mongoc_uri_get_read_prefs_t(mongoc_client_get_uri(client_.get()));
  ServerHandle server(mongoc_client_select_server(client_.get(), kind != Kind::read,
                                                  kind == Kind::read ? preference : nullptr, &error));
  if (server) return server;
  return failed(error, {}, nullptr, Kind::read);
}

void Client::start_session() {
  mongoc_session_opt_t* options = mongoc_session_opts_new();
  mongoc_session_opts_set_causal_consistency(options, false);
  session_.reset(mongoc_client_start_session(client_.get(), options, nullptr));
  mongoc_session_opts_destroy(options);
}

kit::Status Client::run(const std::string& database, const bson_t* command, Kind kind, std::uint32_t server,
                        Bson& reply) {
  if (dead_) return kit::fail(DBMUX_E_CONNECTION, "the connection is lost").flags(DBMUX_ERR_CONN_DEAD);
  Bson options;
  if (session_ && !mongoc_client_session_append(session_.get(), options.get(), nullptr))
    return kit::fail(DBMUX_E_INTERNAL, "the session cannot be used");
  if (server != 0) BSON_APPEND_INT32(options.get(), "serverId", static_cast<std::int32_t>(server));
  const auto* preference = mongoc_uri_get_read_prefs_t(mongoc_client_get_uri(client_.get()));
  if (!interruption_.start_waiting()) return stopped();
  bson_error_t error{};
  const bool good = mongoc_client_command_with_opts(client_.get(), database.c_str(), command,
                                                    kind == Kind::read ? preference : nullptr, options.get(),
                                                    reply.receive(), &error);
  interruption_.stop_waiting();
  if (good) return {};
  return failed(error, reply, command, kind);
}

kit::Failure Client::failed(const bson_error_t& error, const Bson& reply, const bson_t* command, Kind kind) {
  const bool stopping = interruption_.due();
  if (error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_WRITE_CONCERN) {
    auto why = server_failure(reply.get(), error, command);
    // Asked by us to end it, the server says so in its own words.
    if (stopping && (why->category == DBMUX_E_CANCELLED || why->category == DBMUX_E_TIMEOUT)) {
      auto own = stopped();
      own->native_code = why->native_code;
      return own;
    }
    return why;
  }
  if (is_login_failure(error)) return login_failure(error);
  const bool sent = error.domain == MONGOC_ERROR_STREAM || error.domain == MONGOC_ERROR_PROTOCOL;
  dead_ = dead_ || sent || stopping;
  auto why = stopping ? stopped(true) : network_failure(error);
  if (sent && kind == Kind::write && command)
    why->flags = (why->flags & ~std::uint32_t{DBMUX_ERR_RETRYABLE}) | DBMUX_ERR_MAY_HAVE_RUN;
  return why;
}

}  // namespace dbmux::mongodb
