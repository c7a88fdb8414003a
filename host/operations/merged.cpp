#include "operations/merged.hpp"

#include <algorithm>
#include <iterator>

namespace dbmux {

namespace {

template <class T, class Key>
void add_new(std::vector<T>& all, std::vector<T> more, Key key) {
  for (auto& one : more) {
    if (std::none_of(all.begin(), all.end(), [&](const T& other) { return other.*key == one.*key; }))
      all.push_back(std::move(one));
  }
}

// The first part that knows of it answers.
template <class Ask>
Outcome first_of(const std::vector<Catalogue*>& parts, Ask ask) {
  for (auto* part : parts)
    if (const auto outcome = ask(*part); outcome != Outcome::unknown) return outcome;
  return Outcome::unknown;
}

}  // namespace

std::shared_ptr<const std::vector<Face>> MergedCatalogue::faces() const {
  if (parts_.size() == 1) return parts_.front()->faces();
  auto all = std::make_shared<std::vector<Face>>();
  for (const auto* part : parts_) add_new(*all, *part->faces(), &Face::name);
  std::stable_partition(all->begin(), all->end(), [](const Face& f) { return f.listed; });
  return all;
}

Outcome MergedCatalogue::run(Call& call, std::string_view face, const JsonValue& arguments, Answer& answer) {
  return first_of(parts_, [&](Catalogue& part) { return part.run(call, face, arguments, answer); });
}

std::vector<ResourceEntry> MergedCatalogue::resources(Call& call) {
  std::vector<ResourceEntry> all;
  for (auto* part : parts_) add_new(all, part->resources(call), &ResourceEntry::uri);
  return all;
}

std::vector<ResourceEntry> MergedCatalogue::templates() const {
  std::vector<ResourceEntry> all;
  for (const auto* part : parts_) add_new(all, part->templates(), &ResourceEntry::uri);
  return all;
}

Outcome MergedCatalogue::read(Call& call, std::string_view uri, Answer& answer) {
  return first_of(parts_, [&](Catalogue& part) { return part.read(call, uri, answer); });
}

std::vector<PromptEntry> MergedCatalogue::prompts(Call& call) {
  std::vector<PromptEntry> all;
  for (auto* part : parts_) add_new(all, part->prompts(call), &PromptEntry::name);
  return all;
}

Outcome MergedCatalogue::prompt(Call& call, std::string_view name, const JsonValue& arguments,
                                PromptAnswer& answer) {
  return first_of(parts_, [&](Catalogue& part) { return part.prompt(call, name, arguments, answer); });
}

Outcome MergedCatalogue::complete(Call& call, const CompletionRequest& request, Completion& completion) {
  return first_of(parts_, [&](Catalogue& part) { return part.complete(call, request, completion); });
}

void MergedCatalogue::on_change(const OnChange& changed) {
  for (auto* part : parts_) part->on_change(changed);
}

}  // namespace dbmux
