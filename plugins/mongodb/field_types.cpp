#include "field_types.hpp"

#include <algorithm>

#include "dbmux/kit/text.hpp"

namespace dbmux::mongodb {

namespace {

constexpr int kDeepest = 8;                    // levels that are listed
constexpr std::size_t kMostFields = 500;       // of one collection: beyond that its names are data
constexpr std::size_t kElementsLookedAt = 20;  // of an array

}  // namespace

const char* type_name(bson_type_t type) {
  switch (type) {
    case BSON_TYPE_DOUBLE:
      return "double";
    case BSON_TYPE_UTF8:
      return "string";
    case BSON_TYPE_DOCUMENT:
      return "object";
    case BSON_TYPE_ARRAY:
      return "array";
    case BSON_TYPE_BINARY:
      return "binData";
    case BSON_TYPE_UNDEFINED:
      return "undefined";
    case BSON_TYPE_OID:
      return "objectId";
    case BSON_TYPE_BOOL:
      return "bool";
    case BSON_TYPE_DATE_TIME:
      return "date";
    case BSON_TYPE_NULL:
      return "null";
    case BSON_TYPE_REGEX:
      return "regex";
    case BSON_TYPE_DBPOINTER:
      return "dbPointer";
    case BSON_TYPE_CODE:
      return "javascript";
    case BSON_TYPE_SYMBOL:
      return "symbol";
    case BSON_TYPE_CODEWSCOPE:
      return "javascriptWithScope";
    case BSON_TYPE_INT32:
      return "int";
    case BSON_TYPE_TIMESTAMP:
      return "timestamp";
    case BSON_TYPE_INT64:
      return "long";
    case BSON_TYPE_DECIMAL128:
      return "decimal";
    case BSON_TYPE_MINKEY:
      return "minKey";
    case BSON_TYPE_MAXKEY:
      return "maxKey";
    default:
      return "unknown";
  }
}

void FieldTypes::add(const bson_t* document) {
  bson_iter_t at;
  if (bson_iter_init(&at, document)) read(at, root_, 0);
}

void FieldTypes::read(bson_iter_t members, Node& into, int depth) {
  ++into.documents;
  for (std::size_t position = 0; bson_iter_next(&members); ++position) {
    const std::string name(key_of(members));
    if (!into.inside.contains(name) && into.inside.size() >= kMostFields) continue;
    auto& node = into.inside[name];
    node.position = node.seen == 0 ? position : std::min(node.position, position);
    ++node.seen;
    read_value(members, node, depth + 1);
  }
}

void FieldTypes::read_value(const bson_iter_t& at, Node& node, int depth) {
  bson_iter_t inside;
  if (BSON_ITER_HOLDS_NULL(&at)) {
    node.null = true;
    return;
  }
  if (!BSON_ITER_HOLDS_ARRAY(&at)) {
    node.types.insert(type_name(bson_iter_type(&at)));
    if (BSON_ITER_HOLDS_DOCUMENT(&at) && depth < kDeepest && enter(at, inside)) read(inside, node, depth);
    return;
  }
  node.types.insert("array");
  if (!enter(at, inside)) return;
  for (std::size_t n = 0; n < kElementsLookedAt && bson_iter_next(&inside); ++n) {
    node.elements.insert(type_name(bson_iter_type(&inside)));
    bson_iter_t element;
    if (BSON_ITER_HOLDS_DOCUMENT(&inside) && depth < kDeepest && enter(inside, element))
      read(element, node, depth);
  }
}

void FieldTypes::list(const Node& node, const std::string& prefix, std::vector<Field>& out) {
  std::vector<std::pair<std::string, const Node*>> ordered;
  for (const auto& [name, inside] : node.inside) ordered.emplace_back(name, &inside);
  std::sort(ordered.begin(), ordered.end(), [&](const auto& a, const auto& b) {
    const bool a_id = prefix.empty() && a.first == "_id", b_id = prefix.empty() && b.first == "_id";
    if (a_id != b_id) return a_id;
    return a.second->position != b.second->position ? a.second->position < b.second->position
                                                    : a.first < b.first;
  });
  for (const auto& [name, field] : ordered) {
    if (out.size() >= kMostFields) return;
    auto types = field->types;
    if (types.erase("array") > 0)
      types.insert(field->elements.empty() ? "array" : "array<" + kit::joined(field->elements, "|") + ">");
    if (types.empty()) types.insert("null");
    out.push_back({prefix + name, kit::joined(types, "|"), field->null || field->seen < node.documents});
    list(*field, prefix + name + ".", out);
  }
}

std::vector<Field> FieldTypes::fields() const {
  std::vector<Field> out;
  list(root_, "", out);
  return out;
}

}  // namespace dbmux::mongodb
