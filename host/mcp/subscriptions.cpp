#include "mcp/subscriptions.hpp"

#include <algorithm>
#include <utility>

#include "mcp/frames.hpp"

namespace dbmux::mcp {
namespace {

bool wanted(const JsonValue& filter, std::string_view name) {
  const auto* value = member(filter, name);
  return value != nullptr && value->IsBool() && value->GetBool();
}

void add(std::string& object, std::string_view key, std::string_view json) {
  if (object.back() != '{') object += ',';
  object += '"';
  object += key;
  object += "\":";
  object += json;
}

// The string members of a list, at most so many; the others are not honoured.
RpcResult<Subscriptions::Uris> uris_of(const JsonValue& filter) {
  Subscriptions::Uris uris;
  const auto* list = member(filter, "resourceSubscriptions");
  if (list == nullptr) return uris;
  if (!list->IsArray())
    return refuse(RpcError::kInvalidParams, "resourceSubscriptions has to be a list of URIs");
  for (const auto& uri : list->GetArray()) {
    if (!uri.IsString())
      return refuse(RpcError::kInvalidParams, "resourceSubscriptions has to be a list of URIs");
    if (uris.size() < Subscriptions::kMostResources) uris.emplace(view(uri));
  }
  return uris;
}

void send(const Session& session, std::string_view method, std::string_view params) {
  Output frame;
  write_notification(frame, method, params);
  session.stream()->send(frame);
}

}  // namespace

Subscriptions::Listener* Subscriptions::listener(const Session& session, std::string_view id) {
  const auto at = std::find_if(listeners_.begin(), listeners_.end(),
                               [&](const Listener& l) { return l.session.get() == &session && l.id == id; });
  return at == listeners_.end() ? nullptr : &*at;
}

Subscriptions::Listener& Subscriptions::listener_of(const std::shared_ptr<Session>& session) {
  if (auto* known = listener(*session, ""); known != nullptr) return *known;
  listeners_.push_back({session, {}, false, false, false, {}});
  return listeners_.back();
}

void Subscriptions::report(Change change, std::string_view uri) {
  const std::lock_guard lock(mutex_);
  bool anybody = false;
  for (const auto& l : listeners_) {
    switch (change) {
      case Change::tools:
        anybody = anybody || l.tools;
        break;
      case Change::prompts:
        anybody = anybody || l.prompts;
        break;
      case Change::resources:
        anybody = anybody || l.resources;
        break;
      case Change::resource:
        anybody = note(l.uris, uri) || anybody;
        break;
    }
  }
  if (!anybody) return;
  if (change == Change::tools) tools_ = true;
  if (change == Change::prompts) prompts_ = true;
  if (change == Change::resources) resources_ = true;
  if (stir_) stir_();
}

// With the lock. Whether somebody wants to hear of it, or of what lies below it.
bool Subscriptions::note(const Uris& wanted, std::string_view changed) {
  if (!changed.ends_with('/')) return wanted.contains(changed) && (uris_.emplace(changed), true);
  auto at = wanted.lower_bound(changed);
  const auto first = at;
  for (; at != wanted.end() && at->starts_with(changed); ++at) uris_.insert(*at);
  return at != first;
}

bool Subscriptions::flush() {
  struct News {
    std::shared_ptr<Session> session;
    std::string_view method;
    std::string params;
  };
  std::vector<News> messages;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& l : listeners_) {
      const auto meta = l.id.empty() ? std::string() : subscription_meta(l.id);
      const auto list = [&](bool changed, std::string_view method) {
        if (changed) messages.push_back({l.session, method, meta.empty() ? "" : '{' + meta + '}'});
      };
      list(tools_ && l.tools, "notifications/tools/list_changed");
      list(prompts_ && l.prompts, "notifications/prompts/list_changed");
      list(resources_ && l.resources, "notifications/resources/list_changed");
      for (const auto& uri : uris_) {
        if (!l.uris.contains(uri)) continue;
        messages.push_back({l.session, "notifications/resources/updated",
                            '{' + meta + (meta.empty() ? "" : ",") + "\"uri\":" + json_quote(uri) + '}'});
      }
    }
    tools_ = prompts_ = resources_ = false;
    uris_.clear();
  }
  for (const auto& m : messages) send(*m.session, m.method, m.params);  // without the lock: may block
  return !messages.empty();
}

void Subscriptions::detach() {
  const std::lock_guard lock(mutex_);
  stir_ = nullptr;
}

void Subscriptions::greet(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  auto& l = listener_of(session);
  l.tools = l.prompts = l.resources = true;
}

RpcResult<void> Subscriptions::subscribe(const std::shared_ptr<Session>& session, std::string_view uri) {
  const std::lock_guard lock(mutex_);
  auto& l = listener_of(session);
  if (l.uris.size() >= kMostResources && !l.uris.contains(uri)) {
    return refuse(RpcError::kInvalidRequest, "More than " + std::to_string(kMostResources) +
                                                 " subscriptions; end others with resources/unsubscribe");
  }
  l.uris.emplace(uri);
  return {};
}

void Subscriptions::unsubscribe(const Session& session, std::string_view uri) {
  const std::lock_guard lock(mutex_);
  auto* l = listener(session, "");
  if (l == nullptr) return;
  if (const auto at = l->uris.find(uri); at != l->uris.end()) l->uris.erase(at);
}

RpcResult<void> Subscriptions::listen(const std::shared_ptr<Session>& session, const std::string& id,
                                      const JsonValue* params) {
  const auto filter = object_member(params, "notifications");
  if (!filter) return tl::unexpected(filter.error());
  if (*filter == nullptr) return refuse(RpcError::kInvalidParams, "notifications has to be an object");
  auto uris = uris_of(**filter);
  if (!uris) return tl::unexpected(uris.error());
  Listener asked{session,
                 id,
                 wanted(**filter, "toolsListChanged"),
                 wanted(**filter, "promptsListChanged"),
                 wanted(**filter, "resourcesListChanged"),
                 *std::move(uris)};
  std::string honoured = "{";
  if (asked.tools) add(honoured, "toolsListChanged", "true");
  if (asked.prompts) add(honoured, "promptsListChanged", "true");
  if (asked.resources) add(honoured, "resourcesListChanged", "true");
  if (!asked.uris.empty()) {
    std::string list = "[";
    for (const auto& uri : asked.uris) list += (list.size() > 1 ? "," : "") + json_quote(uri);
    add(honoured, "resourceSubscriptions", list + ']');
  }
  const std::lock_guard lock(mutex_);
  if (listener(*session, id) != nullptr)
    return refuse(RpcError::kInvalidRequest, "A request with this id is under way");
  const auto open = std::count_if(listeners_.begin(), listeners_.end(),
                                  [&](const Listener& l) { return l.session == session && !l.id.empty(); });
  if (static_cast<std::size_t>(open) >= kMostRequests)
    return refuse(RpcError::kInvalidRequest, "More than " + std::to_string(kMostRequests) + " subscriptions");
  // Under the lock: it is the first that the client hears of this subscription.
  send(*session, "notifications/subscriptions/acknowledged",
       '{' + subscription_meta(id) + R"(,"notifications":)" + honoured + "}}");
  listeners_.push_back(std::move(asked));
  return {};
}

void Subscriptions::end(const Session& session, std::string_view id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](const Listener& l) {
    return l.session.get() == &session && !l.id.empty() && l.id == id;
  });
}

void Subscriptions::close(const Session& session, std::string_view identity) {
  std::vector<Listener> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto& l : listeners_) {
      if (l.session.get() == &session && !l.id.empty()) ended.push_back(l);
    }
    std::erase_if(listeners_, [&](const Listener& l) { return l.session.get() == &session; });
  }
  for (const auto& l : ended) {
    Output frame;
    write_result(frame, l.id, subscription_result(l.id, identity));
    session.stream()->send(frame);
  }
}

}  // namespace dbmux::mcp
