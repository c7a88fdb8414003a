#include "operations/plugin_items.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "operations/item_answers.hpp"
#include "operations/item_run.hpp"
#include "operations/result_handles.hpp"

namespace dbmux {

namespace {

// What the host takes from a tool's arguments, where the tool has none of that name.
constexpr std::array kHostArguments{Argument{.name = "connectionId"},
                                    Argument{.name = "limit", .type = Argument::Type::integer},
                                    Argument{.name = "format", .one_of = "json,objects,csv,markdown"},
                                    Argument{.name = "timeout", .type = Argument::Type::duration}};

struct SplitArguments {
  JsonDocument host{rapidjson::kObjectType}, own{rapidjson::kObjectType};
};

// own is a copy without what went to the host.
template <class IsHosts>
SplitArguments split(const JsonValue& given, IsHosts is_hosts) {
  SplitArguments made;
  if (!given.IsObject()) return made;
  for (const auto& m : given.GetObject()) {
    auto& to = is_hosts(view(m.name)) ? made.host : made.own;
    to.AddMember(JsonValue(m.name, to.GetAllocator()), JsonValue(m.value, to.GetAllocator()),
                 to.GetAllocator());
  }
  return made;
}

Error unknown_connection(std::string_view asked, const std::vector<std::string>& there) {
  Error e = fail(Category::not_found, "connectionId '" + std::string(asked) +
                                          "' has none of this; there are: " + joined(there, ", ") + ".")
                .value();
  e.object = asked;
  e.did_you_mean = nearest(asked, there);
  return e;
}

Error may_not_write(std::string_view face, const Connection& connection) {
  const bool asks = connection.profile().access == Access::confirm;
  Error e =
      fail(Category::read_only,
           "Refused: " + std::string(face) + " changes data, and the connection '" + connection.name() +
               (asks ? "' has a person confirm each statement, which this is not." : "' is read-only.") +
               " Nothing was run.",
           "This cannot be changed from here. Tell the person that a write was needed; the operator "
           "decides.")
          .value();
  e.by.emplace_back("profile");
  return e;
}

// The rows of a tool as a query's: within the limits, in the format, the rest kept for `next`.
class RowsAnswer {
 public:
  RowsAnswer(Context& context, Call& call, const Connection& connection, const Arguments& asked,
             Answer& answer, CallRecord& record)
      : context_(context), call_(call), answer_(answer), record_(record) {
    constexpr std::int64_t kUnlessAsked = 100;
    const auto& limits = connection.profile().limits;
    most_rows_ = limits.rows;
    const auto wanted = asked.integer("limit").value_or(kUnlessAsked);
    limits_.rows = limits.rows > 0 ? std::min(wanted, limits.rows) : wanted;
    limits_.tokens = context.one_shot ? 0 : limits.tokens;
    limits_.bytes = limits.bytes;
    limits_.cell = limits.cell;
    const auto name = asked.text("format");
    format_ = name.empty() || name == "json" ? Format::columnar : *format_named(name);
  }

  Result<void> write(Cursor& cursor, Lease* lease) {
    answer_.take_back();
    if (format_ == Format::columnar) answer_.text("{");
    CursorRows rows(cursor);
    auto spool = std::make_shared<Spool>();
    auto written = write_rows(call_, rows, answer_.out(), {format_, answer_.depth(), limits_},
                              context_.one_shot ? nullptr : spool.get());
    if (!written) return fail(written.error());
    auto summary = cursor.summary();
    if (!summary && written->ended) return fail(summary.error());
    if (lease && summary && summary->session_dirty) lease->dirty();
    if (auto closed = cursor.close(); !closed && closed.error().connection_dead && lease) lease->discard();
    record_.rows = written->rows;
    finish(*written, spool);
    return {};
  }

 private:
  void finish(const Written& written, const std::shared_ptr<Spool>& spool) {
    CutFacts facts;
    facts.row_count = written.rows;
    facts.truncated = written.cut != RowWriter::Cut::none;
    facts.why = why_cut(written.cut, limits_);
    facts.written = &written;
    if (facts.truncated) go_on(written, spool, facts);
    std::string json;
    append_facts(json, facts);
    if (format_ == Format::columnar)
      answer_.text(json + "}");
    else if (facts.truncated || !written.clipped.empty() || written.broken_cells > 0)
      answer_.block("{" + json.substr(1) + "}");
  }

  void go_on(const Written& written, const std::shared_ptr<Spool>& spool, CutFacts& facts) {
    const bool complete = written.ended && !spool->full();
    if (complete) facts.total = std::max(spool->end(), written.rows);
    if (context_.one_shot || spool->end() <= written.rows) {
      facts.hint = "ask for more rows with limit, or for fewer";
      return;
    }
    spool->name_columns(written.columns);
    const KeptRows kept{spool, complete, false, record_.connection};
    const auto name = context_.continuations.keep(call_.principal(), {kept, format_, limits_, most_rows_});
    if (spool->first() == 0) answer_.meta("dbmux/result", json_quote(result_uri(name)));
    facts.next = name + "-" + std::to_string(written.rows);
    facts.hint = "call execute_query with only {\"next\":\"" + facts.next + "\"} within 15 minutes";
  }

  Context& context_;
  Call& call_;
  Answer& answer_;
  CallRecord& record_;
  RowLimits limits_;
  std::int64_t most_rows_ = 0;
  Format format_ = Format::columnar;
};

// What became of a call beside an answer or an error.
struct Ending {
  ItemEnd end;
  bool said_failed = false;  // the answer is the tool's own error
};

struct ToolCall {
  Context& context;
  Call& call;
  std::string_view face;
  const Offers<ItemTool>& offers;
  Answer& answer;
  CallRecord& record;

  Result<Ending> run(const JsonValue& given) {
    if (!given.IsObject()) return fail(Category::invalid, "the arguments of a tool are a JSON object");
    const auto* tool = offers.on.front().item;
    const auto split_off = split(given, [&](std::string_view name) {
      const bool hosts = std::any_of(kHostArguments.begin(), kHostArguments.end(),
                                     [&](const Argument& a) { return a.name == name; });
      return hosts && (!tool->has_property(name) || (name == "connectionId" && offers.argument));
    });
    auto asked = Arguments::check(face, kHostArguments, split_off.host);
    if (!asked) return fail(std::move(asked.error()));
    if (const auto rows = asked->integer("limit"); rows && *rows < 1)
      return fail(Category::invalid, "limit must be at least 1");
    const auto name = asked->text("connectionId");
    const auto* offer = offers.find(name, context.registry.default_name());
    if (!offer) return fail(unknown_connection(name, offers.connections()));
    return run_on(*offer, *asked, split_off.own);
  }

  Result<Ending> run_on(const Offer<ItemTool>& offer, const Arguments& asked, const JsonValue& own) {
    const auto& tool = *offer.item;
    Connection& connection = *offer.on->connection;
    record.connection = connection.name();
    if (tool.writes && connection.profile().access != Access::read_write)
      return fail(may_not_write(face, connection));
    if (const auto fault = tool.schema ? tool.schema->fault(own) : std::nullopt)
      return fail(Category::invalid, "arguments of " + std::string(face) + ": " + *fault);
    ItemCall of{context,     call,        *offer.on,
                Item::tool,  tool.name,   to_json(own),
                tool.leases, tool.writes, asked.duration("timeout"),
                face};
    Ending ending;
    auto end = run_item(of, [&](Invocation& made, Lease* lease) -> Result<void> {
      if (made.outcome == Invocation::Outcome::rows)
        return RowsAnswer(context, call, connection, asked, answer, record).write(*made.cursor, lease);
      auto content = take_content(made, lease);
      if (!content) return fail(std::move(content.error()));
      auto failed = add_blocks(*content, answer);
      if (!failed) return fail(std::move(failed.error()));
      ending.said_failed = *failed;
      return {};
    });
    if (!end) return fail(std::move(end.error()));
    ending.end = std::move(*end);
    return ending;
  }
};

Result<void> check_prompt(const PromptEntry& entry, const JsonValue& given) {
  if (!given.IsObject()) return fail(Category::invalid, "the arguments of a prompt are a JSON object");
  for (const auto& m : given.GetObject()) {
    const auto known = std::any_of(entry.arguments.begin(), entry.arguments.end(),
                                   [&](const auto& a) { return a.name == view(m.name); });
    if (!known)
      return fail(Category::invalid,
                  "argument '" + std::string(view(m.name)) + "' unknown for the prompt " + entry.name);
    if (!m.value.IsString())
      return fail(Category::invalid, "argument '" + std::string(view(m.name)) + "' must be a text");
  }
  for (const auto& a : entry.arguments)
    if (a.required && !member(given, a.name))
      return fail(Category::invalid, "the prompt " + entry.name + " needs the argument '" + a.name + "'");
  return {};
}

std::string variables_json(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string json = "{";
  for (const auto& [name, value] : values) add_text_member(json, name, value);
  return json + "}";
}

struct ResourceAt {
  std::shared_ptr<const DescribedSource> on;
  std::string variables = "{}";
  bool leases = false;
};

std::optional<ResourceAt> find_resource(const ItemListing& listing, std::string_view uri) {
  if (const auto at = listing.resources.find(uri); at != listing.resources.end())
    return ResourceAt{at->second.on, "{}", at->second.item->leases};
  for (const auto& offer : listing.templates)
    if (const auto values = offer.item->uri.match(uri))
      return ResourceAt{offer.on, variables_json(*values), offer.item->leases};
  return std::nullopt;
}

}  // namespace

Outcome PluginItems::run(Call& call, std::string_view face, const JsonValue& given, Answer& answer) {
  const auto listing = lister_.listing();
  const auto at = listing->tools.find(face);
  if (at == listing->tools.end()) return Outcome::unknown;
  auto record = begun(call, face);
  auto done = ToolCall{context_, call, face, at->second, answer, record}.run(given);
  if (!done) return ended(context_, call, std::move(record), fail(std::move(done.error())), nullptr, answer);
  if (done->end.how != ItemEnd::How::answered || done->said_failed) {
    const bool asks = done->end.how == ItemEnd::How::needs_input;
    record.error = asks ? Category::need_input : Category::unsupported;
    record.elapsed_ms = ms_between(call.started(), Clock::now());
    context_.journal.add(std::move(record));
    if (asks) return Outcome::needs_input;
    if (done->said_failed) return Outcome::error;
    answer.refuse(std::move(done->end.refusal));
    return Outcome::refused;
  }
  return ended(context_, call, std::move(record), {}, nullptr, answer);
}

Outcome PluginItems::read(Call& call, std::string_view uri, Answer& answer) {
  const auto listing = lister_.listing();
  const auto at = find_resource(*listing, uri);
  if (!at) return Outcome::unknown;
  auto record = begun(call, "resources/read");
  record.connection = at->on->connection->name();
  record.statement = uri;
  ItemCall of{context_, call, *at->on, Item::resource, uri, at->variables, at->leases};
  bool empty = false;
  auto end = run_item(of, [&](Invocation& made, Lease* lease) -> Result<void> {
    auto content = take_content(made, lease);
    if (!content) return fail(std::move(content.error()));
    empty = content->empty();
    return add_parts(*content, uri, answer);
  });
  if (!end) return ended(context_, call, std::move(record), fail(std::move(end.error())), nullptr, answer);
  if (end->how == ItemEnd::How::needs_input) return Outcome::needs_input;
  if (end->how == ItemEnd::How::refused) {
    answer.refuse(std::move(end->refusal));
    return Outcome::refused;
  }
  if (empty) return Outcome::unknown;
  return ended(context_, call, std::move(record), {}, nullptr, answer);
}

Outcome PluginItems::prompt(Call& call, std::string_view name, const JsonValue& given, PromptAnswer& answer) {
  const auto listing = lister_.listing();
  const auto at = listing->prompts.find(name);
  if (at == listing->prompts.end()) return Outcome::unknown;
  const auto entry = std::find_if(listing->prompt_entries.begin(), listing->prompt_entries.end(),
                                  [&](const PromptEntry& e) { return e.name == name; });
  const auto failed = [&](Error error) {
    answer.error = std::move(error);
    return Outcome::error;
  };
  if (auto fits = check_prompt(*entry, given); !fits) return failed(std::move(fits.error()));
  const auto split_off =
      split(given, [&](std::string_view n) { return at->second.argument && n == "connectionId"; });
  const auto* asked = member(split_off.host, "connectionId");
  const auto connection = asked ? view(*asked) : std::string_view();
  const auto* offer = at->second.find(connection, context_.registry.default_name());
  if (!offer) return failed(unknown_connection(connection, at->second.connections()));
  answer.description = entry->description;
  const auto& item = *offer->item;
  ItemCall of{context_, call, *offer->on, Item::prompt, item.entry.name, to_json(split_off.own), item.leases};
  auto end = run_item(of, [&](Invocation& made, Lease* lease) -> Result<void> {
    answer.messages.clear();
    auto content = take_content(made, lease);
    if (!content) return fail(std::move(content.error()));
    return add_messages(*content, answer);
  });
  if (!end) return failed(std::move(end.error()));
  if (end->how == ItemEnd::How::needs_input) return Outcome::needs_input;
  if (end->how == ItemEnd::How::refused) {
    answer.refusal = std::move(end->refusal);
    return Outcome::refused;
  }
  return Outcome::ok;
}

namespace {

// What is completed, where, and under which name the plugin knows it.
struct CompletedItem {
  std::shared_ptr<const DescribedSource> on;
  std::string name;
  bool leases = false, known_argument = false;
};

std::optional<CompletedItem> find_completed(const ItemListing& listing, const CompletionRequest& request,
                                            std::string_view default_name) {
  if (request.prompt) {
    const auto at = listing.prompts.find(request.of);
    if (at == listing.prompts.end()) return std::nullopt;
    const auto* asked = request.context ? member(*request.context, "connectionId") : nullptr;
    const auto* offer = at->second.find(asked && asked->IsString() ? view(*asked) : "", default_name);
    if (!offer) return std::nullopt;
    const auto& arguments = offer->item->entry.arguments;
    const bool known = std::any_of(arguments.begin(), arguments.end(),
                                   [&](const auto& a) { return a.name == request.argument; });
    return CompletedItem{offer->on, offer->item->entry.name, offer->item->leases, known};
  }
  for (const auto& offer : listing.templates)
    if (offer.item->entry.uri == request.of) {
      const auto& names = offer.item->uri.variables();
      return CompletedItem{offer.on, offer.item->entry.uri, offer.item->leases,
                           std::find(names.begin(), names.end(), request.argument) != names.end()};
    }
  return std::nullopt;
}

std::string completion_json(const CompletionRequest& request) {
  std::string json = "{";
  add_text_member(json, "ref", request.prompt ? "prompt" : "resource");
  add_text_member(json, "argument", request.argument);
  add_member(json, "value", json_quote(request.value));
  add_member(json, "context",
             request.context && request.context->IsObject() ? to_json(*request.context) : "{}");
  return json + "}";
}

}  // namespace

Outcome PluginItems::complete(Call& call, const CompletionRequest& request, Completion& completion) {
  const auto listing = lister_.listing();
  if (request.prompt && request.argument == "connectionId")
    if (const auto at = listing->prompts.find(request.of);
        at != listing->prompts.end() && at->second.argument) {
      for (auto& name : at->second.connections())
        if (name.starts_with(request.value)) completion.values.push_back(std::move(name));
      return Outcome::ok;
    }
  const auto at = find_completed(*listing, request, context_.registry.default_name());
  if (!at || !at->known_argument) return Outcome::unknown;
  ItemCall of{context_, call, *at->on, Item::completion, at->name, completion_json(request), at->leases};
  const auto end = run_item(of, [&](Invocation& made, Lease* lease) -> Result<void> {
    completion = {};
    auto content = take_content(made, lease);
    if (!content) return fail(std::move(content.error()));
    add_values(*content, completion);
    return {};
  });
  return end && end->how == ItemEnd::How::answered ? Outcome::ok : Outcome::error;
}

}  // namespace dbmux
