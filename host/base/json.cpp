#include "base/json.hpp"

#include <rapidjson/encodedstream.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>

#include "base/escape.hpp"
#include "base/json_scan.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

// Whether a low half of a surrogate pair is escaped in it: RapidJSON 1.1.0 takes one that stands alone.
bool escapes_low_surrogates(std::string_view text) {
  for (auto at = text.find("\\u"); at != std::string_view::npos; at = text.find("\\u", at + 2)) {
    const auto digits = text.substr(at + 2, 2);
    if (digits.size() == 2 && (digits[0] | 0x20) == 'd' &&
        std::string_view("cdefCDEF").find(digits[1]) != std::string_view::npos)
      return true;
  }
  return false;
}

// Passes events on to the document and stops where it gets too deep, a number too great or a surrogate is
// alone.
class Guard {
 public:
  using Ch = char;
  Guard(JsonDocument& document, std::size_t most, bool surrogates)
      : to_(document), most_(most), surrogates_(surrogates) {}
  bool too_deep() const { return depth_ > most_; }
  bool lone_surrogate() const { return lone_surrogate_; }

  bool Null() { return to_.Null(); }
  bool Bool(bool b) { return to_.Bool(b); }
  bool Int(int i) { return to_.Int(i); }
  bool Uint(unsigned u) { return to_.Uint(u); }
  bool Int64(std::int64_t i) { return to_.Int64(i); }
  bool Uint64(std::uint64_t u) { return to_.Uint64(u); }
  bool Double(double d) { return to_.Double(d); }
  bool RawNumber(const Ch* s, rapidjson::SizeType n, bool /*copy*/) {
    const std::string_view number(s, n);
    const auto* end = s + n;
    std::uint64_t whole = 0;
    if (const auto [read, error] = std::from_chars(s, end, whole); error == std::errc() && read == end)
      return to_.Uint64(whole);
    std::int64_t negative = 0;
    if (const auto [read, error] = std::from_chars(s, end, negative); error == std::errc() && read == end)
      return to_.Int64(negative);
    const auto real = nearest_double(number);
    return real && to_.Double(*real);
  }
  bool String(const Ch* s, rapidjson::SizeType n, bool copy) {
    return paired(s, n) && to_.String(s, n, copy);
  }
  bool Key(const Ch* s, rapidjson::SizeType n, bool copy) { return paired(s, n) && to_.Key(s, n, copy); }
  bool StartObject() { return enter() && to_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { return leave() && to_.EndObject(n); }
  bool StartArray() { return enter() && to_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { return leave() && to_.EndArray(n); }

 private:
  bool enter() { return ++depth_ <= most_; }
  bool leave() {
    --depth_;
    return true;
  }
  bool paired(const Ch* s, rapidjson::SizeType n) {
    lone_surrogate_ = surrogates_ && !is_utf8({s, n});
    return !lone_surrogate_;
  }

  JsonDocument& to_;
  std::size_t most_;
  std::size_t depth_ = 0;
  bool surrogates_;  // they are looked for
  bool lone_surrogate_ = false;
};

constexpr std::size_t kShortText = 128;
// Numbers as texts: for "0.1…1e-508" with 200 digits RapidJSON 1.1.0's own exact conversion reads outside of
// its table of powers.
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr unsigned kCheckingFlags = kFlags | rapidjson::kParseValidateEncodingFlag;
constexpr std::size_t kExactDigits = 20;  // more are no whole number of 64 bits
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

template <unsigned flags, typename Stream>
Result<JsonDocument> parse(Stream stream, std::size_t max_depth, bool surrogates, JsonPool* pool,
                           rapidjson::ParseErrorCode& error) {
  rapidjson::Reader reader;
  JsonDocument document(pool);
  bool too_deep = false;
  auto refusal = rapidjson::kParseErrorNumberTooBig;
  auto events = [&](JsonDocument& to) {
    Guard guard(to, max_depth, surrogates);
    const bool read = !reader.Parse<flags>(stream, guard).IsError();
    too_deep = guard.too_deep();
    if (guard.lone_surrogate()) refusal = rapidjson::kParseErrorStringUnicodeSurrogateInvalid;
    return read;
  };
  document.Populate(events);
  error = reader.GetParseErrorCode();
  if (!reader.HasParseError()) return document;
  if (too_deep) return fail(Category::invalid, "JSON deeper than " + std::to_string(max_depth) + " levels");
  return fail(Category::invalid,
              "not JSON at byte " + std::to_string(reader.GetErrorOffset() + 1) + ": " +
                  rapidjson::GetParseError_En(error == rapidjson::kParseErrorTermination ? refusal : error));
}

Result<JsonDocument> parse(std::string_view text, std::size_t max_depth, JsonPool* pool,
                           rapidjson::ParseErrorCode& error) {
  rapidjson::MemoryStream bytes(text.empty() ? "" : text.data(), text.size());
  // The reader itself checks the encoding at a third of its speed, so only where it is to say the place.
  const bool surrogates = escapes_low_surrogates(text);
  if (is_utf8(text) && !text.starts_with(kByteOrderMark))
    return parse<kFlags>(bytes, max_depth, surrogates, pool, error);
  using Checked = rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>;
  return parse<kCheckingFlags>(Checked(bytes), max_depth, surrogates, pool, error);
}

std::size_t end_of_string(std::string_view text, std::size_t begin) {
  auto at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// In as many bytes the double that the number is. What is no number, or beyond a double, stays.
void write_as_double(std::span<char> number) {
  const std::string_view text(number.data(), number.size());
  const auto scan = scan_json(text);
  const auto value = scan.complete && !scan.huge ? nearest_double(text) : std::nullopt;
  std::array<char, 32> room;
  if (!value) return;
  const auto written =
      std::to_chars(room.data(), room.data() + room.size(), *value, std::chars_format::scientific);
  const std::string_view shortest(room.data(), static_cast<std::size_t>(written.ptr - room.data()));
  if (shortest.size() > number.size()) return;
  std::ranges::fill(number, ' ');
  std::ranges::copy(shortest, number.begin());
}

// RapidJSON 1.1.0 refuses a number for its exponent or its length, such as 0e309, whatever it is worth.
std::string with_doubles_written_out(std::string_view text) {
  std::string written(text);
  for (std::size_t at = 0; at < written.size();) {
    if (written[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    const auto end = std::min(text.find_first_not_of("+-.0123456789Ee", at), text.size());
    const auto number = text.substr(at, end - at);
    if (number.size() > kExactDigits || number.find_first_of("Ee") != std::string_view::npos)
      write_as_double(std::span(written).subspan(at, number.size()));
    at = std::max(end, at + 1);
  }
  return written;
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth, JsonPool* pool) {
  if (text.find('\0') != std::string_view::npos)
    return fail(Category::invalid, "not JSON: it contains a NUL byte");
  auto error = rapidjson::kParseErrorNone;
  auto document = parse(text, max_depth, pool, error);
  if (error != rapidjson::kParseErrorNumberTooBig) return document;
  return parse(with_doubles_written_out(text), max_depth, pool, error);
}

void append_quoted(std::string& to, std::string_view text) {
  std::array<char, escape_room(kShortText)> room;
  std::string more;
  if (text.size() > kShortText) more.resize(escape_room(text.size()));
  char* begin = more.empty() ? room.data() : more.data();
  std::size_t extra = 0;
  const auto* end = escape<Escaping::value>(begin, text.data(), text.data() + text.size(), extra);
  if (end == nullptr) return append_quoted(to, utf8_replaced(text));
  const auto size = static_cast<std::size_t>(end - begin);
  to.append(1, '"').append(begin, size).append(1, '"');
}

std::string json_quote(std::string_view text) {
  std::string quoted;
  append_quoted(quoted, text);
  return quoted;
}

std::string to_json(const JsonValue& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

const JsonValue* member(const JsonValue& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (const auto& m : object.GetObject()) {
    if (view(m.name) == name) return &m.value;
  }
  return nullptr;
}

}  // namespace dbmux
