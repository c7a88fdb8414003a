#include "profile/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <map>
#include <streambuf>

#include "base/text.hpp"

namespace dbmux {
namespace {

struct Refused {  // leaves the parser from inside a handler; caught in parse_yaml
  int line, column;
  std::string message;
};

std::size_t count(const Node& node) {
  std::size_t n = 1;
  for (const Node& item : node.items) n += count(item);
  for (const Node::Entry& entry : node.entries) n += 1 + count(entry.value);
  return n;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(mark, Node::Kind::null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "this alias stands inside what it names");
    nodes_ += count(found->second);
    if (nodes_ > kYamlNodes) refuse_size(mark);
    Node copy = found->second;
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    attach(std::move(copy));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    Node scalar = node(mark, Node::Kind::scalar);
    scalar.plain = tag != "!";
    scalar.text = value;
    add(std::move(scalar), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string message) {
    throw Refused{mark.line + 1, mark.column + 1, std::move(message)};
  }
  [[noreturn]] static void refuse_size(const YAML::Mark& mark) {
    refuse(mark, "more than " + thousands(kYamlNodes) + " values, counting what aliases repeat");
  }

  static void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!…) are not supported");
  }

  Node node(const YAML::Mark& mark, Node::Kind kind) {
    if (++nodes_ > kYamlNodes) refuse_size(mark);
    Node made;
    made.kind = kind;
    made.line = mark.line + 1;
    made.column = mark.column + 1;
    return made;
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().node.kind == Node::Kind::map && !frames_.back().has_key;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check_tag(mark, tag);
    if (frames_.size() == kYamlDepth)
      refuse(mark, "nested deeper than " + std::to_string(kYamlDepth) + " levels");
    if (expects_key()) refuse(mark, "a key must be plain text");
    frames_.push_back({node(mark, kind), anchor});
  }

  void close() {
    Frame done = std::move(frames_.back());
    frames_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node&& made, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = made;
    attach(std::move(made));
  }

  void attach(Node&& made) {
    if (frames_.empty()) {
      root_ = std::move(made);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(made));
    } else if (frame.has_key) {
      frame.node.entries.back().value = std::move(made);
      frame.has_key = false;
    } else {
      add_key(frame, std::move(made));
    }
  }

  static void add_key(Frame& frame, Node&& key) {
    if (key.kind != Node::Kind::scalar) throw Refused{key.line, key.column, "a key must be plain text"};
    if (key.text == "<<" && key.plain)
      throw Refused{key.line, key.column,
                    "merge keys (<<) are not supported; write the keys out, or put them under 'defaults'"};
    frame.node.entries.push_back({std::move(key.text), key.line, key.column, {}});
    frame.has_key = true;
  }

  Node root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
};

class TextBuffer final : public std::streambuf {  // an istream over bytes that are already there
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// ${VAR} within { } ends the map for YAML, which then complains of something else.
std::string_view hint(std::string_view text, const YAML::Mark& mark) {
  std::size_t begin = mark.pos >= 0 ? static_cast<std::size_t>(mark.pos) : text.size();
  if (begin >= text.size()) return {};
  begin = text.rfind('\n', begin) + 1;
  const bool variable =
      text.substr(begin, text.find('\n', begin) - begin).find("${") != std::string_view::npos;
  return variable ? "; within { } and [ ] a text with ${…} needs quotes" : "";
}

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, const std::string& file,
                               std::vector<Problem>& problems) {
  auto refuse = [&](int line, int column, std::string message) -> std::optional<Node> {
    problems.push_back({{file, line, column}, {}, std::move(message), Problem::Severity::error});
    return std::nullopt;
  };
  if (text.size() > kYamlBytes) return refuse(0, 0, "larger than 1 MiB, which no profile is");
  if (!is_utf8(text)) return refuse(0, 0, "not UTF-8 text");
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    TreeBuilder builder;
    const bool any = parser.HandleNextDocument(builder);
    Node root = builder.take();
    if (!any) {
      root.line = root.column = 1;
      return root;
    }
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      const Node other = second.take();
      return refuse(other.line, other.column, "a second YAML document; a profile is one");
    }
    return root;
  } catch (const Refused& refused) {
    return refuse(refused.line, refused.column, refused.message);
  } catch (const YAML::Exception& e) {
    return refuse(e.mark.line + 1, e.mark.column + 1,
                  "not valid YAML: " + e.msg + std::string(hint(text, e.mark)));
  }
}

}  // namespace dbmux
