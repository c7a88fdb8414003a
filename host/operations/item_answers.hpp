#pragma once
// Rows of content, as a plugin gives them, in the shapes of the catalogue.
#include <string_view>
#include <vector>

#include "driver/items.hpp"
#include "operations/catalogue.hpp"

namespace dbmux {

// A tool's answer: its blocks, and what is structured. true: it says itself that the tool has failed.
Result<bool> add_blocks(const std::vector<ContentRow>&, Answer&);
// The parts of a resource; uri: that was asked for, where a part names none.
Result<void> add_parts(const std::vector<ContentRow>&, std::string_view uri, Answer&);
Result<void> add_messages(const std::vector<ContentRow>&, PromptAnswer&);
void add_values(const std::vector<ContentRow>&, Completion&);

}  // namespace dbmux
