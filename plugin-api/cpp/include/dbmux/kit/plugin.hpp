// SPDX-License-Identifier: MIT-0
#pragma once
// From the classes of a driver to the tables of the ABI. The only place where a Failure or an exception
// becomes a dbmux_error.
#include <dbmux/plugin.h>

#include <concepts>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <type_traits>

#include "dbmux/kit/driver.hpp"
#include "dbmux/kit/items.hpp"
#include "dbmux/kit/text.hpp"

namespace dbmux::kit {

struct Description {  // all static text; see dbmux_plugin
  const char* id;
  const char* name;
  const char* vendor;
  const char* version;
  const char* const* languages;
  const char* const* url_schemes;
  const char* config_schema;
  std::uint32_t flags = 0;  // DBMUX_PLUGIN_
};

// A source class also has: static Result<std::unique_ptr<Source>> open(Call, std::span<const dbmux_param>
// options)
template <class S>
concept OpensSource =
    std::derived_from<S, Source> && requires(Call call, std::span<const dbmux_param> options) {
      { S::open(call, options) } -> std::same_as<Result<std::unique_ptr<Source>>>;
    };

namespace detail {

template <std::size_t N>
void put(char (&to)[N], std::string_view text) {
  text = utf8_prefix(text, N - 1);
  std::memcpy(to, text.data(), text.size());
  to[text.size()] = 0;
}

inline dbmux_status put(dbmux_error* out, const Error& error) {
  out->category = error.category;
  out->flags = error.flags;
  out->position = error.position;
  out->line = error.line;
  out->severity = error.severity;
  out->refused_by = error.refused_by;
  out->native_code = error.native_code;
  put(out->sqlstate, error.sqlstate);
  put(out->object, error.object);
  put(out->message, error.message);
  put(out->detail, error.detail);
  put(out->hint, error.hint);
  return error.category;
}

inline dbmux_status put(dbmux_error* out, dbmux_status category, std::string_view message) {
  out->category = category;
  put(out->message, message);
  return category;
}

// Runs f, which returns a Result; hands its value to `take`.
template <class F, class Take>
dbmux_status barrier(dbmux_error* error, F&& f, Take&& take) noexcept {
  try {
    auto result = f();
    if (!result) return put(error, *result.failure());
    if constexpr (!std::is_same_v<decltype(result), Status>) {
      take(*result);
    } else {
      take();
    }
    return DBMUX_OK;
  } catch (const std::bad_alloc&) {
    return put(error, DBMUX_E_RESOURCE, "out of memory");
  } catch (const std::exception& e) {
    return put(error, DBMUX_E_INTERNAL, e.what());
  } catch (...) {
    return put(error, DBMUX_E_INTERNAL, "an exception of an unknown type");
  }
}

template <class F>
dbmux_status barrier(dbmux_error* error, F&& f) noexcept {
  return barrier(error, f, [] {});
}

inline dbmux_source* opaque(Source* s) { return reinterpret_cast<dbmux_source*>(s); }
inline dbmux_conn* opaque(Connection* c) { return reinterpret_cast<dbmux_conn*>(c); }
inline dbmux_cursor* opaque(Cursor* c) { return reinterpret_cast<dbmux_cursor*>(c); }
inline Source& source(dbmux_source* s) { return *reinterpret_cast<Source*>(s); }
inline Connection& connection(dbmux_conn* c) { return *reinterpret_cast<Connection*>(c); }
inline Cursor& cursor(dbmux_cursor* c) { return *reinterpret_cast<Cursor*>(c); }

inline const char* const* languages = nullptr;  // of the descriptor

inline bool speaks(std::string_view language) {
  for (auto known = languages; known && *known; ++known)
    if (language == *known) return true;
  return false;
}

struct GiveCursor {
  dbmux_cursor** out;
  void operator()(std::unique_ptr<Cursor>& cursor) const { *out = opaque(cursor.release()); }
};

template <OpensSource S>
struct DriverTable {
  static dbmux_status source_open(const dbmux_call* call, const dbmux_param* options, std::size_t n,
                                  dbmux_source** out, dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return S::open(Call(call), std::span(options, n)); },
        [&](std::unique_ptr<Source>& s) { *out = opaque(s.release()); });
  }
  static void source_close(dbmux_source* s, const dbmux_call* call) noexcept {
    const std::unique_ptr<Source> owner(&source(s));
    dbmux_error ignored{};
    barrier(&ignored, [&] {
      owner->close(Call(call));
      return Status();
    });
  }
  static dbmux_status connect(dbmux_source* s, const dbmux_call* call, std::uint32_t flags, dbmux_conn** out,
                              dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return source(s).connect(Call(call), flags); },
        [&](std::unique_ptr<Connection>& c) { *out = opaque(c.release()); });
  }
  static void close(dbmux_conn* c, const dbmux_call* call) noexcept {
    const std::unique_ptr<Connection> owner(&connection(c));
    dbmux_error ignored{};
    barrier(&ignored, [&] {
      owner->close(Call(call));
      return Status();
    });
  }
  static dbmux_status info(dbmux_conn* c, const dbmux_call* call, dbmux_info* out,
                           dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return connection(c).info(Call(call)); },
        [&](const Info& i) {
          out->capabilities = i.capabilities;
          out->product = str(i.product);
          out->version = str(i.version);
          out->dialect = str(i.dialect);
          out->user = str(i.user);
          out->role = i.role;
          out->privileges = i.privileges;
          out->lag_ns = i.lag_ns;
        });
  }
  static dbmux_status ping(dbmux_conn* c, const dbmux_call* call, dbmux_error* error) noexcept {
    return barrier(error, [&] { return connection(c).ping(Call(call)); });
  }
  static dbmux_status reset(dbmux_conn* c, const dbmux_call* call, dbmux_error* error) noexcept {
    return barrier(error, [&] { return connection(c).reset(Call(call)); });
  }
  static void cancel(dbmux_conn* c, std::uint64_t id) noexcept {
    dbmux_error ignored{};
    barrier(&ignored, [&] {
      connection(c).cancel(id);
      return Status();
    });
  }
  static dbmux_status execute(dbmux_conn* c, const dbmux_call* call, const dbmux_request* request,
                              dbmux_cursor** out, dbmux_error* error) noexcept {
    return barrier(
        error,
        [&]() -> CursorResult {
          const auto language = view(request->language);
          if (!speaks(language))
            return fail(DBMUX_E_UNSUPPORTED, "there is no language '" + std::string(language) + "' here");
          return connection(c).execute(Call(call), *request);
        },
        GiveCursor{out});
  }
  static dbmux_status columns(dbmux_cursor* c, const dbmux_column** out, std::size_t* n,
                              dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return cursor(c).columns(); },
        [&](std::span<const dbmux_column> columns) {
          *out = columns.data();
          *n = columns.size();
        });
  }
  static dbmux_status next_batch(dbmux_cursor* c, const dbmux_call* call, dbmux_batch* out,
                                 dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return cursor(c).next_batch(Call(call)); },
        [&](const Batch& batch) {
          out->n_cols = batch.columns;
          out->n_rows = batch.rows;
          out->cells = batch.cells;
        });
  }
  static dbmux_status summary(dbmux_cursor* c, dbmux_summary* out, dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return cursor(c).summary(); },
        [&](const Summary& s) {
          out->flags = s.flags;
          out->enforced_by = s.enforced_by;
          out->rows_affected = s.rows_affected;
          out->insert_id = s.insert_id;
          out->next = str(s.next);
        });
  }
  static dbmux_status next_result(dbmux_cursor* c, const dbmux_call* call, std::int32_t* more,
                                  dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return cursor(c).next_result(Call(call)); }, [&](bool any) { *more = any ? 1 : 0; });
  }
  static dbmux_status cursor_close(dbmux_cursor* c, const dbmux_call* call, dbmux_error* error) noexcept {
    const std::unique_ptr<Cursor> owner(&cursor(c));
    return barrier(error, [&] { return owner->close(Call(call)); });
  }

  static constexpr dbmux_driver table{sizeof(dbmux_driver),
                                      0,
                                      source_open,
                                      source_close,
                                      connect,
                                      close,
                                      info,
                                      ping,
                                      reset,
                                      cancel,
                                      execute,
                                      columns,
                                      next_batch,
                                      next_result,
                                      summary,
                                      cursor_close};
};

template <class S>
struct ItemTable {
  static Items& own(dbmux_source* s) { return static_cast<S&>(source(s)); }

  static dbmux_status describe(dbmux_source* s, const dbmux_call* call, dbmux_str* json,
                               dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return own(s).describe(Call(call)); },
        [&](std::string& text) {
          own(s).described = std::move(text);
          *json = str(own(s).described);
        });
  }
  static ItemResult dispatch(Items& items, Connection* conn, ItemCall call, std::int32_t item,
                             std::string_view name, std::string_view arguments) {
    switch (item) {
      case DBMUX_ITEM_TOOL:
        return items.call_tool(call, conn, name, arguments);
      case DBMUX_ITEM_RESOURCE:
        return items.read_resource(call, conn, name, arguments);
      case DBMUX_ITEM_PROMPT:
        return items.get_prompt(call, conn, name, arguments);
      case DBMUX_ITEM_COMPLETION:
        return items.complete(call, conn, name, arguments);
      default:
        return fail(DBMUX_E_UNSUPPORTED, "there are no items of this kind here");
    }
  }
  static dbmux_status invoke(dbmux_source* s, dbmux_conn* c, const dbmux_call* call, std::int32_t item,
                             dbmux_str name, dbmux_str arguments, std::int32_t* shape, dbmux_cursor** out,
                             dbmux_error* error) noexcept {
    return barrier(
        error,
        [&]() -> ItemResult {
          const ItemCall begun(call);
          if (begun.expired()) return fail(DBMUX_E_TIMEOUT, "the call had run out of time");
          if (begun.cancelled()) return fail(DBMUX_E_CANCELLED, "the call had been cancelled");
          return dispatch(own(s), c ? &connection(c) : nullptr, begun, item, view(name), view(arguments));
        },
        [&](ItemAnswer& answer) {
          *shape = answer.shape;
          *out = opaque(answer.cursor.release());
        });
  }
  static constexpr dbmux_ext_items table{sizeof(dbmux_ext_items), 0, describe, invoke};
};

template <class S, class C>
struct ExtensionTables {
  static C& own(dbmux_conn* c) { return static_cast<C&>(connection(c)); }

  static dbmux_status begin(dbmux_conn* c, const dbmux_call* call, std::int32_t read_only,
                            dbmux_str isolation, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).begin(Call(call), read_only != 0, view(isolation)); });
  }
  static dbmux_status commit(dbmux_conn* c, const dbmux_call* call, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).commit(Call(call)); });
  }
  static dbmux_status rollback(dbmux_conn* c, const dbmux_call* call, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).rollback(Call(call)); });
  }
  static dbmux_status scan(dbmux_conn* c, const dbmux_call* call, const dbmux_scan* scan, dbmux_cursor** out,
                           dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).scan(Call(call), *scan); }, GiveCursor{out});
  }
  static dbmux_status count(dbmux_conn* c, const dbmux_call* call, const dbmux_object* object,
                            std::int32_t exact, std::int64_t* rows, dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return own(c).count(Call(call), *object, exact != 0); },
        [&](std::int64_t n) { *rows = n; });
  }
  static dbmux_status introspect(dbmux_conn* c, const dbmux_call* call, std::int32_t kind,
                                 const dbmux_object* object, dbmux_str like, dbmux_cursor** out,
                                 dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return own(c).introspect(Call(call), kind, *object, view(like)); }, GiveCursor{out});
  }
  static dbmux_status analyze(dbmux_conn* c, const dbmux_call* call, const dbmux_request* request,
                              dbmux_analysis* out, dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return own(c).analyze(Call(call), *request); },
        [&](const Analysis::Report& report) {
          out->statement_class = report.statement_class;
          out->complete = report.complete ? 1 : 0;
          out->uses = report.uses.data();
          out->n_uses = report.uses.size();
        });
  }
  static dbmux_status explain(dbmux_conn* c, const dbmux_call* call, const dbmux_request* request,
                              std::int32_t analyze_too, dbmux_cursor** out, dbmux_error* error) noexcept {
    return barrier(
        error, [&] { return own(c).explain(Call(call), *request, analyze_too != 0); }, GiveCursor{out});
  }
  static dbmux_status begin_load(dbmux_conn* c, const dbmux_call* call, const dbmux_object* table,
                                 const dbmux_column* columns, std::size_t n, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).begin_load(Call(call), *table, std::span(columns, n)); });
  }
  static dbmux_status load_rows(dbmux_conn* c, const dbmux_call* call, const dbmux_value* cells,
                                std::uint32_t rows, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).load_rows(Call(call), cells, rows); });
  }
  static dbmux_status end_load(dbmux_conn* c, const dbmux_call* call, dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).end_load(Call(call)); });
  }
  static dbmux_status drop_table(dbmux_conn* c, const dbmux_call* call, const dbmux_object* table,
                                 dbmux_error* error) noexcept {
    return barrier(error, [&] { return own(c).drop_table(Call(call), *table); });
  }

  static const void* find(const char* id) noexcept {
    if constexpr (std::derived_from<C, Transactions>) {
      static constexpr dbmux_ext_txn table{sizeof(dbmux_ext_txn), 0, begin, commit, rollback};
      if (!std::strcmp(id, DBMUX_EXT_TXN)) return &table;
    }
    if constexpr (std::derived_from<C, Tables>) {
      static constexpr dbmux_ext_table table{sizeof(dbmux_ext_table), 0, scan, count};
      if (!std::strcmp(id, DBMUX_EXT_TABLE)) return &table;
    }
    if constexpr (std::derived_from<C, Introspection>) {
      static constexpr dbmux_ext_introspect table{sizeof(dbmux_ext_introspect), 0, introspect};
      if (!std::strcmp(id, DBMUX_EXT_INTROSPECT)) return &table;
    }
    if constexpr (std::derived_from<C, Analysis>) {
      static constexpr dbmux_ext_analyze table{sizeof(dbmux_ext_analyze), 0, analyze};
      if (!std::strcmp(id, DBMUX_EXT_ANALYZE)) return &table;
    }
    if constexpr (std::derived_from<C, Loading>) {
      static constexpr dbmux_ext_load table{
          sizeof(dbmux_ext_load), 0, begin_load, load_rows, end_load, drop_table};
      if (!std::strcmp(id, DBMUX_EXT_LOAD)) return &table;
    }
    if constexpr (std::derived_from<C, Plans>) {
      static constexpr dbmux_ext_explain table{sizeof(dbmux_ext_explain), 0, explain};
      if (!std::strcmp(id, DBMUX_EXT_EXPLAIN)) return &table;
    }
    if constexpr (std::derived_from<S, Items>) {
      if (!std::strcmp(id, DBMUX_EXT_ITEMS)) return &ItemTable<S>::table;
    }
    return nullptr;
  }
};

inline dbmux_status init(const dbmux_host* h, dbmux_error*) noexcept {
  host = h;
  return DBMUX_OK;
}
inline void shutdown() noexcept { host = nullptr; }

}  // namespace detail

// The descriptor that dbmux_plugin_v1() returns. S and C say by their base classes which extensions there
// are.
template <OpensSource S, std::derived_from<Connection> C>
const dbmux_plugin* plugin(const Description& d) noexcept {
  detail::languages = d.languages;
  static const dbmux_plugin descriptor{
      sizeof(dbmux_plugin),
      DBMUX_ABI_MAJOR,
      DBMUX_ABI_MINOR,
      DBMUX_ABI_DRAFT,
      d.flags | (std::derived_from<S, Items> ? unsigned{DBMUX_PLUGIN_HAS_ITEMS} : 0u),
      0,
      d.id,
      d.name,
      d.vendor,
      d.version,
      d.languages,
      d.url_schemes,
      d.config_schema,
      &detail::DriverTable<S>::table,
      detail::init,
      detail::shutdown,
      detail::ExtensionTables<S, C>::find};
  return &descriptor;
}

}  // namespace dbmux::kit
