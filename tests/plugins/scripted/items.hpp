#pragma once
// Tools, resources, prompts and completion of the scripted plugin (README.md).
#include "cursor.hpp"

namespace scripted {

const dbmux_ext_items* items_extension();

}  // namespace scripted
