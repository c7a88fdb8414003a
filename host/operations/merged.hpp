#pragma once
// Several catalogues as one: our own operations, those of the profile, of plugins. A name that two of them
// have belongs to the earlier one.
#include <memory>
#include <vector>

#include "operations/catalogue.hpp"

namespace dbmux {

class MergedCatalogue : public Catalogue {
 public:
  // The parts outlive it; the instructions are the first one's.
  explicit MergedCatalogue(std::vector<Catalogue*> parts) : parts_(std::move(parts)) {}

  std::shared_ptr<const std::vector<Face>> faces() const override;
  std::string instructions() const override { return parts_.front()->instructions(); }
  Outcome run(Call&, std::string_view face, const JsonValue& arguments, Answer&) override;
  std::vector<ResourceEntry> resources(Call&) override;
  std::vector<ResourceEntry> templates() const override;
  Outcome read(Call&, std::string_view uri, Answer&) override;
  std::vector<PromptEntry> prompts(Call&) override;
  Outcome prompt(Call&, std::string_view name, const JsonValue& arguments, PromptAnswer&) override;
  Outcome complete(Call&, const CompletionRequest&, Completion&) override;
  void on_change(const OnChange&) override;

 private:
  const std::vector<Catalogue*> parts_;
};

}  // namespace dbmux
