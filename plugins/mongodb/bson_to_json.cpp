#include "bson_to_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "date_text.hpp"
#include "dbmux/kit.hpp"
#include "handles.hpp"

namespace dbmux::mongodb {

namespace {

constexpr std::int64_t kExactInDoubles = (std::int64_t{1} << 53) - 1;
constexpr int kMaxNesting = 200;  // the server's own bound is lower

// The bytes of the character at the start, 0 when it is not UTF-8.
std::size_t character(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n)
    if (kit::valid_utf8(text.substr(0, n))) return n;
  return 0;
}

// How much of the text needs no escape.
std::size_t plain_prefix(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && text[i] != '"' && text[i] != '\\' && static_cast<unsigned char>(text[i]) >= 0x20)
    ++i;
  return i;
}

class JsonWriter {
 public:
  explicit JsonWriter(std::string& to) : to_(to) {}
  bool clean() const { return clean_; }

  void quoted(std::string_view text) {
    const bool valid = kit::valid_utf8(text);
    clean_ = clean_ && valid;
    to_ += '"';
    while (!text.empty()) {
      const auto plain = plain_prefix(text);
      const auto run = valid ? plain : std::min(plain, kit::ascii_prefix(text));
      to_ += text.substr(0, run);
      text.remove_prefix(run);
      if (text.empty()) break;
      const auto n = valid ? std::size_t{1} : character(text);
      if (n == 0) {
        to_ += "\\ufffd";
      } else {
        escaped(text.substr(0, n));
      }
      text.remove_prefix(n == 0 ? 1 : n);
    }
    to_ += '"';
  }

  void members(bson_iter_t at, bool is_array) {
    if (++depth_ > kMaxNesting) {
      clean_ = false;
      to_ += "null";
      --depth_;
      return;
    }
    to_ += is_array ? '[' : '{';
    for (bool first = true; bson_iter_next(&at); first = false) {
      if (!first) to_ += ',';
      if (!is_array) {
        quoted(key_of(at));
        to_ += ':';
      }
      value(at);
    }
    to_ += is_array ? ']' : '}';
    --depth_;
  }

  void value(const bson_iter_t& at) {
    switch (bson_iter_type(&at)) {
      case BSON_TYPE_NULL:
        to_ += "null";
        return;
      case BSON_TYPE_BOOL:
        to_ += bson_iter_bool(&at) ? "true" : "false";
        return;
      case BSON_TYPE_INT32:
        to_ += std::to_string(bson_iter_int32(&at));
        return;
      case BSON_TYPE_INT64:
        return int64(bson_iter_int64(&at));
      case BSON_TYPE_DOUBLE:
        return real(bson_iter_double(&at));
      case BSON_TYPE_UTF8:
        return quoted(utf8_of(at));
      case BSON_TYPE_DOCUMENT:
      case BSON_TYPE_ARRAY: {
        bson_iter_t inside;
        if (!enter(at, inside)) return broken();
        return members(inside, BSON_ITER_HOLDS_ARRAY(&at));
      }
      default:
        return wrapped(at);
    }
  }

 private:
  void escaped(std::string_view character) {
    constexpr char kHex[] = "0123456789abcdef";
    const auto c = static_cast<unsigned char>(character[0]);
    if (c == '"' || c == '\\') {
      to_ += '\\';
      to_ += character[0];
    } else if (c < 0x20) {
      to_ += "\\u00";
      to_ += kHex[c >> 4];
      to_ += kHex[c & 15];
    } else {
      to_ += character;
    }
  }
  void broken() {
    clean_ = false;
    to_ += "null";
  }
  void in(const char* wrapper, std::string_view text) {
    to_ += "{\"";
    to_ += wrapper;
    to_ += "\":";
    quoted(text);
    to_ += '}';
  }

  void int64(std::int64_t n) {
    if (n >= -kExactInDoubles && n <= kExactInDoubles) {
      to_ += std::to_string(n);
    } else {
      in("$numberLong", std::to_string(n));
    }
  }
  void real(double d) {
    if (std::isnan(d)) return in("$numberDouble", "NaN");
    if (std::isinf(d)) return in("$numberDouble", d < 0 ? "-Infinity" : "Infinity");
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, d).ptr;
    const std::string_view shortest(text, static_cast<std::size_t>(end - text));
    to_ += shortest;
    // A double stays one when it is sent back.
    if (shortest.find_first_of(".e") == std::string_view::npos) to_ += ".0";
  }

  void binary(const bson_iter_t& at) {
    constexpr char kHex[] = "0123456789abcdef";
    bson_subtype_t subtype{};
    std::uint32_t n = 0;
    const std::uint8_t* data = nullptr;
    bson_iter_binary(&at, &subtype, &n, &data);
    to_ += "{\"$binary\":{\"base64\":\"";
    base64({reinterpret_cast<const char*>(data), n});
    to_ += "\",\"subType\":\"";
    to_ += kHex[static_cast<unsigned>(subtype) >> 4 & 15];
    to_ += kHex[static_cast<unsigned>(subtype) & 15];
    to_ += "\"}}";
  }
  void base64(std::string_view data) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < data.size(); i += 3) {
      const auto byte = [&](std::size_t k) {
        return i + k < data.size() ? static_cast<unsigned char>(data[i + k]) : 0u;
      };
      const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
      for (unsigned k = 0; k < 4; ++k) to_ += i + k > data.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63];
    }
  }
  void date(std::int64_t ms) {
    // Relaxed Extended JSON knows dates from 1970 to 9999 only.
    const auto text = ms >= 0 ? text_of_date(ms) : std::nullopt;
    if (text) return in("$date", *text);
    to_ += "{\"$date\":";
    in("$numberLong", std::to_string(ms));
    to_ += '}';
  }
  void regex(const bson_iter_t& at) {
    const char* options = nullptr;
    const char* pattern = bson_iter_regex(&at, &options);
    to_ += "{\"$regularExpression\":{\"pattern\":";
    quoted(pattern ? pattern : "");
    to_ += ",\"options\":";
    quoted(options ? options : "");
    to_ += "}}";
  }
  void code_with_scope(const bson_iter_t& at) {
    std::uint32_t n = 0, size = 0;
    const std::uint8_t* scope = nullptr;
    const char* code = bson_iter_codewscope(&at, &n, &size, &scope);
    bson_t document;
    bson_iter_t inside;
    if (!code || !bson_init_static(&document, scope, size) || !bson_iter_init(&inside, &document))
      return broken();
    to_ += "{\"$code\":";
    quoted({code, n});
    to_ += ",\"$scope\":";
    members(inside, false);
    to_ += '}';
  }
  void pointer(const bson_iter_t& at) {
    std::uint32_t n = 0;
    const char* collection = nullptr;
    const bson_oid_t* oid = nullptr;
    bson_iter_dbpointer(&at, &n, &collection, &oid);
    if (!collection || !oid) return broken();
    char hex[25];
    bson_oid_to_string(oid, hex);
    to_ += "{\"$dbPointer\":{\"$ref\":";
    quoted({collection, n});
    to_ += ",\"$id\":";
    in("$oid", hex);
    to_ += "}}";
  }

  void wrapped(const bson_iter_t& at) {
    std::uint32_t n = 0, increment = 0;
    char text[BSON_DECIMAL128_STRING];
    bson_decimal128_t decimal;
    switch (bson_iter_type(&at)) {
      case BSON_TYPE_OID:
        bson_oid_to_string(bson_iter_oid(&at), text);
        return in("$oid", text);
      case BSON_TYPE_DECIMAL128:
        if (!bson_iter_decimal128(&at, &decimal)) return broken();
        bson_decimal128_to_string(&decimal, text);
        return in("$numberDecimal", text);
      case BSON_TYPE_DATE_TIME:
        return date(bson_iter_date_time(&at));
      case BSON_TYPE_BINARY:
        return binary(at);
      case BSON_TYPE_REGEX:
        return regex(at);
      case BSON_TYPE_TIMESTAMP:
        bson_iter_timestamp(&at, &n, &increment);
        to_ += "{\"$timestamp\":{\"t\":" + std::to_string(n) + ",\"i\":" + std::to_string(increment) + "}}";
        return;
      case BSON_TYPE_CODE: {
        const char* code = bson_iter_code(&at, &n);
        return in("$code", {code ? code : "", code ? n : 0});
      }
      case BSON_TYPE_CODEWSCOPE:
        return code_with_scope(at);
      case BSON_TYPE_SYMBOL: {
        const char* symbol = bson_iter_symbol(&at, &n);
        return in("$symbol", {symbol ? symbol : "", symbol ? n : 0});
      }
      case BSON_TYPE_DBPOINTER:
        return pointer(at);
      case BSON_TYPE_UNDEFINED:
        to_ += "{\"$undefined\":true}";
        return;
      case BSON_TYPE_MINKEY:
        to_ += "{\"$minKey\":1}";
        return;
      case BSON_TYPE_MAXKEY:
        to_ += "{\"$maxKey\":1}";
        return;
      default:
        return broken();
    }
  }

  std::string& to_;
  int depth_ = 0;
  bool clean_ = true;
};

}  // namespace

bool append_json(const bson_t* document, bool is_array, std::string& to) {
  JsonWriter writer(to);
  bson_iter_t at;
  if (!bson_iter_init(&at, document)) return false;
  writer.members(at, is_array);
  return writer.clean();
}

bool append_json(const bson_iter_t& at, std::string& to) {
  JsonWriter writer(to);
  writer.value(at);
  return writer.clean();
}

bool append_quoted(std::string_view text, std::string& to) {
  JsonWriter writer(to);
  writer.quoted(text);
  return writer.clean();
}

}  // namespace dbmux::mongodb
