#include "profile/schema.hpp"

#include "base/json.hpp"
#include "profile/keys.hpp"

namespace dbmux {
namespace {

// A value may be a text with a variable in it, whatever its type after expansion.
constexpr std::string_view kVariable = R"({ "$ref": "#/definitions/variable" })";
constexpr std::string_view kVariablePattern = R"(|\\$\\{)";

class SchemaWriter {
 public:
  std::string run() {
    out_ = "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n";
    out_ += "  \"title\": \"dbmux profile\",\n";
    out_ +=
        "  \"definitions\": {\n    \"variable\": { \"type\": \"string\", \"pattern\": \"\\\\$\\\\{\" }\n  "
        "},\n";
    out_ += "  \"type\": \"object\",\n  \"required\": [\"dbmux\"],\n  ";
    properties(profile_keys(), false, "#/properties/", 1);
    out_ += "\n}\n";
    return std::move(out_);
  }

 private:
  void line(int depth) { out_ += '\n' + std::string(static_cast<std::size_t>(depth) * 2, ' '); }

  void properties(std::span<const Key> keys, bool open, const std::string& at, int depth) {
    out_ += "\"additionalProperties\": ";
    out_ += open ? "true," : "false,";
    line(depth);
    out_ += "\"properties\": {";
    bool first = true;
    for (const Key& key : keys) {
      if (!first) out_ += ',';
      first = false;
      line(depth + 1);
      out_ += json_quote(key.name) + ": ";
      const std::string here = at + std::string(key.name);
      property(key, here, depth + 1);
      spelling(camel_case(key.name), key.name, here, depth + 1);
      if (!key.alias.empty()) spelling(std::string(key.alias), key.name, here, depth + 1);
    }
    line(depth);
    out_ += '}';
  }

  void spelling(const std::string& other, std::string_view name, const std::string& here, int depth) {
    if (other == name) return;
    out_ += ',';
    line(depth);
    out_ += json_quote(other) + ": { \"$ref\": " + json_quote(here) + " }";
  }

  void property(const Key& key, const std::string& here, int depth) {
    out_ += "{ \"description\": ";
    out_ += json_quote(std::string(key.description) + (key.built ? "" : " (not built yet: refused)"));
    switch (key.type) {
      case KeyType::section:
        return section(key, here, depth);
      case KeyType::sections:
        out_ += ", \"type\": \"array\", \"items\": { \"type\": \"object\",";
        return closed(key, here + "/items/properties/", depth, "} }");
      case KeyType::named:
        out_ +=
            ", \"type\": [\"object\", \"null\"], \"additionalProperties\": { \"type\": [\"object\", "
            "\"null\"],";
        return closed(key, here + "/additionalProperties/properties/", depth, "} }");
      default:
        break;
    }
    out_ += ", " + constraint(key, here) + " }";
  }

  void section(const Key& key, const std::string& here, int depth) {
    out_ += ", \"type\": [\"object\", \"null\"],";
    closed(key, here + "/properties/", depth, "}");
  }

  void closed(const Key& key, const std::string& at, int depth, std::string_view end) {
    line(depth + 1);
    properties(key.keys, key.open, at, depth + 1);
    line(depth);
    out_ += end;
  }

  static std::string words(const Key& key) {
    std::string text = "{ \"enum\": [";
    for (std::string_view word : key.allowed) {
      if (text.back() != '[') text += ", ";
      text += json_quote(word);
    }
    return text + "] }";
  }

  static std::string pattern(std::string_view inner) {
    return "\"pattern\": \"^(" + std::string(inner) + ")$" + std::string(kVariablePattern) + "\"";
  }

  static std::string constraint(const Key& key, const std::string& here) {
    static const std::string scalar = R"("type": ["string", "number", "boolean"])";
    const std::string variable(kVariable);
    const std::string range = R"({ "type": "integer", "minimum": )" + std::to_string(key.lowest) +
                              R"(, "maximum": )" + std::to_string(key.highest) + " }";
    const std::string one = key.allowed.empty() ? "{ " + scalar + " }" : words(key) + ", " + variable;
    switch (key.type) {
      case KeyType::text:
        return scalar;
      case KeyType::boolean:
        return R"("anyOf": [{ "type": "boolean" }, )" + variable + "]";
      case KeyType::integer:
        return "\"anyOf\": [" + range + ", " + variable + "]";
      case KeyType::number:
        return R"("anyOf": [{ "type": "number" }, )" + variable + "]";
      case KeyType::bound:
        return R"("anyOf": [{ "type": "number", "exclusiveMinimum": 0 }, { "enum": ["none"] }, )" + variable +
               "]";
      case KeyType::duration:
        return R"("type": "string", )" + pattern("[0-9]+(ms|s|min|h)");
      case KeyType::duration_range:
        return R"("type": "string", )" + pattern("[0-9]+(ms|s|min|h)\\\\.\\\\.[0-9]+(ms|s|min|h)");
      case KeyType::count:
        return "\"anyOf\": [" + range + R"(, { "enum": ["none"] }, )" + variable + "]";
      case KeyType::size:
        return R"("type": ["string", "integer"], "minimum": 1, )" + pattern("[0-9]+(B|KiB|MiB|GiB)?|none");
      case KeyType::one_of:
        return "\"anyOf\": [" + one + "]";
      case KeyType::texts:
        return "\"anyOf\": [" + one + R"(, { "type": "array", "items": { "anyOf": [)" + one + "] } }]";
      case KeyType::tools:
        return "\"anyOf\": [" + one + R"(, { "type": "array", "items": { "type": "string" } }])";
      case KeyType::tls:
        return "\"anyOf\": [" + one +
               R"(, { "type": "object", "properties": { "cert": { "type": "string" }, "key": { "type": "string" } }, "additionalProperties": false }])";
      case KeyType::named_texts:
        return R"("type": ["object", "null"], "additionalProperties": { )" + scalar + " }";
      default:
        break;
    }
    (void)here;
    return "\"title\": \"any value\"";
  }

  std::string out_;
};

}  // namespace

std::string profile_schema() { return SchemaWriter().run(); }

}  // namespace dbmux
