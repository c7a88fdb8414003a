#pragma once
// What the documents of a collection look like, from a sample of them.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "handles.hpp"

namespace dbmux::mongodb {

struct Field {
  std::string path;  // "address.city", through arrays as in a query: "lines.sku"
  std::string type;  // MongoDB's names; mixed ones as "int|string", elements as "array<string>"
  bool nullable;     // null, or missing beside its neighbours, in some document
};

class FieldTypes {
 public:
  void add(const bson_t* document);
  // In the order of the documents, _id first, each before the fields inside it.
  std::vector<Field> fields() const;

 private:
  struct Node {
    std::set<std::string> types, elements;
    std::size_t seen = 0;      // documents or elements that have it
    std::size_t position = 0;  // the first place it was seen at
    std::map<std::string, Node> inside;
    std::size_t documents = 0;  // that it was, itself
    bool null = false;
  };
  static void read(bson_iter_t members, Node& into, int depth);
  static void read_value(const bson_iter_t&, Node&, int depth);
  static void list(const Node&, const std::string& prefix, std::vector<Field>& out);

  Node root_;
};

const char* type_name(bson_type_t);  // as $type spells it

}  // namespace dbmux::mongodb
