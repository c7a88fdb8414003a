#pragma once
// The table of faces: the one place that knows their names, words and arguments.
#include <span>

#include "operations/context.hpp"

namespace dbmux {

struct FaceRow {
  std::string_view name;
  std::string_view hyphen;  // the same face with our answers under its hyphenated name; "" = has none
  std::string_view title;
  Run handler;
  Shape shape;
  std::string_view description;  // {query}, {params}, {schemas} stand for the words of the profile's engines
  std::span<const Argument> arguments;
  bool on_connection;  // takes connectionId, and runs on that connection
  bool writes;
  bool standard;  // in the list `default`
};

std::span<const FaceRow> face_rows();
const FaceRow* find_face(std::string_view name);

// The row's place in the list `two`, which has its own words; nullptr for the others.
struct ShortFace {
  std::string_view name, description;
};
std::span<const ShortFace> short_faces();

}  // namespace dbmux
