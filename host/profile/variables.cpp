#include "profile/variables.hpp"

#include "base/text.hpp"
#include "profile/expand.hpp"

namespace dbmux {
namespace {

class TreeExpander {
 public:
  TreeExpander(const std::string& file, const Environment& environment, std::vector<Problem>& problems)
      : file_(file), environment_(environment), problems_(problems) {}

  void visit(Node& node, const Path& at) {
    if (node.kind == Node::Kind::scalar) scalar(node, at);
    for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], {&at, {}, i});
    const bool connections = at.up != nullptr && at.up->up == nullptr && at.name == "connections";
    for (Node::Entry& entry : node.entries) {
      const Path here{&at, entry.key};
      if (connections && entry.value.kind == Node::Kind::map) connection_ = &here;
      visit(entry.value, here);
      if (connections) connection_ = nullptr;
    }
  }

  std::vector<MissingVariables> take() { return std::move(missing_); }

 private:
  void scalar(Node& node, const Path& at) {
    if (node.text.find("${") == std::string::npos) return;
    const bool of_session =
        connection_ != nullptr && at.up != nullptr && at.up->name == "session" && at.up->up == connection_;
    Expansion expansion =
        of_session ? expand_but_for_calls(node.text, environment_) : expand(node.text, environment_);
    const Mark mark{file_, node.line, node.column};
    if (!expansion.error.empty()) {
      problems_.push_back({mark, at.text(), expansion.error, Problem::Severity::error});
      node.missing = true;
      return;
    }
    node.text = std::move(expansion.text);
    node.expanded = true;
    if (expansion.missing.empty()) return;
    node.missing = true;
    if (connection_ == nullptr) {
      const std::string_view verb = expansion.missing.size() == 1 ? " is" : " are";
      problems_.push_back(
          {mark, at.text(),
           joined(expansion.missing, ", ") + std::string(verb) + " not set. " + std::string(kPassedVariables),
           Problem::Severity::error});
      return;
    }
    const std::string path = at.text();
    missing_.push_back({std::string(connection_->name), path.substr(connection_->text().size() + 1), mark,
                        path, std::move(expansion.missing)});
  }

  const std::string& file_;
  const Environment& environment_;
  std::vector<Problem>& problems_;
  std::vector<MissingVariables> missing_;
  const Path* connection_ = nullptr;
};

}  // namespace

std::vector<MissingVariables> expand_variables(Node& root, const std::string& file,
                                               const Environment& environment,
                                               std::vector<Problem>& problems) {
  TreeExpander expander(file, environment, problems);
  expander.visit(root, {});
  return expander.take();
}

}  // namespace dbmux
