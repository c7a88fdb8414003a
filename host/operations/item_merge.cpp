// Items of several connections under the names that clients see.
#include <algorithm>

#include "observe/log.hpp"
#include "operations/faces.hpp"
#include "operations/item_listing.hpp"
#include "operations/prompts.hpp"

namespace dbmux {

template <class Description>
std::vector<std::string> Offers<Description>::connections() const {
  std::vector<std::string> names;
  for (const auto& offer : on) names.push_back(offer.on->connection->name());
  return names;
}

template <class Description>
const Offer<Description>* Offers<Description>::find(std::string_view connection,
                                                    std::string_view default_name) const {
  const auto named = [&](std::string_view name) -> const Offer<Description>* {
    const auto at = std::find_if(on.begin(), on.end(),
                                 [&](const auto& offer) { return offer.on->connection->name() == name; });
    return at == on.end() ? nullptr : &*at;
  };
  if (!connection.empty()) return named(connection);
  const auto* usual = named(default_name);
  return usual ? usual : &on.front();
}

template struct Offers<ItemTool>;
template struct Offers<ItemPrompt>;

namespace {

constexpr std::size_t kEnumTo = 12;  // connections; beyond that connectionId is any text

// The schema with the host's connectionId among its properties.
std::string with_connections(const std::string& schema, const std::vector<std::string>& names) {
  auto document = parse_json(schema);
  if (!document) return schema;
  auto& memory = document->GetAllocator();
  const auto text = [&](std::string_view s) {
    return JsonValue(s.data(), static_cast<rapidjson::SizeType>(s.size()), memory);
  };
  JsonValue argument(rapidjson::kObjectType);
  argument.AddMember("type", "string", memory);
  if (names.size() <= kEnumTo) {
    JsonValue all(rapidjson::kArrayType);
    for (const auto& name : names) all.PushBack(text(name), memory);
    argument.AddMember("enum", all, memory);
  }
  if (!document->HasMember("properties"))
    document->AddMember("properties", JsonValue(rapidjson::kObjectType), memory);
  auto& properties = (*document)["properties"];
  if (!properties.IsObject()) return schema;
  properties.RemoveMember("connectionId");
  properties.AddMember("connectionId", argument, memory);
  return to_json(*document);
}

class Merger {
 public:
  Merger(const Context& context, bool warn)
      : tools_(context.profile.tools), own_(context.profile.operator_tools), warn_(warn) {}

  std::shared_ptr<const ItemListing> run(std::vector<std::shared_ptr<const DescribedSource>> sources) {
    made_->sources = std::move(sources);
    for (const auto& source : made_->sources) add(source);
    finish();
    return std::move(made_);
  }

 private:
  using Described = std::shared_ptr<const DescribedSource>;

  std::string name_of(const Described& source, const std::string& name) const {
    return tools_.prefix ? source->connection->profile().plugin + "_" + name : name;
  }

  void say(const Described& source, const std::string& name, std::string_view why) const {
    if (warn_)
      log(Level::warning, "an item of a plugin is hidden",
          {{"connection", source->connection->name()}, {"item", name}, {"error", why}});
  }

  // The offers of that name, if they are of the same plugin, or new; names: where new ones are noted.
  template <class Description>
  void offer(std::map<std::string, Offers<Description>, std::less<>>& all, std::vector<std::string>& names,
             const Described& source, const Description& item, const std::string& own_name) {
    const auto name = name_of(source, own_name);
    if (!is_item_name(name)) return say(source, name, "its name is too long");
    const auto [at, is_new] = all.try_emplace(name);
    if (is_new) names.push_back(name);
    auto& on = at->second.on;
    if (!on.empty() && on.front().on->connection->profile().plugin != source->connection->profile().plugin)
      return say(source, name, "another plugin offers one of this name");
    on.push_back({source, &item});
  }

  void add(const Described& source) {
    for (const auto& t : source->items.tools) {
      const auto name = name_of(source, t.name);
      if (find_face(name)) {
        say(source, t.name, "dbmux has a tool of this name");
        continue;
      }
      if (operator_has(name)) say(source, t.name, "the profile has a tool of this name");
      offer(made_->tools, tool_names_, source, t, t.name);  // seen again should the profile's go
    }
    for (const auto& p : source->items.prompts) {
      if (find_prompt(name_of(source, p.entry.name)))
        say(source, p.entry.name, "dbmux has a prompt of this name");
      else
        offer(made_->prompts, prompt_names_, source, p, p.entry.name);
    }
    for (const auto& r : source->items.resources) {
      const auto [at, is_new] = made_->resources.try_emplace(r.entry.uri, Offer<ItemResource>{source, &r});
      if (is_new)
        made_->resource_entries.push_back(r.entry);
      else
        say(source, r.entry.uri, taken_by(*at->second.on));
    }
    for (const auto& t : source->items.templates) {
      const auto same = std::find_if(made_->templates.begin(), made_->templates.end(),
                                     [&](const auto& other) { return other.item->entry.uri == t.entry.uri; });
      if (same != made_->templates.end()) {
        say(source, t.entry.uri, taken_by(*same->on));
        continue;
      }
      made_->template_entries.push_back(t.entry);
      made_->templates.push_back({source, &t});
    }
  }

  static std::string taken_by(const DescribedSource& other) {
    return "the connection '" + other.connection->name() + "' offers one of this address";
  }

  bool operator_has(const std::string& name) const {
    return std::any_of(own_.begin(), own_.end(), [&](const OperatorTool& t) { return t.name == name; });
  }

  bool listed(const std::string& name) const {
    if (tools_.kind == ToolList::Kind::two) return false;
    return tools_.kind != ToolList::Kind::named ||
           std::find(tools_.names.begin(), tools_.names.end(), name) != tools_.names.end();
  }

  // A tool that writes is shown where it may: as one that cannot be called it would only cost tokens.
  static bool may_run(const Offer<ItemTool>& offer) {
    return !offer.item->writes || offer.on->connection->profile().access == Access::read_write;
  }

  void finish() {
    auto faces = std::make_shared<std::vector<Face>>();
    for (const auto& name : tool_names_) {
      auto& offers = made_->tools.find(name)->second;
      offers.argument = offers.on.size() > 1;
      const auto shown = std::find_if(offers.on.begin(), offers.on.end(), may_run);
      if (shown == offers.on.end()) continue;
      Face face = shown->item->face;
      face.name = name;
      face.listed = listed(name);
      std::vector<std::string> connections;
      for (const auto& offer : offers.on)
        if (may_run(offer)) connections.push_back(offer.on->connection->name());
      if (offers.argument) face.input_schema = with_connections(face.input_schema, connections);
      faces->push_back(std::move(face));
    }
    made_->faces = std::move(faces);
    for (const auto& name : prompt_names_) {
      auto& offers = made_->prompts.find(name)->second;
      offers.argument = offers.on.size() > 1;
      PromptEntry entry = offers.on.front().item->entry;
      entry.name = name;
      if (offers.argument) entry.arguments.push_back({"connectionId", "the connection", false});
      made_->prompt_entries.push_back(std::move(entry));
    }
  }

  const ToolList& tools_;
  const std::vector<OperatorTool>& own_;
  const bool warn_;
  std::shared_ptr<ItemListing> made_ = std::make_shared<ItemListing>();
  std::vector<std::string> tool_names_, prompt_names_;
};

}  // namespace

std::shared_ptr<const ItemListing> merge_items(const Context& context,
                                               std::vector<std::shared_ptr<const DescribedSource>> sources,
                                               bool warn) {
  return Merger(context, warn).run(std::move(sources));
}

}  // namespace dbmux
