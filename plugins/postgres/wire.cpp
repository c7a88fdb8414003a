#include "wire.hpp"

#include <poll.h>

#include <algorithm>
#include <vector>

#include "error.hpp"
#include "issuer.hpp"
#include "parameters.hpp"
#include "refusal.hpp"

namespace dbmux::postgres {

kit::Result<std::unique_ptr<Wire>> Wire::open(const Options& options, Target target, const char* password,
                                              std::string settings, Waiter& waiter, std::int64_t until_ns) {
  const auto given = options.keywords(target, settings);
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : given) {
    keywords.push_back(keyword);
    values.push_back(value.c_str());
  }
  keywords.push_back("password");
  values.push_back(password ? password : "");
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const Login login{options.user, password != nullptr && is_token(password)};
  std::unique_ptr<Wire> wire(
      new Wire(PQconnectStartParams(keywords.data(), values.data(), 0), std::move(target)));
  wire->settings_ = std::move(settings);
  if (!wire->get()) return kit::fail(DBMUX_E_RESOURCE, "out of memory");
  // libpq's own would write to stderr.
  PQsetNoticeReceiver(wire->get(), [](void*, const PGresult*) {}, nullptr);
  // So that the text of a refusal tells its SQLSTATE, for which libpq has no function before a session is
  // open.
  PQsetErrorVerbosity(wire->get(), PQERRORS_VERBOSE);
  if (auto done = wire->handshake(waiter, until_ns, options, login); !done) return done.failure();
  PQsetErrorVerbosity(wire->get(), PQERRORS_DEFAULT);
  if (PQsetnonblocking(wire->get(), 1) != 0 || PQenterPipelineMode(wire->get()) != 1) return wire->lost();
  return wire;
}

kit::Status Wire::handshake(Waiter& waiter, std::int64_t until_ns, const Options& options,
                            const Login& login) {
  const auto began = kit::now_ns();
  auto state = PQstatus(get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (waiter.wait(PQsocket(get()), events, until_ns)) {
      case Ready::yes:
        break;
      case Ready::cancelled:
        return kit::fail(DBMUX_E_CANCELLED, "the call was cancelled while a session was being opened");
      case Ready::deadline:
        return kit::fail(DBMUX_E_TIMEOUT, "the call's time was over before a session was open")
            .flags(DBMUX_ERR_RETRYABLE);
      default:
        return kit::fail(DBMUX_E_CONNECTION,
                         "no session within " +
                             std::to_string((kit::now_ns() - began + 500'000'000) / 1'000'000'000) +
                             " s (connectTimeout)")
            .flags(DBMUX_ERR_RETRYABLE);
    }
    state = PQconnectPoll(get());
  }
  if (state == PGRES_POLLING_OK) return {};
  auto refused = refused_session(PQerrorMessage(get()), login);
  if (!is_mistrusted(PQerrorMessage(get()))) return refused;
  const auto shown = certificate_of_server(options, target_, waiter, until_ns);
  if (!shown.expired.empty()) {
    refused->message = "the server's certificate has expired, on " + shown.expired;
    refused->hint = "Whoever runs the server puts a new one in place (ssl_cert_file) and reloads it.";
  } else if (!shown.issuer.empty()) {
    refused->message += " (issuer: " + shown.issuer + ")";
  }
  return refused;
}

kit::Status Wire::send(const char* text, const Parameters* parameters) {
  const Parameters none;
  const auto& p = parameters ? *parameters : none;
  const int sent = PQsendQueryParams(get(), text, static_cast<int>(p.values.size()), p.types.data(),
                                     p.values.data(), p.lengths.data(), p.formats.data(), 0);
  if (sent == 1) return {};
  return lost();
}

kit::Status Wire::send_for_parsing(const char* text) {
  if (PQsendPrepare(get(), "", text, 0, nullptr) == 1) return {};
  return lost();
}

kit::Status Wire::ask_for_answers() {
  if (PQsendFlushRequest(get()) != 1) return lost();
  return {};
}

kit::Status Wire::sync() {
  if (PQpipelineSync(get()) != 1) return lost();
  ++syncs_;
  return {};
}

Wire::Step Wire::next(Waiter& waiter, std::int64_t until_ns) {
  for (;;) {
    if (dead()) return {Ready::lost, nullptr};
    const int unsent = PQflush(get());
    if (unsent < 0) break;
    if (!PQisBusy(get())) {
      Step step{Ready::yes, ResultHandle(PQgetResult(get()))};
      if (step.result && PQresultStatus(step.result.get()) == PGRES_PIPELINE_SYNC) --syncs_;
      return step;
    }
    const auto events = static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN);
    if (const auto ready = waiter.wait(PQsocket(get()), events, until_ns); ready != Ready::yes)
      return {ready, nullptr};
    if (!PQconsumeInput(get())) break;
  }
  // The server's last words may be among what came before the connection was lost.
  if (!PQisBusy(get()))
    if (ResultHandle last(PQgetResult(get())); last && PQresultStatus(last.get()) == PGRES_FATAL_ERROR)
      return {Ready::yes, std::move(last)};
  dead_ = true;
  return {Ready::lost, nullptr};
}

Wire::End Wire::finish(Waiter& waiter) {
  End end;
  while (busy()) {
    auto step = next(waiter);
    if (step.ready != Ready::yes) {
      end.ready = step.ready;
      return end;
    }
    if (!step.result) continue;
    const auto status = PQresultStatus(step.result.get());
    if (status == PGRES_FATAL_ERROR && !end.error) end.error = std::move(step.result);
    if (status == PGRES_TUPLES_OK) end.rows = std::move(step.result);
  }
  return end;
}

kit::Failure Wire::lost() const {
  auto reason = lost_connection(PQerrorMessage(get()));
  reason->flags |= DBMUX_ERR_CONN_DEAD;
  return reason;
}

}  // namespace dbmux::postgres
