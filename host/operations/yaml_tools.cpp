#include "operations/yaml_tools.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "operations/faces.hpp"
#include "operations/tool_arguments.hpp"

namespace dbmux {

namespace {

constexpr std::string_view kReads = R"({"readOnlyHint":true,"openWorldHint":false})";
constexpr std::string_view kWrites = R"({"readOnlyHint":false,"destructiveHint":true,"openWorldHint":false})";

Problem problem(const OperatorTool& tool, std::string message) {
  return {tool.mark, tool.name, std::move(message), Problem::Severity::error};
}

// Which arguments of execute_query and execute_update stand for the tool's own.
constexpr Argument kArguments[] = {{.name = "query"},
                                   {.name = "params", .type = Argument::Type::list},
                                   {.name = "limit", .type = Argument::Type::integer}};

void add_text(JsonDocument& document, const char* key, const std::string& text) {
  auto& memory = document.GetAllocator();
  document.AddMember(rapidjson::StringRef(key),
                     JsonValue(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory), memory);
}

}  // namespace

std::optional<Problem> clash_with_builtin(const OperatorTool& tool) {
  if (!find_face(tool.name)) return std::nullopt;
  return problem(tool, "dbmux itself has a tool '" + tool.name + "'; give yours another name");
}

YamlTools::YamlTools(Context& context) : context_(context), set_(built(context.profile.operator_tools)) {}

std::shared_ptr<const YamlTools::Set> YamlTools::built(std::vector<OperatorTool> tools) const {
  auto set = std::make_shared<Set>();
  const auto& list = context_.profile.tools;
  for (const auto& tool : tools) {
    Face face;
    face.name = tool.name;
    face.description = tool.description;
    face.input_schema = input_schema(tool);
    face.annotations = tool.access == Access::read_only ? kReads : kWrites;
    face.listed = list.kind != ToolList::Kind::named ||
                  std::find(list.names.begin(), list.names.end(), tool.name) != list.names.end();
    set->faces.push_back(std::move(face));
  }
  std::stable_partition(set->faces.begin(), set->faces.end(), [](const Face& f) { return f.listed; });
  set->tools = std::move(tools);
  return set;
}

std::shared_ptr<const YamlTools::Set> YamlTools::current() const {
  const std::lock_guard lock(mutex_);
  return set_;
}

Result<void> YamlTools::replace(std::vector<OperatorTool> tools) {
  for (const auto& tool : tools) {
    if (auto clash = clash_with_builtin(tool)) return fail(clash->error());
    const auto connection = context_.registry.find(tool.connection);
    if (!connection)
      return fail(problem(tool, "its connection '" + tool.connection +
                                    "' is new; connections are read only when dbmux starts")
                      .error());
    if (tool.access > (*connection)->profile().access)
      return fail(problem(tool, "its connection '" + tool.connection +
                                    "' allows less; what it allows is read only when dbmux starts")
                      .error());
  }
  auto made = built(std::move(tools));
  OnChange changed;
  {
    const std::lock_guard lock(mutex_);
    const auto same = [](const Face& a, const Face& b) {
      return std::tie(a.name, a.description, a.input_schema, a.annotations, a.listed) ==
             std::tie(b.name, b.description, b.input_schema, b.annotations, b.listed);
    };
    if (!std::equal(made->faces.begin(), made->faces.end(), set_->faces.begin(), set_->faces.end(), same))
      changed = changed_;
    set_ = std::move(made);
  }
  if (changed) changed(Change::tools, {});
  return {};
}

void YamlTools::on_change(const OnChange& changed) {
  const std::lock_guard lock(mutex_);
  changed_ = changed;
}

std::shared_ptr<const std::vector<Face>> YamlTools::faces() const {
  const auto set = current();
  return {set, &set->faces};
}

Result<void> YamlTools::perform(Call& call, const OperatorTool& tool, const JsonValue& given, Answer& answer,
                                CallRecord& record, bool& asked) {
  if (context_.broken_profile) return fail(*context_.broken_profile);
  JsonDocument document(rapidjson::kObjectType);
  add_text(document, "query", tool.statement);
  auto params = bound_arguments(tool, given, document.GetAllocator());
  if (!params) return fail(params.error());
  if (!params->Empty()) document.AddMember("params", std::move(*params), document.GetAllocator());
  const bool writes = tool.access != Access::read_only;
  if (!writes && tool.limits.rows > 0)
    document.AddMember("limit", JsonValue(tool.limits.rows), document.GetAllocator());
  auto arguments = Arguments::check(tool.name, kArguments, document);
  if (!arguments) return fail(arguments.error());

  auto connection = context_.registry.find(tool.connection);
  if (!connection) return fail(connection.error());
  record.connection = tool.connection;
  set_deadline(call, **connection);
  Request request{context_, call, *arguments, Shape::document, answer, record, *connection, &tool.limits};
  request.confirm = tool.access == Access::confirm;
  auto done = writes ? execute_update(request) : execute_query(request);
  asked = request.asked;
  return done;
}

Outcome YamlTools::run(Call& call, std::string_view face, const JsonValue& arguments, Answer& answer) {
  const auto set = current();
  const auto at = std::find_if(set->tools.begin(), set->tools.end(),
                               [&](const OperatorTool& tool) { return tool.name == face; });
  if (at == set->tools.end()) return Outcome::unknown;
  auto record = begun(call, face);
  bool asked = false;
  const auto done = perform(call, *at, arguments, answer, record, asked);
  if (asked) {
    answer.take_back();
    return Outcome::needs_input;
  }
  return ended(context_, call, std::move(record), done, nullptr, answer);
}

}  // namespace dbmux
