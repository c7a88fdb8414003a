// What the host offers to the items of plugins: progress, logs, questions to the client, changes. Every
// function may be called from any thread.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>

#include "base/json.hpp"
#include "driver/abi.hpp"
#include "observe/log.hpp"

namespace dbmux::abi {
namespace {

Notice level_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Notice>, 8> kLevels{{{"debug", Notice::debug},
                                                                        {"info", Notice::info},
                                                                        {"notice", Notice::notice},
                                                                        {"warning", Notice::warning},
                                                                        {"error", Notice::error},
                                                                        {"critical", Notice::critical},
                                                                        {"alert", Notice::alert},
                                                                        {"emergency", Notice::emergency}}};
  const auto* at =
      std::find_if(kLevels.begin(), kLevels.end(), [&](const auto& l) { return l.first == name; });
  return at == kLevels.end() ? Notice::error : at->second;
}

void progress(const dbmux_host*, const dbmux_call* call, double done, double total, dbmux_str text) noexcept {
  try {
    auto* l = live(call);
    if (l && std::isfinite(done)) l->call.progress(done, std::isfinite(total) ? total : -1, clean(text));
  } catch (...) {  // out of memory: a lost report is the lesser evil
  }
}

void emit_log(const dbmux_host*, const dbmux_call* call, const char* level, dbmux_str logger,
              dbmux_str json) noexcept {
  try {
    auto* l = live(call);
    if (!l || !l->call.sink() || !level) return;
    l->call.sink()->record(level_named(level), clean(logger),
                           clean_json(json).value_or(json_quote(clean(json))));
  } catch (...) {  // as in progress
  }
}

bool may_ask(std::string_view method) {
  constexpr std::array<std::string_view, 3> kMethods{"elicitation/create", "sampling/createMessage",
                                                     "roots/list"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

dbmux_status asked(Questions& questions, const std::string& key, const std::string& method,
                   const std::string& params, dbmux_str* answer) {
  const std::lock_guard lock(questions.mutex);
  const JsonValue* given = nullptr;
  const auto reply =
      questions.asking ? questions.asking->ask(key, method, params, &given) : Asking::Reply::impossible;
  if (reply == Asking::Reply::pending) {
    questions.pending = true;
    return DBMUX_E_NEED_INPUT;
  }
  if (reply == Asking::Reply::impossible || !given) {
    questions.impossible.push_back(method);
    return DBMUX_E_UNSUPPORTED;
  }
  *answer = str(questions.answers.emplace_back(to_json(*given)));
  return DBMUX_OK;
}

dbmux_status ask(const dbmux_host*, const dbmux_call* call, dbmux_str key, dbmux_str method, dbmux_str params,
                 dbmux_str* answer) noexcept {
  try {
    *answer = {"", 0};
    auto* l = live(call);
    if (!l || !l->questions || !may_ask(view(method)) || view(key).empty()) return DBMUX_E_INVALID;
    const auto text = view(params).empty() ? std::string("{}") : clean(params);
    const auto object = parse_json(text);
    if (!object || !object->IsObject()) return DBMUX_E_INVALID;
    return asked(*l->questions, clean(key), std::string(view(method)), text, answer);
  } catch (...) {
    return DBMUX_E_RESOURCE;
  }
}

dbmux_status keep(const dbmux_host*, const dbmux_call* call, dbmux_str state) noexcept {
  try {
    auto* l = live(call);
    if (!l || !l->questions || !l->questions->asking) return DBMUX_E_INVALID;
    std::string text(view(state));
    if (clean(state) != text) return DBMUX_E_INVALID;  // a client would read it
    const std::lock_guard lock(l->questions->mutex);
    l->questions->asking->keep(std::move(text));
    return DBMUX_OK;
  } catch (...) {
    return DBMUX_E_RESOURCE;
  }
}

dbmux_str kept(const dbmux_host*, const dbmux_call* call) noexcept {
  try {
    auto* l = live(call);
    if (!l || !l->questions || !l->questions->asking) return {"", 0};
    const std::lock_guard lock(l->questions->mutex);
    return str(l->questions->answers.emplace_back(l->questions->asking->kept()));
  } catch (...) {
    return {"", 0};
  }
}

// Sources whose changes somebody wants to know.
struct Listeners {
  std::mutex mutex;
  std::map<dbmux_source*, std::shared_ptr<const ItemsChanged>> all;
};

Listeners& listeners() {
  static Listeners made;
  return made;
}

void changed(const dbmux_host*, dbmux_source* source, std::int32_t item, dbmux_str uri) noexcept {
  try {
    if (item < DBMUX_ITEM_TOOL || item > DBMUX_ITEM_COMPLETION) return;
    std::shared_ptr<const ItemsChanged> listener;
    {
      const std::lock_guard lock(listeners().mutex);
      if (const auto at = listeners().all.find(source); at != listeners().all.end()) listener = at->second;
    }
    if (listener) (*listener)(static_cast<Item>(item), clean(uri));
  } catch (...) {  // as in progress
  }
}

// Streams that can be closed and taken up again come with HTTP.
void close_stream(const dbmux_host*, const dbmux_call*, std::int32_t) noexcept {}

}  // namespace

const dbmux_host_items* host_items_table() {
  static const dbmux_host_items table{.size = sizeof(dbmux_host_items),
                                      .reserved = 0,
                                      .progress = progress,
                                      .emit_log = emit_log,
                                      .ask = ask,
                                      .keep = keep,
                                      .kept = kept,
                                      .changed = changed,
                                      .close_stream = close_stream};
  return &table;
}

void set_listener(dbmux_source* source, ItemsChanged listener) {
  const std::lock_guard lock(listeners().mutex);
  listeners().all[source] = std::make_shared<const ItemsChanged>(std::move(listener));
}

void forget_listener(dbmux_source* source) {
  const std::lock_guard lock(listeners().mutex);
  listeners().all.erase(source);
}

}  // namespace dbmux::abi
