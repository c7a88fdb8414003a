#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/host.hpp"
#include "cli/table.hpp"

namespace dbmux {

namespace {

// Text is text; only lists and objects are read as JSON.
void add_argument(JsonDocument& document, const std::string& key, const std::string& text) {
  auto& memory = document.GetAllocator();
  JsonValue name(key.data(), static_cast<rapidjson::SizeType>(key.size()), memory);
  JsonValue value;
  const bool structured = text.starts_with('[') || text.starts_with('{');
  auto parsed = structured ? parse_json(text) : Result<JsonDocument>(fail(Category::invalid, {}));
  if (parsed)
    value.CopyFrom(*parsed, memory);
  else if (text == "true" || text == "false")
    value.SetBool(text == "true");
  else
    value.SetString(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory);
  document.AddMember(name, value, memory);
}

Category category_of(std::string_view error_text) {
  auto document = parse_json(error_text);
  const auto* error = document ? member(*document, "error") : nullptr;
  const auto* name = error ? member(*error, "category") : nullptr;
  if (!name || !name->IsString()) return Category::internal;
  for (int i = 0; i <= static_cast<int>(Category::plugin); ++i)
    if (to_string(static_cast<Category>(i)) == view(*name)) return static_cast<Category>(i);
  return Category::internal;
}

// Entries of a list answer, one a line.
std::string lines_of(const std::string& text) {
  auto document = parse_json(text);
  if (document && document->IsObject())
    for (const auto& m : document->GetObject())
      if (m.value.IsArray()) {
        std::string lines;
        for (const auto& item : m.value.GetArray()) lines += to_json(item) + "\n";
        return lines;
      }
  return text + "\n";
}

// A query asks its own rows in the wanted format; what else answers is one document.
bool has_format(std::string_view tool) { return tool == "execute_query"; }

// What a tool of a plugin answers beside its first text: texts as they are, anything else as its JSON.
int print_contents(const Answer& answer) {
  for (const auto& content : answer.contents()) {
    const auto document =
        content.type == "text" ? parse_json(content.json) : Result<JsonDocument>(JsonDocument());
    const auto* text = document ? member(*document, "text") : nullptr;
    std::printf("%s\n", text && text->IsString() ? text->GetString() : content.json.c_str());
  }
  if (!answer.has_text() && answer.contents().empty() && !answer.structured().empty())
    std::printf("%s\n", answer.structured().c_str());
  return std::fflush(stdout) == 0 ? kOk : kFailed;
}

int print(Output& out, const Answer& answer, std::string_view format, bool query) {
  for (const auto& block : answer.blocks()) std::fprintf(stderr, "%s\n", block.c_str());
  if (!answer.contents().empty() || !answer.structured().empty()) {
    if (answer.has_text()) out.append('\n');
    const bool written = !answer.has_text() || out.write_to(STDOUT_FILENO);
    return written ? print_contents(answer) : kFailed;
  }
  if (format == "table") {
    const auto table = as_table(out.take_string());
    return std::fwrite(table.data(), 1, table.size(), stdout) == table.size() ? kOk : kFailed;
  }
  if (format == "ndjson" && !query) {
    const auto lines = lines_of(out.take_string());
    return std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size() ? kOk : kFailed;
  }
  if (format == "json" || !query) out.append('\n');
  return out.write_to(STDOUT_FILENO) ? kOk : kFailed;
}

}  // namespace

int call(const CommandLine& line) {
  const auto host = Host::assemble(line, true);
  const std::string format = !line.format.empty() ? line.format : ::isatty(STDOUT_FILENO) ? "table" : "json";
  JsonDocument arguments(rapidjson::kObjectType);
  for (const auto& [key, text] : line.arguments) add_argument(arguments, key, text);
  const bool query = has_format(line.tool);
  const bool streams = query && format == "ndjson";
  if (query && format != "table" && !arguments.HasMember("format")) add_argument(arguments, "format", format);

  Output out = streams ? Output::streaming(STDOUT_FILENO) : Output();
  Answer answer(out, Depth::plain);
  Call request(local_user());
  const auto outcome = host->catalogue().run(request, line.tool, arguments, answer);
  if (outcome == Outcome::unknown) {
    std::vector<std::string> names;
    for (const auto& face : *host->catalogue().faces()) names.push_back(face.name);
    const auto near = nearest(line.tool, names);
    std::fprintf(stderr, "dbmux: there is no tool '%s'%s\n", line.tool.c_str(),
                 near.empty() ? "" : ("; did you mean " + near.front() + "?").c_str());
    return kUsage;
  }
  if (outcome == Outcome::error) {
    static_cast<void>(out.flush());
    const auto text = streams ? answer.blocks().back() : out.take_string();
    std::fprintf(stderr, "%s\n", text.c_str());
    return exit_code(category_of(text));
  }
  if (outcome == Outcome::refused || outcome == Outcome::needs_input) {
    const auto& said = answer.refusal().message;
    std::fprintf(stderr, "dbmux: %s\n", said.empty() ? "this asks a person, through a client" : said.c_str());
    return kRefused;
  }
  if (!streams) return print(out, answer, format, query);
  for (const auto& block : answer.blocks()) std::fprintf(stderr, "%s\n", block.c_str());
  return out.flush() ? kOk : kFailed;
}

}  // namespace dbmux
