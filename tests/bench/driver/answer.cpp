#include "answer.hpp"

#include <rapidjson/reader.h>

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <vector>

#include "describe/sha256.hpp"
#include "failure.hpp"

namespace bench {
namespace {

using Encoding = rapidjson::UTF8<>;

// Remembers where in the envelope the reader is: the object keys from the outside in; arrays do not count.
class Envelope : public rapidjson::BaseReaderHandler<Encoding, Envelope> {
 public:
  std::optional<std::int64_t> id;
  std::optional<std::string_view> text;
  bool has_result = false;
  bool failed = false;

  bool StartObject() {
    if (at({"result"})) has_result = true;
    if (at({"error"})) failed = true;
    path_.emplace_back();
    return true;
  }
  bool Key(const char* key, rapidjson::SizeType size, bool /*copy*/) {
    path_.back() = {key, size};
    return true;
  }
  bool EndObject(rapidjson::SizeType /*members*/) {
    path_.pop_back();
    return true;
  }
  bool String(const char* bytes, rapidjson::SizeType size, bool /*copy*/) {
    if (!text && at({"result", "content", "text"})) text = {bytes, size};
    return true;
  }
  bool Bool(bool value) {
    if (value && at({"result", "isError"})) failed = true;
    return true;
  }
  bool Int(int value) { return number(value); }
  bool Uint(unsigned value) { return number(value); }
  bool Default() { return true; }

 private:
  bool number(std::int64_t value) {
    if (at({"id"})) id = value;
    return true;
  }
  bool at(std::initializer_list<std::string_view> keys) const {
    return std::equal(path_.begin(), path_.end(), keys.begin(), keys.end());
  }

  std::vector<std::string_view> path_;
};

Envelope parse(char* line) {
  std::string start(std::string_view(line).substr(0, 400));
  Envelope envelope;
  rapidjson::InsituStringStream stream(line);
  rapidjson::GenericReader<Encoding, Encoding> reader;
  bool whole = !reader.Parse<rapidjson::kParseInsituFlag>(stream, envelope).IsError();
  if (!whole || !envelope.has_result || envelope.failed) fail("an answer is not a success: " + start);
  return envelope;
}

}  // namespace

Answer parse_answer(char* line) {
  Envelope envelope = parse(line);
  if (!envelope.id || !envelope.text) fail("the answer of a tool call has no id or no text");
  return {*envelope.id, *envelope.text};
}

void check_success(char* line) { parse(line); }

void Digest::add(char* line) {
  Answer answer = parse_answer(line);
  if (!texts_.emplace(answer.id, answer.text).second) fail("one request was answered twice");
}

std::string Digest::hex() const {
  dbmux::Sha256 hash;
  for (const auto& [id, text] : texts_) hash.update(text);
  return hash.hex_digest();
}

void Digest::save(const std::string& path) const {
  std::ofstream file(path, std::ios::binary);
  for (const auto& [id, text] : texts_) file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace bench
