// JSON lines to results, and results to cells.
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>

#include "script.hpp"

namespace scripted {
namespace {

using Json = rapidjson::Value;

bool on_character_edge(std::string_view text, std::size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    out += static_cast<char>(static_cast<unsigned char>(byte));
  }
  return out;
}

std::int64_t unsigned_bits(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return static_cast<std::int64_t>(value);
}

std::string text_of(const Json& v) {
  return v.IsString() ? std::string(v.GetString(), v.GetStringLength()) : std::string();
}

double real_of(const Json& v) {
  if (v.IsNumber()) return v.GetDouble();
  const std::string word = text_of(v);
  if (word == "nan") return std::nan("");
  return word == "-inf" ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

std::string packed_floats(const Json& list) {
  std::string out;
  for (const auto& v : list.GetArray()) {
    const float f = v.GetFloat();
    out.append(reinterpret_cast<const char*>(&f), sizeof f);
  }
  return out;
}

std::string repeated(const std::string& what, std::int64_t times) {
  std::string out;
  for (std::int64_t i = 0; i < times; ++i) out += what;
  return out;
}

void unknown_kind(const Json& kind, Cells& out) {
  dbmux_value v{};
  v.kind = static_cast<std::uint8_t>(kind.GetInt());
  out.raw(v);
}

// {"number":"12.50"} {"json":"…"} {"bytes":"hex"} {"text_hex":"…"} {"json_hex":"…"} {"f32s":[…]} {"f64":…}
// {"u64":"…"}
// {"fill":"x","n":…} {"truncated":"…"} {"param":0} {"row":true} {"kind":77}
void special(const Json& object, std::int64_t row, const std::vector<StoredParam>& params, Cells& out) {
  const auto first = object.MemberBegin();
  if (first == object.MemberEnd()) return out.null();
  const std::string key = text_of(first->name);
  const Json& v = first->value;
  if (key == "number") return out.text(DBMUX_NUMBER, text_of(v));
  if (key == "json") return out.text(DBMUX_JSON, text_of(v));
  if (key == "bytes") return out.text(DBMUX_BYTES, from_hex(text_of(v)));
  if (key == "text_hex") return out.text(DBMUX_TEXT, from_hex(text_of(v)));
  if (key == "json_hex") return out.text(DBMUX_JSON, from_hex(text_of(v)));
  if (key == "f32s" && v.IsArray()) return out.text(DBMUX_F32S, packed_floats(v));
  if (key == "f64") return out.f64(real_of(v));
  if (key == "u64") return out.i64(unsigned_bits(text_of(v)), DBMUX_U64);
  if (key == "truncated") return out.text(DBMUX_TEXT, text_of(v), DBMUX_VALUE_TRUNCATED);
  if (key == "row") return out.i64(row + 1);
  if (key == "kind" && v.IsInt()) return unknown_kind(v, out);
  if (key == "fill" && object.HasMember("n"))
    return out.text(DBMUX_TEXT, repeated(text_of(v), object["n"].GetInt64()));
  if (key == "param" && v.IsUint() && v.GetUint() < params.size()) {
    const StoredParam& p = params[v.GetUint()];
    dbmux_value copy = p.value;
    if (copy.kind >= DBMUX_NUMBER) copy.u.ptr = p.bytes.data();
    return out.raw(copy);
  }
  out.null();
}

void cell(const Json& v, std::int64_t row, const std::vector<StoredParam>& params, Cells& out) {
  if (v.IsBool()) return out.i64(v.GetBool() ? 1 : 0, DBMUX_BOOL);
  if (v.IsInt64()) return out.i64(v.GetInt64());
  if (v.IsUint64()) return out.i64(static_cast<std::int64_t>(v.GetUint64()), DBMUX_U64);
  if (v.IsDouble()) return out.f64(v.GetDouble());
  if (v.IsString()) return out.text(DBMUX_TEXT, text_of(v));
  if (v.IsObject()) return special(v, row, params, out);
  out.null();
}

ColumnSpec column(const Json& v) {
  ColumnSpec c;
  if (v.IsString()) c.name = text_of(v);
  if (!v.IsObject()) return c;
  if (v.HasMember("name")) c.name = text_of(v["name"]);
  if (v.HasMember("type")) c.type = text_of(v["type"]);
  if (v.HasMember("origin")) c.origin = text_of(v["origin"]);
  if (v.HasMember("kind") && v["kind"].IsInt()) c.kind = v["kind"].GetInt();
  if (v.HasMember("nullable") && v["nullable"].IsBool()) c.nullable = v["nullable"].GetBool() ? 1 : 0;
  return c;
}

std::int64_t whole(const Json& object, const char* key, std::int64_t otherwise) {
  const auto at = object.FindMember(key);
  return at != object.MemberEnd() && at->value.IsInt64() ? at->value.GetInt64() : otherwise;
}

std::string text(const Json& object, const char* key) {
  const auto at = object.FindMember(key);
  return at == object.MemberEnd() ? std::string() : text_of(at->value);
}

bool rows_fit(const Json& rows, std::size_t columns) {
  for (const auto& row : rows.GetArray())
    if (!row.IsArray() || row.Size() != columns) return false;
  return true;
}

}  // namespace

void Cells::i64(std::int64_t value, int kind) {
  dbmux_value v{};
  v.kind = static_cast<std::uint8_t>(kind);
  v.u.i64 = value;
  values_.push_back(v);
}

void Cells::f64(double value) {
  dbmux_value v{};
  v.kind = DBMUX_F64;
  v.u.f64 = value;
  values_.push_back(v);
}

void Cells::text(int kind, std::string bytes, std::uint8_t flags) {
  if (max_ != 0 && bytes.size() > max_) {
    std::size_t end = max_;
    while (kind != DBMUX_BYTES && kind != DBMUX_F32S && end > 0 && !on_character_edge(bytes, end)) --end;
    if (kind == DBMUX_F32S) end -= end % sizeof(float);
    bytes.resize(end);
    flags |= DBMUX_VALUE_TRUNCATED;
  }
  bytes_.push_back(std::move(bytes));
  dbmux_value v{};
  v.kind = static_cast<std::uint8_t>(kind);
  v.flags = flags;
  v.len = static_cast<std::uint32_t>(bytes_.back().size());
  v.u.ptr = bytes_.back().data();
  values_.push_back(v);
}

void Cells::raw(const dbmux_value& v) {
  if (v.kind >= DBMUX_NUMBER && v.kind <= DBMUX_F32S)
    return text(v.kind, std::string(v.u.ptr, v.len), v.flags);
  values_.push_back(v);
}

std::optional<Result> parse_result(const std::string& json, const std::vector<StoredParam>& params,
                                   std::string& problem) {
  auto doc = std::make_shared<rapidjson::Document>();
  doc->Parse<rapidjson::kParseFullPrecisionFlag>(json.data(), json.size());
  if (doc->HasParseError() || !doc->IsObject()) {
    problem = "this line is not a JSON object: " + json.substr(0, 200);
    return std::nullopt;
  }
  Result r;
  if (const auto at = doc->FindMember("columns"); at != doc->MemberEnd() && at->value.IsArray())
    for (const auto& c : at->value.GetArray()) r.columns.push_back(column(c));
  const auto rows = doc->FindMember("rows");
  if (rows != doc->MemberEnd()) {
    if (!rows->value.IsArray() || !rows_fit(rows->value, r.columns.size())) {
      problem = "rows must be arrays with one cell a column";
      return std::nullopt;
    }
    const std::int64_t n = rows->value.Size();
    r.rows = n * whole(*doc, "repeat", 1);
    r.fill = [doc, n, params, list = &rows->value](std::int64_t row, Cells& out) {
      for (const auto& v : (*list)[static_cast<rapidjson::SizeType>(row % n)].GetArray())
        cell(v, row, params, out);
    };
  }
  r.row_delay_ms = whole(*doc, "row_delay_ms", 0);
  r.affected = whole(*doc, "affected", -1);
  if (doc->HasMember("insert_id")) r.insert_id = whole(*doc, "insert_id", 0);
  r.enforced_by = static_cast<std::uint32_t>(whole(*doc, "enforced_by", 0));
  r.next = text(*doc, "next");
  r.then = text(*doc, "then");
  return r;
}

}  // namespace scripted
