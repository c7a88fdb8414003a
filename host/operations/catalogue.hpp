#pragma once
// Everything a client can ask for. An operation has one handler and one or more faces: a name, an input
// schema, an answer's shape. MCP, REST and the command line only spell them.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/output.hpp"
#include "base/result.hpp"
#include "base/rows.hpp"
#include "call/call.hpp"

namespace dbmux {

// One item of MCP content: {"type":"text",…}, image, audio, resource_link, resource.
struct Content {
  std::string type;
  std::string json;  // the whole item
};

struct ProtocolError {
  int code = 0;  // of JSON-RPC
  std::string message;
  std::string data;  // JSON, or ""
};

// Where an operation writes: one text, plus what does not belong into it. Taken back whole when it fails,
// unless it streams: then the error is a last line, and a block.
class Answer {
 public:
  Answer(Output& out, Depth depth) : out_(out), depth_(depth), start_(out.size()) {}

  Output& out() { return out_; }
  Depth depth() const { return depth_; }
  void text(std::string_view plain) { append_escaped(out_, depth_, plain); }
  void take_back() {
    if (!out_.streams()) out_.truncate(start_);
  }
  // A member of the answer's _meta; value is plain JSON.
  void meta(std::string key, std::string value) { meta_.emplace_back(std::move(key), std::move(value)); }
  // A further text block behind the first, plain text.
  void block(std::string plain) { blocks_.push_back(std::move(plain)); }
  // A further item, of a tool's answer or of a resource's contents. Where no text was written, the first of
  // them is the answer's first.
  void content(Content item) { contents_.push_back(std::move(item)); }
  void structured(std::string json) { structured_ = std::move(json); }
  // With Outcome::refused.
  void refuse(ProtocolError error) { refusal_ = std::move(error); }

  bool has_text() const { return out_.size() != start_; }
  std::size_t start() const { return start_; }
  const std::vector<Content>& contents() const { return contents_; }
  const std::string& structured() const { return structured_; }  // "" = none
  const ProtocolError& refusal() const { return refusal_; }
  const std::vector<std::pair<std::string, std::string>>& meta() const { return meta_; }
  const std::vector<std::string>& blocks() const { return blocks_; }

 private:
  Output& out_;
  Depth depth_;
  std::size_t start_;
  std::vector<std::pair<std::string, std::string>> meta_;
  std::vector<std::string> blocks_;
  std::vector<Content> contents_;
  std::string structured_;
  ProtocolError refusal_;
};

struct Face {
  std::string name;
  std::string title;  // for people; not sent to models
  std::string description;
  std::string input_schema;  // compact JSON
  std::string annotations;   // compact JSON object
  bool listed = false;
  std::string output_schema = {}, icons = {}, meta = {};  // JSON, or ""
};

struct ResourceEntry {
  std::string uri, name, description, mime_type;
  std::string title = {}, annotations = {}, icons = {}, meta = {};  // the last three JSON, or ""
};

struct PromptEntry {
  struct Argument {
    std::string name, description;
    bool required = false;
  };
  std::string name, title, description;
  std::vector<Argument> arguments;
  std::string icons = {}, meta = {};  // JSON, or ""
};

struct PromptAnswer {
  struct Message {
    std::string role;  // user or assistant
    Content content;
  };
  std::string description;
  std::vector<Message> messages;
  Error error;  // with Outcome::error; category invalid and not_found: the caller's fault
  ProtocolError refusal = {};
};

// What is being typed.
struct CompletionRequest {
  bool prompt = false;  // else a resource template
  std::string_view of;  // the prompt's name, or the template's URI
  std::string_view argument, value;
  const JsonValue* context = nullptr;  // the arguments given so far, an object of strings; may be null
};

struct Completion {
  std::vector<std::string> values;  // at most 100
  std::optional<std::int64_t> total;
  bool has_more = false;
};

enum class Change { tools, prompts, resources, resource };
// Any thread. uri: of a resource; one that ends with '/' stands for all below it.
using OnChange = std::function<void(Change, std::string_view uri)>;

enum class Outcome {
  ok,
  error,        // the answer holds the error's text
  unknown,      // no such face, URI or prompt
  needs_input,  // Asking holds what to ask; nothing was written
  refused,      // the answer holds a protocol error
};

class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // In a fixed order; listed ones first. What was given stays valid when the faces change.
  virtual std::shared_ptr<const std::vector<Face>> faces() const = 0;
  virtual std::string instructions() const = 0;
  // arguments: a JSON object. Any thread; blocks until done, cancelled or out of time.
  virtual Outcome run(Call&, std::string_view face, const JsonValue& arguments, Answer&) = 0;

  virtual std::vector<ResourceEntry> resources(Call&) = 0;
  virtual std::vector<ResourceEntry> templates() const = 0;
  // Writes the resource's text (its type is application/json).
  virtual Outcome read(Call&, std::string_view uri, Answer&) = 0;

  virtual std::vector<PromptEntry> prompts(Call&) { return {}; }
  virtual Outcome prompt(Call&, std::string_view /*name*/, const JsonValue& /*arguments*/, PromptAnswer&) {
    return Outcome::unknown;
  }
  // Nothing to offer is no failure. unknown: no such prompt or template, or it has no such argument.
  virtual Outcome complete(Call&, const CompletionRequest&, Completion&) { return Outcome::unknown; }
  // Before the first call; replaces what was there.
  virtual void on_change(const OnChange&) {}
};

}  // namespace dbmux
