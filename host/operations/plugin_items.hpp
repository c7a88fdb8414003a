#pragma once
// What the plugins of the profile's connections offer of their own, as a catalogue: tools named
// PLUGIN_TOOL (unless the profile says tools.prefix: false), resources, templates, prompts, completion. A
// plugin without items costs nothing here; one with items is loaded at the first listing.
#include "operations/item_listing.hpp"

namespace dbmux {

class PluginItems : public Catalogue {
 public:
  // What is behind the context outlives it.
  explicit PluginItems(Context& context) : context_(context), lister_(context) {}

  std::shared_ptr<const std::vector<Face>> faces() const override { return lister_.listing()->faces; }
  std::string instructions() const override { return {}; }
  Outcome run(Call&, std::string_view face, const JsonValue& arguments, Answer&) override;

  std::vector<ResourceEntry> resources(Call&) override { return lister_.listing()->resource_entries; }
  std::vector<ResourceEntry> templates() const override { return lister_.listing()->template_entries; }
  Outcome read(Call&, std::string_view uri, Answer&) override;

  std::vector<PromptEntry> prompts(Call&) override { return lister_.listing()->prompt_entries; }
  Outcome prompt(Call&, std::string_view name, const JsonValue& arguments, PromptAnswer&) override;
  Outcome complete(Call&, const CompletionRequest&, Completion&) override;
  void on_change(const OnChange& told) override { lister_.on_change(told); }

 private:
  Context& context_;
  mutable ItemLister lister_;
};

}  // namespace dbmux
