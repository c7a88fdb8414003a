#include "json_array.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace dbmux::postgres {

namespace {

using rapidjson::SizeType;

class ArrayWriter : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ArrayWriter> {
 public:
  explicit ArrayWriter(bool of_documents) : of_documents_(of_documents) {}

  bool Null() { return inside() ? wrote(document_.Null()) : element("NULL"); }
  bool Bool(bool b) { return inside() ? wrote(document_.Bool(b)) : element(b ? "t" : "f"); }
  bool RawNumber(const char* s, SizeType n, bool) {
    return inside() ? wrote(document_.RawValue(s, n, rapidjson::kNumberType)) : element({s, n});
  }
  bool String(const char* s, SizeType n, bool) {
    return inside() ? wrote(document_.String(s, n)) : quoted({s, n});
  }
  bool Key(const char* s, SizeType n, bool) { return document_.Key(s, n); }
  bool StartObject() {
    if (arrays_ == 0) return false;
    ++nested_;
    return document_.StartObject();
  }
  bool EndObject(SizeType) {
    --nested_;
    return wrote(document_.EndObject());
  }
  bool StartArray() {
    if (nested_ > 0 || (of_documents_ && arrays_ > 0)) {
      ++nested_;
      return document_.StartArray();
    }
    comma();
    text_ += '{';
    first_ = true;
    ++arrays_;
    return true;
  }
  bool EndArray(SizeType) {
    if (nested_ > 0) {
      --nested_;
      return wrote(document_.EndArray());
    }
    text_ += '}';
    first_ = false;
    --arrays_;
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  // Within a value that stays JSON.
  bool inside() const { return nested_ > 0 || of_documents_; }
  bool wrote(bool done) {
    if (nested_ > 0 || arrays_ == 0) return done && arrays_ > 0;
    const std::string document(buffer_.GetString(), buffer_.GetSize());
    buffer_.Clear();
    document_.Reset(buffer_);
    return quoted(document);
  }
  void comma() {
    if (arrays_ > 0 && !first_) text_ += ',';
    first_ = false;
  }
  bool element(std::string_view plain) {
    comma();
    text_ += plain;
    return arrays_ > 0;
  }
  bool quoted(std::string_view text) {
    comma();
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
    return arrays_ > 0;
  }

  const bool of_documents_;
  std::string text_;
  int arrays_ = 0, nested_ = 0;  // arrays of PostgreSQL, values of JSON
  bool first_ = true;
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> document_{buffer_};
};

}  // namespace

std::optional<std::string> array_text(std::string_view json, bool of_documents) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  ArrayWriter writer(of_documents);
  rapidjson::Reader reader;
  rapidjson::MemoryStream stream(json.data(), json.size());
  if (reader.Parse<kFlags>(stream, writer).IsError()) return {};
  return writer.text();
}

}  // namespace dbmux::postgres
