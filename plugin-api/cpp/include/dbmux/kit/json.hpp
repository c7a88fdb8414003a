// SPDX-License-Identifier: MIT-0
#pragma once
// JSON that drivers are sent, read exactly. Needs RapidJSON; not part of kit.hpp.
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_set>

#include "dbmux/kit/result.hpp"
#include "dbmux/kit/text.hpp"

namespace dbmux::kit {

inline constexpr int kJsonDepth = 64;

struct JsonReading {
  bool unsigned_integers = true;  // those beyond int64_t that a uint64_t holds
  bool nul_in_names = true;
  const char* too_large = "an integer is beyond 64 bits";  // of the error
};

inline std::string_view json_text(const rapidjson::Value& v) {
  return v.IsString() ? std::string_view(v.GetString(), v.GetStringLength()) : std::string_view();
}

namespace json_detail {

// Builds a document, but no deeper than allowed, and with numbers read by us: RapidJSON turns integers
// beyond 64 bits into doubles.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  using Size = rapidjson::SizeType;

  Builder(rapidjson::Document& to, const JsonReading& how) : to_(to), how_(how) {}

  bool Null() { return to_.Null(); }
  bool Bool(bool b) { return to_.Bool(b); }
  bool String(const char* s, Size n, bool) { return to_.String(s, n, true); }
  bool Key(const char* s, Size n, bool) {
    if (!how_.nul_in_names && std::string_view(s, n).find('\0') != std::string_view::npos)
      return refuse("a name holds a NUL character");
    return to_.Key(s, n, true);
  }
  bool StartObject() { return deeper() && to_.StartObject(); }
  bool EndObject(Size n) { return --depth_, to_.EndObject(n); }
  bool StartArray() { return deeper() && to_.StartArray(); }
  bool EndArray(Size n) { return --depth_, to_.EndArray(n); }
  bool RawNumber(const char* s, Size n, bool) {
    const char* const end = s + n;
    if (std::string_view(s, n).find_first_of(".eE") == std::string_view::npos) {
      std::int64_t i = 0;
      if (const auto [p, ec] = std::from_chars(s, end, i); ec == std::errc() && p == end) return to_.Int64(i);
      std::uint64_t u = 0;
      if (const auto [p, ec] = std::from_chars(s, end, u);
          how_.unsigned_integers && ec == std::errc() && p == end)
        return to_.Uint64(u);
      return refuse(how_.too_large);
    }
    double d = 0;
    if (const auto [p, ec] = std::from_chars(s, end, d); ec != std::errc() || p != end || !std::isfinite(d))
      return refuse("a number is beyond the range of a double");
    return to_.Double(d);
  }
  const char* refusal() const { return refusal_; }

 private:
  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }
  bool deeper() { return ++depth_ <= kJsonDepth || refuse("the document is nested deeper than 64 levels"); }

  rapidjson::Document& to_;
  const JsonReading& how_;
  int depth_ = 0;
  const char* refusal_ = nullptr;
};

inline Status names_once(const rapidjson::Value& v) {
  if (v.IsArray())
    for (const auto& element : v.GetArray())
      if (auto once = names_once(element); !once) return once;
  if (!v.IsObject()) return {};
  std::unordered_set<std::string_view> seen;
  for (const auto& m : v.GetObject()) {
    if (!seen.insert(json_text(m.name)).second)
      return fail(DBMUX_E_INVALID,
                  "the name '" + std::string(json_text(m.name)) + "' stands twice in one object");
    if (auto once = names_once(m.value); !once) return once;
  }
  return {};
}

}  // namespace json_detail

// syntax: not JSON, with its place (an empty text too: ask before). invalid: nested deeper than kJsonDepth, a
// name twice in one object, a number that does not fit.
inline Result<rapidjson::Document> read_json(std::string_view json, const JsonReading& how = {}) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::Document document;
  rapidjson::Reader reader;
  json_detail::Builder builder(document, how);
  rapidjson::ParseResult result;
  const auto generate = [&](rapidjson::Document&) {
    rapidjson::MemoryStream stream(json.data(), json.size());
    result = reader.Parse<kFlags>(stream, builder);
    return !result.IsError();
  };
  document.Populate(generate);
  if (builder.refusal()) return fail(DBMUX_E_INVALID, builder.refusal());
  if (result.IsError()) {
    std::string why = rapidjson::GetParseError_En(result.Code());
    if (why.ends_with('.')) why.pop_back();
    const auto at = std::min(result.Offset(), json.size());
    return fail(DBMUX_E_SYNTAX, "not a JSON document: " + why)
        .position(static_cast<std::int32_t>(count_characters(json.substr(0, at))) + 1);
  }
  if (auto once = json_detail::names_once(document); !once) return once.failure();
  return document;
}

inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace dbmux::kit
