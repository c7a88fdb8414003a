#include "mcp/server.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "mcp/calls.hpp"
#include "mcp/flight.hpp"
#include "mcp/frames.hpp"
#include "mcp/methods.hpp"

namespace dbmux::mcp {
namespace {

constexpr std::size_t kMostInBatch = 1000;
constexpr std::size_t kMessagePool = 4096;

Reply reply_to(const Job& job) { return {job.session->stream(), job.batch, job.slot}; }

void send_error(const Reply& reply, std::string_view id, const RpcError& error) {
  Output line;
  write_error(line, id, error);
  reply.send(line);
}

std::string bytes_in_words(std::size_t n) {
  constexpr std::size_t kMebi = std::size_t{1} << 20;
  return n % kMebi == 0 ? std::to_string(n / kMebi) + " MiB" : std::to_string(n) + " bytes";
}

// Whether a line that is not a batch has the method of a call. Quotes inside a JSON string are escaped, so
// only a nested object can look alike; a method spelt with escapes looks like none. Both only cost a detour.
bool looks_like_call(std::string_view line) {
  constexpr std::string_view kKey = "\"method\"";
  constexpr std::string_view kSpace = " \t\r\n";
  if (const auto first = line.find_first_not_of(kSpace); first == line.npos || line[first] == '[')
    return false;
  while (const auto* found = ::memmem(line.data(), line.size(), kKey.data(), kKey.size())) {
    line.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - line.data()) + kKey.size());
    auto rest = line.substr(std::min(line.find_first_not_of(kSpace), line.size()));
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    if (!rest.starts_with('"')) continue;
    rest.remove_prefix(1);
    if (const auto end = rest.find('"'); end != rest.npos && is_call(rest.substr(0, end))) return true;
  }
  return false;
}

}  // namespace

Server::Server(Catalogue& catalogue, ServerOptions options)
    : catalogue_(catalogue),
      options_(std::move(options)),
      subscriptions_(std::make_shared<Subscriptions>([this] { watch_.stir(); })),
      service_{catalogue_, options_, *subscriptions_, states_,
               implementation(options_.name, options_.title, options_.version)},
      watch_(options_.look, [this] { return look(); }),
      calls_(options_.workers, options_.worker_idle, [this](Job& job) { work(job); }),
      control_(1, options_.worker_idle, [this](Job& job) { work(job); }) {
  catalogue_.on_change(
      [listeners = subscriptions_](Change change, std::string_view uri) { listeners->report(change, uri); });
}

Server::~Server() {
  subscriptions_->detach();
  watch_.end();
}

bool Server::frame(std::string bytes, const std::shared_ptr<Stream>& stream, bool spare) {
  Job job;
  job.session = session_of(stream);
  job.line = job.session->next_line();
  job.awaited = looks_like_call(bytes);
  job.bytes = std::move(bytes);
  job.session->open(job.awaited);
  if (spare && job.awaited && calls_.join()) {
    kept_ = std::move(job);
    return true;
  }
  auto& lane = job.awaited ? calls_ : control_;
  lane.post(std::move(job));
  return false;
}

void Server::work_on_kept() { calls_.work_joined(std::exchange(kept_, {})); }

void Server::oversized(std::size_t limit, const std::shared_ptr<Stream>& stream) {
  Job job;
  job.session = session_of(stream);
  job.line = job.session->next_line();
  job.too_long = limit;
  job.session->open(false);
  control_.post(std::move(job));
}

void Server::closed(const std::shared_ptr<Stream>& stream, Closing why) {
  const auto session = session_of(stream);
  const bool ended = why != Closing::stopped && session->wait_closed(Clock::now() + options_.drain);
  for (const auto& waited : session->call_off()) {
    Output line;
    write_unanswered(service_, *waited.flight, line);
    waited.flight->answer(line);
  }
  if (!ended && !session->wait_closed(Clock::now() + options_.call_off)) ++stuck_;
  subscriptions_->close(*session, service_.identity);
  const std::lock_guard lock(sessions_mutex_);
  std::erase(sessions_, session);
}

bool Server::stuck() const { return stuck_ > 0; }

// On a worker of either lane, or on the thread that read.
void Server::work(Job& job) {
  try {
    handle(job);
  } catch (const std::exception&) {
    send_error(reply_to(job), "null", {RpcError::kInternal, "Out of memory", {}});
  }
  if (!job.closed) job.session->close(job.awaited);
}

void Server::handle(Job& job) {
  if (job.too_long != 0) {
    return send_error(reply_to(job), "null",
                      {RpcError::kInvalidRequest, "Message longer than " + bytes_in_words(job.too_long), {}});
  }
  std::array<char, kMessagePool> first;  // most messages fit
  JsonPool pool(first.data(), first.size());
  const auto document = parse_json(job.bytes, kJsonDepth, &pool);
  if (!document) {
    return send_error(reply_to(job), "null",
                      {RpcError::kParse, "Parse error: " + document.error().message, {}});
  }
  if (document->IsArray()) return split(job, *document);
  take(job, read_message(*document));
}

void Server::take(Job& job, const Message& message) {
  switch (message.kind) {
    case Message::Kind::bad:
      return send_error(reply_to(job), message.id, message.error);
    case Message::Kind::response:
      return answered(job, message);
    case Message::Kind::notification:
      return notified(job, message);
    case Message::Kind::request:
      break;
  }
  if (is_call(message.method) && !job.awaited && !job.flight) return forward(job, std::move(job.bytes));
  auto meta = read_meta(message.method, message.params);
  if (!meta) return send_error(reply_to(job), message.id, meta.error());
  if (meta->stateless && job.batch) {
    return send_error(reply_to(job), message.id,
                      {RpcError::kInvalidRequest, "A stateless request cannot be part of a batch", {}});
  }
  if (is_call(message.method)) return call(job, message, *std::move(meta));
  at_once(job, message, meta->stateless);
}

void Server::notified(const Job& job, const Message& message) {
  const auto& session = job.session;
  if (message.method == "notifications/initialized") return subscriptions_->greet(session);
  if (message.method != "notifications/cancelled" || message.params == nullptr) return;
  const auto* id = member(*message.params, "requestId");
  const auto text = id != nullptr ? token_text(*id) : std::nullopt;
  if (!text) return;
  if (const auto waited = session->cancel(*text, job.line)) withdraw(*session, *waited);
  subscriptions_->end(*session, *text);
}

// By the client, to one of our requests.
void Server::answered(const Job& job, const Message& message) {
  if (auto next = job.session->answered(message.id, message.result)) calls_.post(*std::move(next));
}

void Server::at_once(const Job& job, const Message& message, const std::optional<Terms>& stateless) {
  if (stateless && message.method == "subscriptions/listen") {
    const auto done = subscriptions_->listen(job.session, message.id, message.params);
    return done ? void() : send_error(reply_to(job), message.id, done.error());
  }
  const auto result = stateless ? answer_stateless(service_, *stateless, message.method, message.params)
                                : answer_session(service_, job.session, message.method, message.params);
  if (!result) return send_error(reply_to(job), message.id, result.error());
  Output line;
  write_result(line, message.id, *result);
  reply_to(job).send(line);
}

// A batch. Its calls go the way of all calls, one by one; whoever ends last sends the answers of all.
void Server::split(const Job& job, const JsonValue& elements) {
  const auto refused = [&](std::string why) {
    send_error(reply_to(job), "null", {RpcError::kInvalidRequest, std::move(why), {}});
  };
  if (!has_batches(job.session->version()))
    return refused("Batches exist in protocol version 2025-03-26 only");
  if (elements.Empty()) return refused("Empty batch");
  if (elements.Size() > kMostInBatch)
    return refused("More than " + std::to_string(kMostInBatch) + " messages in a batch");

  struct Element {
    const JsonValue* value;
    Message message;
    std::size_t slot;
  };
  const auto batch = std::make_shared<Batch>(job.session->stream());
  std::vector<Element> parts;
  parts.reserve(elements.Size());
  for (const auto& value : elements.GetArray()) {
    parts.push_back({&value, read_message(value), 0});
    auto& message = parts.back().message;
    if (message.kind == Message::Kind::request && message.method == "initialize") {
      message.kind = Message::Kind::bad;
      message.error = {RpcError::kInvalidRequest, "initialize cannot be part of a batch", {}};
    }
    const bool answered = message.kind == Message::Kind::request || message.kind == Message::Kind::bad;
    if (answered) parts.back().slot = batch->add_slot();
  }
  for (const auto& part : parts) {
    Job one;
    one.session = job.session;
    one.line = job.line;
    one.batch = batch;
    one.slot = part.slot;
    const bool to_forward = part.message.kind == Message::Kind::request && is_call(part.message.method);
    if (to_forward) one.bytes = to_json(*part.value);
    take(one, part.message);
  }
}

// From the control lane to that of the calls.
void Server::forward(const Job& job, std::string bytes) {
  Job call{std::move(bytes), job.session, job.line, true, job.batch, job.slot};
  call.session->open(true);
  calls_.post(std::move(call));
}

void Server::call(Job& job, const Message& message, Meta meta) {
  const auto flight = job.flight ? job.flight : begin(job, message, std::move(meta));
  if (flight == nullptr) {
    return send_error(reply_to(job), message.id,
                      {RpcError::kInvalidRequest, "A request with this id is under way", {}});
  }
  watch_.stir();
  Output line;
  const bool asks = run(*flight, message, line);
  const bool given_up = flight->end_work();
  if (given_up) {
    --stuck_;
    calls_.found();
    job.closed = true;
  }
  if (asks && !given_up) {
    if (ask(flight, job)) return;  // from here on the call belongs to whoever answers
    write_not_begun(service_, *flight, line);
  }
  job.session->leave(*flight);
  flight->answer(line);
}

// Null: a call with this id is under way.
std::shared_ptr<Flight> Server::begin(Job& job, const Message& message, Meta meta) {
  auto flight = std::make_shared<Flight>(
      kind_of_call(message.method), message.id, job.line, std::move(meta.progress_token),
      meta.stateless ? *meta.stateless : job.session->terms(), job.session, reply_to(job));
  return job.session->enter(flight, job) ? flight : nullptr;
}

// Whether the client has to be asked first; otherwise the line is the answer.
bool Server::run(Flight& flight, const Message& message, Output& line) {
  if (flight.call().cancelled()) {
    write_not_begun(service_, flight, line);
    return false;
  }
  try {
    return run_call(service_, flight, message.method, message.params, line) == Ran::asks;
  } catch (const std::exception&) {
    line = Output();
    write_error(line, flight.id(), {RpcError::kInternal, "Internal error", {}});
    return false;
  }
}

// Sends the questions of a session's call; the last answer makes it run again. False: it has been called off.
bool Server::ask(const std::shared_ptr<Flight>& flight, Job& job) {
  const auto questions = flight->questions().asked();
  const auto stream = job.session->stream();
  Job again{job.bytes, job.session, job.line, false, job.batch, job.slot};
  flight->call().set_deadline(kNever);  // a person may think
  const auto ids =
      job.session->park(flight, std::move(again), questions.size(), Clock::now() + options_.answer_within);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Output frame;
    write_request(frame, ids[i], questions[i].method, questions[i].params);
    stream->send(frame);
  }
  return !ids.empty();
}

// Tells the client that what it was asked needs no answer any more.
void Server::withdraw(const Session& session, const Session::Released& released) {
  for (const auto& id : released.requests) {
    Output frame;
    write_notification(frame, "notifications/cancelled", R"({"requestId":)" + id + '}');
    session.stream()->send(frame);
  }
}

// On the thread that watches.
bool Server::look() {
  std::vector<std::shared_ptr<Session>> sessions;
  {
    const std::lock_guard lock(sessions_mutex_);
    sessions = sessions_;
  }
  bool any = subscriptions_->flush();
  const auto now = Clock::now();
  for (const auto& session : sessions) {
    for (const auto& flight : session->flights()) {
      any = true;
      flight->report(now, options_.progress_after, options_.progress_every);
      if (flight->overdue(now, options_.grace)) give_up(session, *flight, now);
    }
    for (auto& released : session->overdue(now)) {
      withdraw(*session, released);
      calls_.post(*std::move(released.job));
    }
  }
  return any;
}

// The client gets its answer; the worker stays in the call for as long as the engine keeps it.
void Server::give_up(const std::shared_ptr<Session>& session, Flight& flight, Clock::time_point now) {
  flight.call().cancel(Call::Stop::deadline);
  session->leave(flight);
  if (flight.give_up_worker()) {
    ++stuck_;
    calls_.lost();
    session->close(false);
  }
  Output line;
  write_given_up(service_, flight, now, line);
  flight.answer(line);
}

std::shared_ptr<Session> Server::session_of(const std::shared_ptr<Stream>& stream) {
  const std::lock_guard lock(sessions_mutex_);
  for (const auto& session : sessions_) {
    if (session->stream() == stream) return session;
  }
  return sessions_.emplace_back(std::make_shared<Session>(stream));
}

}  // namespace dbmux::mcp
