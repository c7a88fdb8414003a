// SPDX-License-Identifier: MIT-0
#pragma once
// A dbmux driver in C++: derive from kit::Source and kit::Connection, return Results, and define the entry as
//
//   extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
//     return dbmux::kit::plugin<MySource, MyConnection>(kDescription);
//   }
//
// The kit fills the C tables, keeps exceptions inside, and copies errors out. The tags and lifetimes of
// dbmux/plugin.h hold unchanged for the functions that you override.
#include "dbmux/kit/arena.hpp"
#include "dbmux/kit/call.hpp"
#include "dbmux/kit/driver.hpp"
#include "dbmux/kit/introspection.hpp"
#include "dbmux/kit/items.hpp"
#include "dbmux/kit/page_place.hpp"
#include "dbmux/kit/plugin.hpp"
#include "dbmux/kit/result.hpp"
#include "dbmux/kit/rows_cursor.hpp"
#include "dbmux/kit/running.hpp"
#include "dbmux/kit/text.hpp"
#include "dbmux/kit/value.hpp"
