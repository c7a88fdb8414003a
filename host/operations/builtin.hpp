#pragma once
// The operations that dbmux brings itself, with the faces that a profile lists.
#include <memory>

#include "operations/context.hpp"

namespace dbmux {

struct FaceRow;  // operations/faces.hpp

class BuiltinCatalogue : public Catalogue {
 public:
  // Everything behind the context outlives the catalogue. Reads the descriptors of the profile's plugins.
  explicit BuiltinCatalogue(Context&);

  std::shared_ptr<const std::vector<Face>> faces() const override { return faces_; }
  std::string instructions() const override;
  Outcome run(Call&, std::string_view face, const JsonValue& arguments, Answer&) override;
  std::vector<ResourceEntry> resources(Call&) override;
  std::vector<ResourceEntry> templates() const override;
  Outcome read(Call&, std::string_view uri, Answer&) override;

  std::vector<PromptEntry> prompts(Call&) override;
  Outcome prompt(Call&, std::string_view name, const JsonValue& arguments, PromptAnswer&) override;
  Outcome complete(Call&, const CompletionRequest&, Completion&) override;
  void on_change(const OnChange& told) override { context_.changed = told; }

 private:
  struct Performance {
    Call& call;
    Answer& answer;
    CallRecord& record;
    const Limits* limits = nullptr;
    bool asked = false;
  };
  Result<void> perform(const FaceRow&, std::string_view face, const JsonValue& given, Performance&);
  // What a face answers, as a part of something else.
  Result<std::string> answer_of(Call&, std::string_view face, const JsonValue& given);

  Context& context_;
  const std::shared_ptr<const std::vector<Face>> faces_;
};

}  // namespace dbmux
