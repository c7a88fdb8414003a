#include "profile/tools.hpp"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "profile/load.hpp"
#include "profile/scalar.hpp"
#include "profile/variables.hpp"

namespace dbmux {
namespace {

using Type = ToolParameter::Type;

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool blank(const Node* node) {
  return node == nullptr || (!node->missing && node->text.find_first_not_of(" \t\n") == std::string::npos);
}

Type type_named(std::string_view name) {
  return name == "integer"   ? Type::integer
         : name == "number"  ? Type::number
         : name == "boolean" ? Type::boolean
                             : Type::text;
}

std::string_view in_words(Type type) {
  static constexpr std::string_view kWords[] = {"a string", "an integer", "a number", "true or false"};
  return kWords[static_cast<std::size_t>(type)];
}

// A scalar as a value of the parameter's type; nullopt: it is none.
std::optional<Value> typed_value(const Node& node, Type type, const std::string& file) {
  if (node.kind != Node::Kind::scalar) return std::nullopt;
  Value value;
  value.mark = {file, node.line, node.column};
  value.scalar = node.text;
  value.data = node.text;
  if (type == Type::text) return value;
  if (!node.plain) return std::nullopt;
  if (const auto flag = as_boolean(node.text); flag && type == Type::boolean)
    value.data = *flag;
  else if (const auto integer = as_integer(node.text); integer && type != Type::boolean)
    value.data = *integer;
  else if (const auto number = as_number(node.text); number && type == Type::number)
    value.data = *number;
  else
    return std::nullopt;
  return value;
}

double size_of(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  return static_cast<double>(utf8_length(value.scalar));
}

// Says what is wrong with one entry of a list, with its place and its path in the profile.
class EntryReader {
 protected:
  EntryReader(std::string path, const std::string& file, std::vector<Problem>& problems)
      : path_(std::move(path)), file_(file), problems_(problems) {}

  void add(const Node& node, std::string_view key, std::string message) {
    problems_.push_back({{file_, node.line, node.column},
                         path_ + std::string(key),
                         std::move(message),
                         Problem::Severity::error});
  }

  const std::string path_;
  const std::string& file_;
  std::vector<Problem>& problems_;
};

class ParameterReader : EntryReader {
 public:
  ParameterReader(const Node& node, std::string path, const std::string& file, std::vector<Problem>& problems)
      : EntryReader(std::move(path), file, problems),
        section_{node, find_key(tool_keys(), "parameters")->keys} {}

  ToolParameter run() {
    const Node* name = section_.get("name");
    if (name == nullptr) {
      add(section_.map, {}, "'name' is missing");
    } else if (!name->missing) {
      parameter_.name = name->text;
      if (!is_tool_name(name->text))
        add(*name, ".name", "a name is made of letters, digits, '_' and '-', at most 64");
    }
    if (const Node* type = section_.get("type")) parameter_.type = type_named(type->text);
    if (const Node* text = section_.get("description")) parameter_.description = text->text;
    if (const Node* required = section_.get("required"))
      parameter_.required = as_boolean(required->text).value_or(false);
    bounds();
    values();
    return std::move(parameter_);
  }

 private:
  void bounds() {
    const Node* min = section_.get("min");
    const Node* max = section_.get("max");
    if (min != nullptr) parameter_.min = as_number(min->text);
    if (max != nullptr) parameter_.max = as_number(max->text);
    if (parameter_.type == Type::boolean && (min != nullptr || max != nullptr))
      add(min != nullptr ? *min : *max, min != nullptr ? ".min" : ".max", "a boolean has no bounds");
    if (parameter_.min && parameter_.max && *parameter_.min > *parameter_.max)
      add(*min, ".min", "more than max, " + max->text);
  }

  void values() {
    if (const Node* allowed = section_.get("enum")) {
      if (allowed->kind == Node::Kind::scalar) one_of(*allowed);
      for (const Node& item : allowed->items) one_of(item);
    }
    const Node* initial = section_.get("default");
    if (initial == nullptr || initial->missing) return;
    parameter_.initial = checked(*initial, ".default");
    if (parameter_.required) add(*initial, ".default", "a parameter that is required needs no default");
    if (!parameter_.initial || parameter_.one_of.empty()) return;
    const bool words = parameter_.type == Type::text || parameter_.type == Type::boolean;
    const auto same = [&](const Value& value) {
      return words ? value.scalar == parameter_.initial->scalar
                   : size_of(value) == size_of(*parameter_.initial);
    };
    if (std::none_of(parameter_.one_of.begin(), parameter_.one_of.end(), same))
      add(*initial, ".default", "'" + initial->text + "' is not in enum");
  }

  void one_of(const Node& item) {
    if (item.missing) return;
    if (auto value = checked(item, ".enum")) parameter_.one_of.push_back(std::move(*value));
  }

  std::optional<Value> checked(const Node& node, std::string_view key) {
    auto value = typed_value(node, parameter_.type, file_);
    if (!value) {
      add(node, key,
          "expected " + std::string(in_words(parameter_.type)) + ", the type of the parameter" +
              (node.kind == Node::Kind::scalar ? ", not '" + node.text + "'" : ""));
    } else if (parameter_.type != Type::boolean && ((parameter_.min && size_of(*value) < *parameter_.min) ||
                                                    (parameter_.max && size_of(*value) > *parameter_.max))) {
      add(node, key, "'" + node.text + "' is not within min and max");
    }
    return value;
  }

  const Section section_;
  ToolParameter parameter_;
};

// What only one tool can tell.
class OneTool : EntryReader {
 public:
  OneTool(const Node& node, const std::string& path, const std::string& file, const Profile& profile,
          const std::vector<std::string>& known, std::vector<Problem>& problems)
      : EntryReader(path, file, problems), section_{node, tool_keys()}, profile_(profile), known_(known) {}

  OperatorTool run() {
    tool_.mark = {file_, section_.map.line, section_.map.column};
    name();
    for (const std::string_view key : {"description", "statement"})
      if (const Node* node = section_.get(key); blank(node))
        add(node == nullptr ? section_.map : *node, node == nullptr ? "" : "." + std::string(key),
            "'" + std::string(key) + "' is missing" +
                (key == "description" ? ": what the tool does; assistants read it" : ""));
      else
        (key == "statement" ? tool_.statement : tool_.description) = node->text;
    parameters();
    connection();
    return std::move(tool_);
  }
  bool offered() const { return offered_; }

 private:
  void name() {
    const Node* name = section_.get("name");
    if (name == nullptr) return add(section_.map, {}, "'name' is missing");
    if (name->missing) return;
    tool_.name = name->text;
    if (!is_tool_name(tool_.name))
      return add(*name, ".name", "a name is made of letters, digits, '_' and '-', at most 64");
    for (const OperatorTool& other : profile_.operator_tools)
      if (other.name == tool_.name)
        add(*name, ".name", "there is a tool '" + tool_.name + "' already, in " + other.mark.text());
  }

  void parameters() {
    const Node* list = section_.get("parameters");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const Node& item = list->items[i];
      if (item.kind != Node::Kind::map) continue;
      const std::string path = path_ + ".parameters[" + std::to_string(i) + "]";
      auto parameter = ParameterReader(item, path, file_, problems_).run();
      for (const ToolParameter& other : tool_.parameters)
        if (!other.name.empty() && other.name == parameter.name)
          problems_.push_back({{file_, item.line, item.column},
                               path,
                               "there is a parameter '" + other.name + "' already",
                               Problem::Severity::error});
      tool_.parameters.push_back(std::move(parameter));
    }
  }

  void connection() {
    const Node* named = section_.get("connection");
    if (named != nullptr && named->missing) return;
    tool_.connection = named != nullptr ? named->text : profile_.default_connection;
    if (named == nullptr && tool_.connection.empty() && !profile_.connections.empty())
      tool_.connection = profile_.connections.front().name;
    if (std::find(known_.begin(), known_.end(), tool_.connection) == known_.end())
      return unknown_connection(named);
    const auto at = std::find_if(profile_.connections.begin(), profile_.connections.end(),
                                 [&](const auto& c) { return c.name == tool_.connection; });
    offered_ = at != profile_.connections.end();
    if (!offered_) return;
    tool_.limits = at->limits;
    if (const Node* limits = section_.get("limits")) read_limits(*limits, tool_.limits);
    access(*at);
  }

  void unknown_connection(const Node* named) {
    if (named == nullptr) return add(section_.map, {}, "'connection' is missing: where it runs");
    const auto near = nearest(tool_.connection, known_, 1);
    add(*named, ".connection",
        "there is no connection '" + tool_.connection + "'" +
            (!near.empty()     ? "; did you mean '" + near.front() + "'?"
             : !known_.empty() ? "; there are: " + joined(known_, ", ")
                               : ""));
  }

  void access(const ConnectionProfile& connection) {
    const Node* node = section_.get("access");
    if (node == nullptr || node->missing) return;
    tool_.access = access_named(node->text);
    if (tool_.access <= connection.access) return;
    add(*node, ".access",
        "more than its connection '" + connection.name + "' allows, which is " +
            std::string(to_string(connection.access)));
  }

  const Section section_;
  const Profile& profile_;
  const std::vector<std::string>& known_;
  OperatorTool tool_;
  bool offered_ = false;
};

struct Found {
  glob_t list{};
  ~Found() { globfree(&list); }
};

}  // namespace

void ToolReader::tool(const Node& node, const std::string& path, const std::string& file) {
  OneTool reader(node, path, file, profile_, known_, problems_);
  auto made = reader.run();
  if (!reader.offered()) return;
  if (profile_.operator_tools.size() < kMostTools)
    profile_.operator_tools.push_back(std::move(made));
  else
    problems_.push_back(
        {made.mark, path, "more than " + std::to_string(kMostTools) + " tools", Problem::Severity::error});
}

void ToolReader::add(const Node& list, const std::string& path, const std::string& file) {
  for (std::size_t i = 0; i < list.items.size(); ++i)
    if (list.items[i].kind == Node::Kind::map)
      tool(list.items[i], path + '[' + std::to_string(i) + ']', file);
}

void ToolReader::add_file(const std::string& path, const std::string& shown, const Environment& environment) {
  const auto add = [&](Mark mark, std::string message, Problem::Severity severity) {
    problems_.push_back({std::move(mark), {}, std::move(message), severity});
    if (severity == Problem::Severity::warning) profile_.warnings.push_back(problems_.back().text());
  };
  const auto text = read_text(path);
  if (!text) return add({}, text.error().message, Problem::Severity::error);
  auto root = parse_yaml(*text, shown, problems_);
  if (!root || root->kind == Node::Kind::null) return;
  if (root->kind != Node::Kind::list)
    return add({shown, root->line, root->column}, "expected a list of tools, '- name: …'",
               Problem::Severity::error);
  expand_variables(*root, shown, environment, problems_);
  check_tools(*root, shown, problems_);
  this->add(*root, {}, shown);
  struct stat status{};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0)
    add({shown}, "everybody can write to this file; chmod o-w", Problem::Severity::warning);
}

void ToolReader::add_from(const std::string& pattern, const Mark& where, const std::filesystem::path& folder,
                          const Environment& environment) {
  const std::string whole = (folder / pattern).string();
  profile_.tool_files.push_back(whole);
  Found found;
  const int failure = ::glob(whole.c_str(), GLOB_NOESCAPE, nullptr, &found.list);
  const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos;
  if (failure == GLOB_NOMATCH) {
    const auto severity = is_pattern ? Problem::Severity::warning : Problem::Severity::error;
    problems_.push_back(
        {where, "tools.add_from",
         is_pattern ? "no file is like '" + pattern + "'" : "there is no file '" + whole + "'", severity});
    if (is_pattern) profile_.warnings.push_back(problems_.back().text());
    return;
  }
  if (failure != 0) {
    problems_.push_back(
        {where, "tools.add_from", "'" + whole + "' cannot be read", Problem::Severity::error});
    return;
  }
  const auto before = folder.empty() ? 0 : folder.string().size() + 1;
  for (std::size_t i = 0; i < found.list.gl_pathc; ++i) {
    const std::string path = found.list.gl_pathv[i];
    add_file(path, pattern.starts_with('/') ? path : path.substr(before), environment);
  }
}

}  // namespace dbmux
