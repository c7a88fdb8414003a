#pragma once
// The prompts that dbmux brings itself.
#include <span>
#include <string_view>

namespace dbmux {

struct PromptRow {
  struct Argument {
    std::string_view name, description;
    bool required = false;
  };
  std::string_view name, title, description;
  std::span<const Argument> arguments;
};

std::span<const PromptRow> prompt_rows();
const PromptRow* find_prompt(std::string_view name);

}  // namespace dbmux
