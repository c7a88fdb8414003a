#include "json_to_bson.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <unordered_set>
#include <vector>

#include "dbmux/kit/json.hpp"
#include "extended_json.hpp"
#include "parameters.hpp"

namespace dbmux::mongodb {

namespace {

using rapidjson::Value;

using kit::json_text;

class Writer {
 public:
  explicit Writer(Parameters* params) : params_(params) {}

  kit::Status object(const Value& from, bson_t* to) const {
    for (const auto& m : from.GetObject())
      if (auto done = value(json_text(m.name), m.value, to); !done) return done;
    return {};
  }

 private:
  kit::Status array(const Value& from, bson_t* to) const {
    std::size_t index = 0;
    for (const auto& element : from.GetArray())
      if (auto done = value(std::to_string(index++), element, to); !done) return done;
    return {};
  }

  kit::Status value(std::string_view key, const Value& v, bson_t* to) const {
    const int n = length(key);
    switch (v.GetType()) {
      case rapidjson::kNullType:
        bson_append_null(to, key.data(), n);
        return {};
      case rapidjson::kFalseType:
      case rapidjson::kTrueType:
        bson_append_bool(to, key.data(), n, v.GetBool());
        return {};
      case rapidjson::kStringType:
        append_utf8(to, key, json_text(v));
        return {};
      case rapidjson::kNumberType:
        if (v.IsInt()) {
          bson_append_int32(to, key.data(), n, v.GetInt());
        } else if (v.IsInt64()) {
          bson_append_int64(to, key.data(), n, v.GetInt64());
        } else {
          bson_append_double(to, key.data(), n, v.GetDouble());
        }
        return {};
      case rapidjson::kArrayType: {
        bson_t child;
        bson_append_array_begin(to, key.data(), n, &child);
        auto done = array(v, &child);
        bson_append_array_end(to, &child);
        return done;
      }
      case rapidjson::kObjectType:
        return nested(key, v, to);
    }
    return kit::fail(DBMUX_E_INTERNAL, "an unknown kind of JSON value");
  }

  kit::Status nested(std::string_view key, const Value& v, bson_t* to) const {
    if (params_ && v.MemberCount() == 1 && json_text(v.MemberBegin()->name) == "$param")
      return parameter(key, v.MemberBegin()->value, to);
    if (auto wrapped = append_wrapped(key, v, to); !wrapped || *wrapped)
      return wrapped ? kit::Status() : kit::Status(wrapped.failure());
    bson_t child;
    bson_append_document_begin(to, key.data(), length(key), &child);
    auto done = code_with_scope(v) ? kit::fail(DBMUX_E_UNSUPPORTED, "JavaScript with a scope cannot be sent")
                                   : object(v, &child);
    bson_append_document_end(to, &child);
    return done;
  }

  static bool code_with_scope(const Value& v) { return v.HasMember("$code") && v.HasMember("$scope"); }

  kit::Status parameter(std::string_view key, const Value& which, bson_t* to) const {
    if (which.IsInt64()) return params_->append(static_cast<std::int64_t>(which.GetInt64()), key, to);
    if (which.IsString()) return params_->append(json_text(which), key, to);
    return kit::fail(DBMUX_E_INVALID, "$param takes a number from 1, or a name");
  }

  Parameters* params_;
};

kit::Result<rapidjson::Document> parsed(std::string_view json) {
  return kit::read_json(
      json, {.unsigned_integers = false,
             .nul_in_names = false,
             .too_large = "an integer is beyond 64 bits; {\"$numberDecimal\": \"…\"} holds 34 digits"});
}

}  // namespace

kit::Result<Bson> bson_of(std::string_view json, std::span<const dbmux_param> given) {
  if (kit::is_blank(json))
    return kit::fail(DBMUX_E_INVALID, "there is no command in the text")
        .hint(R"(for example {"find": "collection", "filter": {}})");
  auto document = parsed(json);
  if (!document) return document.failure();
  if (!document->IsObject()) return kit::fail(DBMUX_E_INVALID, "a command is one JSON object");
  auto params =
      Parameters::of(given, [](std::string_view text, bson_t* to, std::string_view key) -> kit::Status {
        // A JSON parameter: data, in which nothing is a parameter again.
        auto whole = parsed("{\"v\":" + std::string(text) + "}");
        if (!whole) return whole.failure();
        if (!whole->IsObject() || whole->MemberCount() != 1)
          return kit::fail(DBMUX_E_INVALID, "a JSON parameter is one JSON value");
        Bson holder;
        if (auto written = Writer(nullptr).object(*whole, holder.get()); !written) return written;
        bson_iter_t at;
        if (!bson_iter_init_find(&at, holder.get(), "v"))
          return kit::fail(DBMUX_E_INTERNAL, "a JSON parameter is lost");
        bson_append_iter(to, key.data(), length(key), &at);
        return {};
      });
  if (!params) return params.failure();
  Bson out;
  if (auto written = Writer(&*params).object(*document, out.get()); !written) return written.failure();
  if (auto used = params->all_used(); !used) return used.failure();
  return out;
}

}  // namespace dbmux::mongodb
