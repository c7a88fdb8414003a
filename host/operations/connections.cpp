// connect_database, disconnect_database, list_connections.
#include <algorithm>

#include "base/text.hpp"
#include "driver/options.hpp"
#include "operations/bounds.hpp"
#include "operations/context.hpp"

namespace dbmux {

namespace {

constexpr std::string_view kOrigin = "connect_database";
constexpr std::size_t kMostAtRunTime = 32;

bool opened_at_run_time(const Connection& c) { return c.profile().origin.file == kOrigin; }

std::string_view access_word(const Connection& c) { return to_string(c.profile().access); }

void flatten(std::vector<Option>& out, const std::string& prefix, const JsonValue& object) {
  for (const auto& m : object.GetObject()) {
    const auto path = prefix + std::string(view(m.name));
    if (m.value.IsObject()) {
      flatten(out, path + ".", m.value);
      continue;
    }
    Option option;
    option.path = path;
    option.value.mark.file = kOrigin;
    auto& data = option.value.data;
    if (m.value.IsBool())
      data = m.value.GetBool();
    else if (m.value.IsInt64())
      data = m.value.GetInt64();
    else if (m.value.IsNumber())
      data = m.value.GetDouble();
    else if (m.value.IsString())
      data = std::string(view(m.value));
    if (m.value.IsNull()) continue;
    option.value.scalar = m.value.IsString() ? std::string(view(m.value)) : to_json(m.value);
    out.push_back(std::move(option));
  }
}

bool is_name(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.';
  });
}

Result<ConnectionProfile> profile_from(Request& request) {
  const auto& a = request.arguments;
  ConnectionProfile p = request.context.profile.connection_defaults;
  p.description.clear();
  p.name = a.text("connectionId");
  p.plugin = a.text("type");
  p.origin.file = kOrigin;
  if (!is_name(p.name))
    return fail(Category::invalid, "connectionId must be 1 to 64 letters, digits, '-', '_' or '.'");
  const auto& allowed = request.context.profile.runtime_connections;
  const auto bounds = allowed.find(p.plugin);
  if (bounds == allowed.end()) {
    std::vector<std::string> kinds;
    for (const auto& [plugin, unused] : allowed) kinds.push_back(plugin);
    return fail(Category::denied,
                kinds.empty() ? "This profile opens no connections at run time."
                              : "This profile does not open '" + p.plugin +
                                    "' at run time; it opens: " + joined(kinds, ", ") + ".",
                "Tell the person which database was wanted; the operator decides.");
  }
  p.access = bounds->second.access;
  if (const auto* config = a.get("config")) flatten(p.options, "", *config);
  auto descriptor = request.context.registry.plugins().descriptor(p.plugin);
  if (!descriptor) return fail(descriptor.error());
  auto checked = check_options(p, *descriptor);
  if (!checked) return fail(checked.error());
  auto followed = within_bounds(checked->params, *descriptor, bounds->second);
  if (!followed) return fail(std::move(followed.error()));
  for (auto& option : p.options)
    for (const auto& [given, path] : *followed)
      if (option.value.scalar == given) {
        option.value.scalar = path;
        option.value.data = path;
      }
  return p;
}

}  // namespace

Result<void> connect_database(Request& request) {
  request.record.statement = "connect " + std::string(request.arguments.text("connectionId"));
  auto profile = profile_from(request);
  if (!profile) return fail(profile.error());
  auto& registry = request.context.registry;
  const auto open = registry.all();
  if (static_cast<std::size_t>(std::count_if(
          open.begin(), open.end(), [](const auto& c) { return opened_at_run_time(*c); })) >= kMostAtRunTime)
    return fail(Category::resource, "There are " + std::to_string(kMostAtRunTime) +
                                        " connections opened at run time already; disconnect one first.");
  auto added = registry.add(std::move(*profile));
  if (!added) return fail(added.error());
  request.connection = *added;
  request.record.connection = (*added)->name();
  request.call.set_deadline(std::min(request.call.deadline(), Clock::now() + (*added)->profile().timeout));
  auto tried = with_session(request.call, **added, !(*added)->writable(),
                            [&](Lease& lease) { return lease.conn().ping(request.call); });
  if (!tried) {
    static_cast<void>(registry.remove((*added)->name()));
    return fail(std::move(tried.error()));
  }
  tell_resources_changed(request.context);
  const auto& p = (*added)->profile();
  if (request.shape == Shape::array) {
    request.answer.text("Successfully connected to " + p.plugin + " database with ID \"" + p.name + "\"");
    return {};
  }
  request.answer.text("{\"connectionId\":" + json_quote(p.name) + ",\"plugin\":" + json_quote(p.plugin) +
                      ",\"access\":" + json_quote(access_word(**added)) + "}");
  return {};
}

Result<void> disconnect_database(Request& request) {
  const std::string id(request.arguments.text("connectionId"));
  request.record.statement = "disconnect " + id;
  auto found = request.context.registry.find(id);
  if (!found) return fail(found.error());
  if (!opened_at_run_time(**found))
    return fail(Category::denied, "'" + id +
                                      "' belongs to the profile and stays; only connections opened with "
                                      "connect_database can be disconnected.");
  if (auto removed = request.context.registry.remove(id); !removed) return fail(removed.error());
  tell_resources_changed(request.context);
  if (request.shape == Shape::array)
    request.answer.text("Successfully disconnected from database with ID \"" + id + "\"");
  else
    request.answer.text("{\"connectionId\":" + json_quote(id) + ",\"state\":\"disconnected\"}");
  return {};
}

Result<void> list_connections(Request& request) {
  request.record.statement = "list connections";
  auto& registry = request.context.registry;
  const auto default_name = registry.default_name();
  ListAnswer list(Limits{});
  for (const auto& c : registry.all()) {
    const auto& p = c->profile();
    std::string item = "{";
    add_member(item, "id", json_quote(p.name));
    add_member(item, "plugin", json_quote(p.plugin));
    add_text_member(item, "description", p.description);
    add_member(item, "access", json_quote(access_word(*c)));
    add_member(item, "state", json_quote(c->state()));
    add_member(item, "origin", json_quote(p.origin.text()));
    if (p.name == default_name) add_member(item, "default", "true");
    if (!list.add(item + "}")) break;
  }
  request.answer.text("{\"connections\":[" + list.items() + "]" + (list.cut() ? list.facts("") : "") + "}");
  return {};
}

}  // namespace dbmux
