#pragma once
// The tools that an operator wrote into the profile, or into files beside it.
#include <map>
#include <memory>
#include <mutex>

#include "operations/context.hpp"
#include "profile/problem.hpp"

namespace dbmux {

// A tool that cannot be, because its name is one of ours; its place, and what to do.
std::optional<Problem> clash_with_builtin(const OperatorTool&);

class YamlTools : public Catalogue {
 public:
  // Starts with the tools of the context's profile. Everything behind the context outlives it.
  explicit YamlTools(Context&);

  // Other tools from now on; calls in flight end with theirs. Says so to on_change's listener when what
  // clients see has changed. Error (profile): one of them names a connection that this process does not have,
  // or a name of ours; then nothing has changed. Any thread.
  Result<void> replace(std::vector<OperatorTool>);

  std::shared_ptr<const std::vector<Face>> faces() const override;
  std::string instructions() const override { return {}; }
  Outcome run(Call&, std::string_view face, const JsonValue& arguments, Answer&) override;
  std::vector<ResourceEntry> resources(Call&) override { return {}; }
  std::vector<ResourceEntry> templates() const override { return {}; }
  Outcome read(Call&, std::string_view, Answer&) override { return Outcome::unknown; }
  void on_change(const OnChange&) override;

 private:
  struct Set {
    std::vector<OperatorTool> tools;
    std::vector<Face> faces;
  };
  std::shared_ptr<const Set> built(std::vector<OperatorTool>) const;
  std::shared_ptr<const Set> current() const;
  Result<void> perform(Call&, const OperatorTool&, const JsonValue& given, Answer&, CallRecord&, bool& asked);

  Context& context_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Set> set_;
  OnChange changed_;
};

}  // namespace dbmux
