#include <stdexcept>

#include "faulty.hpp"

namespace faulty {
namespace {

// A resource and two tools, one of them on a session.
constexpr const char* kItems = R"({"tools":[{"name":"three","_meta":{"dbmux/lease":true}},
{"name":"refuse","inputSchema":{"type":"object","properties":{"why":{"type":"string"}},"required":["why"]}}],
"resources":[{"uri":"faulty://three","_meta":{"dbmux/lease":true}}]})";
constexpr const char* kTwice = R"({"tools":[{"name":"three"},{"name":"three"}]})";
constexpr const char* kBroken =
    R"({"tools":[{"name":"three","inputSchema":{"type":"object","properties":3}}]})";

const char* text(int times) {
  if (has(Fault::items_not_json)) return R"({"tools":[)";
  if (has(Fault::items_named_twice)) return kTwice;
  if (has(Fault::items_with_a_broken_schema)) return kBroken;
  return has(Fault::items_that_change) && times > 1 ? kTwice : kItems;
}

dbmux_status describe(dbmux_source* source, const dbmux_call*, dbmux_str* json, dbmux_error*) noexcept {
  *json = str(text(++source->described));
  return DBMUX_OK;
}

dbmux_status refuse(dbmux_error* error) {
  if (has(Fault::items_that_throw)) throw std::runtime_error("an exception of invoke");
  if (has(Fault::items_that_wait_for_nothing)) return fail(error, DBMUX_E_NEED_INPUT, "an answer is missing");
  if (has(Fault::items_unterminated_error)) std::memset(error->detail, 'x', sizeof error->detail);
  return fail(error, DBMUX_E_INVALID, "this refuses whatever it is given");
}

dbmux_status invoke(dbmux_source*, dbmux_conn* conn, const dbmux_call* call, std::int32_t item,
                    dbmux_str name, dbmux_str, std::int32_t* shape, dbmux_cursor** out,
                    dbmux_error* error) noexcept {
  if (!has(Fault::items_deaf_to_deadlines) && host->now_ns(host) >= call->deadline_ns)
    return fail(error, DBMUX_E_TIMEOUT, "the call had run out of time");
  if (host->is_cancelled(host, call)) return fail(error, DBMUX_E_CANCELLED, "the call had been cancelled");
  if (item == DBMUX_ITEM_TOOL && view(name) == "refuse") return refuse(error);
  const bool known = item == DBMUX_ITEM_TOOL ? view(name) == "three" : view(name) == "faulty://three";
  if (!known) return fail(error, DBMUX_E_NOT_FOUND, "there is no such item");
  if (has(Fault::items_without_cursor)) return DBMUX_OK;
  *shape =
      item == DBMUX_ITEM_TOOL && !has(Fault::items_without_type) ? DBMUX_SHAPE_ROWS : DBMUX_SHAPE_CONTENT;
  *out = new dbmux_cursor;
  (*out)->conn = conn;
  (*out)->batch_rows = 2;
  (*out)->left = 3;
  (*out)->column.name = str(has(Fault::items_without_type) ? "kind" : "type");
  (*out)->column.native_type = (*out)->column.origin = str("");
  (*out)->column.nullable = -1;
  (*out)->value.kind = DBMUX_TEXT;
  (*out)->value.u.ptr = "text";
  (*out)->value.len = 4;
  (*out)->echo = true;
  return DBMUX_OK;
}

constexpr dbmux_ext_items kTable{sizeof(dbmux_ext_items), 0, describe, invoke};

}  // namespace

const dbmux_ext_items* items() { return &kTable; }

}  // namespace faulty
