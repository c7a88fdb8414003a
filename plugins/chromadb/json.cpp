#include "json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_set>
#include <vector>

namespace dbmux::chromadb {

namespace {

using rapidjson::Value;

std::string counted(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " value was given" : " values were given");
}

class Filler {
 public:
  Filler(rapidjson::Document& document, std::span<const dbmux_param> params)
      : allocator_(document.GetAllocator()), params_(params), used_(params.size()) {}

  kit::Status check() const {
    std::unordered_set<std::string_view> names;
    for (const auto& p : params_)
      if (p.name.len > 0 && !names.insert(kit::view(p.name)).second)
        return kit::fail(DBMUX_E_INVALID,
                         "parameter '" + std::string(kit::view(p.name)) + "' was given twice");
    if (!names.empty() && names.size() < params_.size())
      return kit::fail(DBMUX_E_INVALID, "give all parameters by position or all by name");
    return {};
  }

  kit::Status fill(Value& v) {
    if (v.IsArray())
      for (auto& element : v.GetArray())
        if (auto filled = fill(element); !filled) return filled;
    if (!v.IsObject()) return {};
    if (v.MemberCount() == 1 && view(v.MemberBegin()->name) == "$param") return put(v);
    for (auto& m : v.GetObject())
      if (auto filled = fill(m.value); !filled) return filled;
    return {};
  }

  kit::Status all_used() const {
    for (std::size_t i = 0; i < params_.size(); ++i) {
      if (used_[i]) continue;
      const std::string name(kit::view(params_[i].name));
      return kit::fail(DBMUX_E_INVALID, "the query has no parameter " +
                                            (name.empty() ? std::to_string(i + 1) : "'" + name + "'") +
                                            ", but " + counted(params_.size()))
          .object(name)
          .hint(R"(a value stands where {"$param": 1} or {"$param": "name"} is written)");
    }
    return {};
  }

 private:
  kit::Status put(Value& v) {
    const Value& which = v.MemberBegin()->value;
    if (which.IsInt64()) {
      const auto position = which.GetInt64();
      if (position < 1 || static_cast<std::uint64_t>(position) > params_.size())
        return kit::fail(DBMUX_E_INVALID, "the query wants parameter " + std::to_string(position) + ", but " +
                                              counted(params_.size()));
      const auto i = static_cast<std::size_t>(position - 1);
      if (params_[i].name.len > 0)
        return kit::fail(DBMUX_E_INVALID,
                         "the query asks for parameters by position; they were given by name");
      used_[i] = true;
      return set(v, params_[i]);
    }
    if (!which.IsString()) return kit::fail(DBMUX_E_INVALID, "$param takes a number from 1, or a name");
    std::string given;
    for (std::size_t i = 0; i < params_.size(); ++i) {
      if (params_[i].name.len > 0 && kit::view(params_[i].name) == view(which)) {
        used_[i] = true;
        return set(v, params_[i]);
      }
      given += (i > 0 ? ", " : "; given: ") + std::string(kit::view(params_[i].name));
    }
    const std::string name(view(which));
    return kit::fail(DBMUX_E_INVALID, "no value was given for the parameter '" + name + "'" + given)
        .object(name);
  }

  kit::Status set(Value& v, const dbmux_param& p) {
    if (p.type.len > 0)
      return kit::fail(DBMUX_E_UNSUPPORTED, "parameters of ChromaDB have no type of their own");
    const auto& from = p.value;
    switch (from.kind) {
      case DBMUX_NULL:
        v.SetNull();
        return {};
      case DBMUX_BOOL:
        v.SetBool(from.u.i64 != 0);
        return {};
      case DBMUX_I64:
        v.SetInt64(from.u.i64);
        return {};
      case DBMUX_U64:
        v.SetUint64(from.u.u64);
        return {};
      case DBMUX_F64:
        if (!std::isfinite(from.u.f64)) return kit::fail(DBMUX_E_INVALID, "JSON has no infinite numbers");
        v.SetDouble(from.u.f64);
        return {};
      case DBMUX_NUMBER:
        return number(v, kit::view(from));
      case DBMUX_TEXT:
        v.SetString(kit::view(from).data(), from.len, allocator_);
        return {};
      case DBMUX_JSON: {
        // Data, in which nothing is a parameter again.
        auto value = parsed(kit::view(from));
        if (!value) return value.failure();
        v.CopyFrom(*value, allocator_);
        return {};
      }
      case DBMUX_F32S:
        return floats(v, kit::view(from));
      default:
        return kit::fail(DBMUX_E_UNSUPPORTED, "ChromaDB keeps no bytes").hint("send them as text, in base64");
    }
  }

  static kit::Status number(Value& v, std::string_view text) {
    const auto* end = text.data() + text.size();
    std::int64_t i = 0;
    if (const auto [p, ec] = std::from_chars(text.data(), end, i); ec == std::errc() && p == end) {
      v.SetInt64(i);
      return {};
    }
    double d = 0;
    char shortest[64];
    if (const auto [p, ec] = std::from_chars(text.data(), end, d);
        ec == std::errc() && p == end && std::isfinite(d)) {
      const auto* written = std::to_chars(shortest, shortest + sizeof shortest, d).ptr;
      if (std::string_view(shortest, static_cast<std::size_t>(written - shortest)) == text) {
        v.SetDouble(d);
        return {};
      }
    }
    return kit::fail(DBMUX_E_INVALID,
                     "ChromaDB has no exact decimals, and this one is no integer and no double");
  }

  kit::Status floats(Value& v, std::string_view packed) {
    v.SetArray();
    for (std::size_t at = 0; at + 4 <= packed.size(); at += 4) {
      float f = 0;
      std::memcpy(&f, packed.data() + at, 4);
      if (!std::isfinite(f)) return kit::fail(DBMUX_E_INVALID, "JSON has no infinite numbers");
      v.PushBack(Value(static_cast<double>(f)), allocator_);
    }
    return {};
  }

  rapidjson::Document::AllocatorType& allocator_;
  std::span<const dbmux_param> params_;
  std::vector<bool> used_;
};

}  // namespace

kit::Result<rapidjson::Document> parsed(std::string_view json) {
  if (kit::is_blank(json))
    return kit::fail(DBMUX_E_INVALID, "there is no query in the text")
        .hint(R"(for example {"get": "collection"})");
  return kit::read_json(json);
}

kit::Status put_parameters(rapidjson::Document& document, std::span<const dbmux_param> params) {
  Filler filler(document, params);
  if (auto good = filler.check(); !good) return good;
  if (auto filled = filler.fill(document); !filled) return filled;
  return filler.all_used();
}

std::string text_of(const rapidjson::Value& v) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  v.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace dbmux::chromadb
