#include "operations/result_handles.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace dbmux {

namespace {

constexpr std::string_view kScheme = "dbmux://result/";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 20;  // of one reading, which is made in memory

struct FormatRow {
  std::string_view name;
  Format format;
  std::string_view mime_type;
};
constexpr FormatRow kFormats[] = {{"csv", Format::csv, "text/csv"},
                                  {"json", Format::objects, "application/json"},
                                  {"ndjson", Format::ndjson, "application/x-ndjson"}};

struct ResultAddress {
  std::string_view name;
  FormatRow format = kFormats[0];
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit;
};

std::optional<std::int64_t> count_of(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

Result<void> take_part(ResultAddress& a, std::string_view key, std::string_view value) {
  if (key == "format")
    for (const auto& row : kFormats)
      if (row.name == value) {
        a.format = row;
        return {};
      }
  const auto n = count_of(value);
  if (key == "offset" && n) {
    a.offset = *n;
    return {};
  }
  if (key == "limit" && n && *n > 0) {
    a.limit = *n;
    return {};
  }
  return fail(Category::invalid,
              "'" + std::string(key) + "=" + std::string(value) +
                  "' is not understood; a result takes format=csv, json or ndjson, offset=N "
                  "and limit=N.");
}

Result<ResultAddress> parse(std::string_view uri) {
  uri.remove_prefix(kScheme.size());
  const auto mark = uri.find('?');
  ResultAddress address;
  address.name = uri.substr(0, mark);
  auto rest = mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(part.find('='), part.size());
    const auto value = part.substr(std::min(equals + 1, part.size()));
    if (auto taken = take_part(address, part.substr(0, equals), value); !taken) return fail(taken.error());
  }
  return address;
}

Result<std::shared_ptr<const Continuation>> whole_result(Context& context, const Principal& principal,
                                                         std::string_view name) {
  auto found = context.continuations.find(principal, name);
  const auto* kept = found ? std::get_if<KeptRows>(&(*found)->what) : nullptr;
  if (!kept)
    return fail(Category::not_found, "the result '" + std::string(name) + "' is unknown or has expired",
                "Run the query again.");
  if (kept->spool->first() > 0)
    return fail(Category::not_found,
                "the first rows of '" + std::string(name) + "' were delivered and not kept",
                "Run the query again with keep: true.");
  return found;
}

RowLimits reading_limits(const Continuation& c, const ResultAddress& a) {
  auto limits = c.limits;
  limits.rows = a.limit.value_or(c.most_rows);
  if (c.most_rows > 0) limits.rows = std::min(limits.rows, c.most_rows);
  limits.bytes = limits.bytes > 0 ? std::min(limits.bytes, kMostBytes) : kMostBytes;
  return limits;
}

std::string content_json(std::string_view uri, std::string_view mime_type, std::string_view escaped) {
  return "{\"uri\":" + json_quote(uri) + ",\"mimeType\":\"" + std::string(mime_type) + "\",\"text\":\"" +
         std::string(escaped) + "\"}";
}

// The part behind the rows: why there are no more, and where they are.
std::string facts_json(const ResultAddress& a, const KeptRows& kept, const Written& written,
                       const RowLimits& limits) {
  const auto next = a.offset + written.rows;
  const bool cut = written.cut != RowWriter::Cut::none;
  CutFacts facts;
  facts.row_count = written.rows;
  facts.truncated = cut || !kept.complete;
  facts.why = cut ? why_cut(written.cut, limits) : "the kept rows end here";
  facts.written = &written;
  if (kept.complete) facts.total = kept.spool->end();
  std::string json;
  append_facts(json, facts);
  if (cut) {
    auto uri = result_uri(a.name) + "?offset=" + std::to_string(next);
    if (a.format.name != kFormats[0].name) uri += "&format=" + std::string(a.format.name);
    json += ",\"next\":" + json_quote(uri);
  }
  return "{" + json.substr(1) + "}";
}

Result<void> write_result(Context& context, Call& call, std::string_view uri, Answer& answer) {
  auto address = parse(uri);
  if (!address) return fail(address.error());
  auto found = whole_result(context, call.principal(), address->name);
  if (!found) return fail(found.error());
  const auto& kept = std::get<KeptRows>((*found)->what);
  if (address->offset > kept.spool->end())
    return fail(Category::invalid, "offset " + std::to_string(address->offset) +
                                       " lies behind the last row that was kept, " +
                                       std::to_string(kept.spool->end()));
  const auto limits = reading_limits(**found, *address);
  Output rows;
  const auto source = kept.spool->from(address->offset);
  auto written = write_rows(call, *source, rows, {address->format.format, Depth::in_string, limits}, nullptr);
  if (!written) return fail(written.error());
  answer.content({"text", content_json(uri, address->format.mime_type, rows.take_string())});
  const bool cut = written->cut != RowWriter::Cut::none || !kept.complete;
  if (cut || !written->clipped.empty() || written->broken_cells > 0) {
    Output facts;
    append_escaped(facts, Depth::in_string, facts_json(*address, kept, *written, limits));
    answer.content(
        {"text", content_json(result_uri(address->name), "application/json", facts.take_string())});
  }
  return {};
}

std::string names_of(const std::vector<NamedRows>& results) {
  constexpr std::size_t kMost = 10;  // the last ones
  std::string names;
  for (std::size_t i = results.size() - std::min(results.size(), kMost); i < results.size(); ++i)
    names += (names.empty() ? "" : ", ") + results[i].name + " of " + results[i].rows.connection;
  return names;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string result_uri(std::string_view name) { return std::string(kScheme) + std::string(name); }

Result<std::shared_ptr<Connection>> connection_named(Context& context, const Principal& principal,
                                                     std::string_view name) {
  auto connection = context.registry.find(name);
  if (connection || name != kResultsName || context.one_shot) return connection;
  return context.results.connection(context.registry, principal, context.profile.connection_defaults);
}

Result<void> prepare_results(Request& request) {
  auto& context = request.context;
  if (request.connection->name() != kResultsName || context.registry.find(kResultsName)) return {};
  const auto living = context.continuations.results(request.call.principal());
  if (living.empty())
    return fail(Category::not_found, "No result is kept.",
                "Call execute_query with keep: true first; its answer names the table.");
  const auto text = lower(std::string(request.arguments.text("query")) + " " +
                          std::string(request.arguments.text("table_name")));
  std::vector<NamedRows> wanted;
  for (const auto& result : living)
    if (text == " " || text.find(result.name) != std::string::npos) {
      static_cast<void>(context.continuations.find(request.call.principal(), result.name));  // it is used
      wanted.push_back(result);
    }
  if (wanted.empty())
    return fail(Category::not_found,
                "Nothing here names a kept result; those that are not listed have expired.",
                "Kept are " + names_of(living) + ".");
  return context.results.load(request.call, wanted, living);
}

bool is_result_uri(std::string_view uri) { return uri.starts_with(kScheme); }

Outcome read_result(Context& context, Call& call, std::string_view uri, Answer& answer) {
  const auto done = write_result(context, call, uri, answer);
  if (done) return Outcome::ok;
  answer.take_back();
  answer.text(error_document(done.error()));
  return Outcome::error;
}

std::vector<ResourceEntry> kept_results(Context& context, const Principal& principal) {
  std::vector<ResourceEntry> entries;
  for (const auto& [name, rows] : context.continuations.results(principal)) {
    if (!rows.on_request) continue;
    const auto count = thousands(rows.spool->rows()) + (rows.spool->rows() == 1 ? " row" : " rows");
    entries.push_back({result_uri(name), "result " + name,
                       count + " of " + rows.connection + (rows.complete ? "" : ", not all"), "text/csv"});
  }
  return entries;
}

ResourceEntry result_template() {
  return {std::string(kScheme) + "{name}{?format,offset,limit}", "kept-result",
          "Rows of a kept result, as CSV, JSON or NDJSON", "text/csv"};
}

}  // namespace dbmux
