#pragma once
// The plugin-side objects behind Plugin, Source, Conn and Cursor. Private to this room.
#include <atomic>
#include <boost/dll/shared_library.hpp>
#include <mutex>

#include "driver/abi.hpp"

namespace dbmux {

struct Plugin::State {
  boost::dll::shared_library library;
  const dbmux_plugin* raw = nullptr;
  bool initialised = false;
  Descriptor descriptor;

  static const dbmux_plugin* entry(boost::dll::shared_library&);
};

struct Source::State {
  std::shared_ptr<Plugin> plugin;
  const dbmux_plugin* raw_plugin = nullptr;
  dbmux_source* raw = nullptr;
  abi::SourceServices services;
  std::mutex describing;  // describe() is one at a time

  explicit State(SecretLookup lookup) : services{std::move(lookup)} {}
  const dbmux_driver& driver() const { return *raw_plugin->driver; }

  template <class Extension>
  const Extension* extension(const char* id) const {
    const auto get = raw_plugin->get_extension;
    return get ? static_cast<const Extension*>(get(id)) : nullptr;
  }
};

struct Conn::State {
  std::shared_ptr<Source> source;
  dbmux_conn* raw = nullptr;
  std::atomic<bool> dead{false};
  std::mutex cancelling;  // held while cancel() is in the plugin; close() waits for it

  Source::State& source_state() const { return *source->state_; }
  const dbmux_driver& driver() const { return source_state().driver(); }
  abi::SourceServices& services() const { return source_state().services; }
  const Plugin& plugin() const { return *source_state().plugin; }

  template <class Extension>
  const Extension* extension(const char* id) const {
    return source_state().extension<Extension>(id);
  }

  Error failed(dbmux_status status, const dbmux_error& raw_error) {
    auto e = abi::to_error(status, raw_error);
    if (e.connection_dead) dead.store(true, std::memory_order_relaxed);
    return e;
  }

  template <class F>
  Result<void> simple(Call& call, F&& f) {
    const abi::LiveCall live(call, &services());
    abi::ErrorSlot error;
    const dbmux_status status = f(&live.raw, &error.raw);
    if (status != DBMUX_OK) return fail(failed(status, error.raw));
    return {};
  }
};

struct Cursor::State {
  State(Call& call, Conn::State& c) : conn(&c), driver(c.driver()), live(call, &c.services()) {}
  State(Call& call, std::shared_ptr<Source> s)  // of an item that wants no conn
      : source(std::move(s)), driver(source->state_->driver()), live(call, &source->state_->services) {}

  Error failed(dbmux_status status, const dbmux_error& raw_error) const {
    return conn ? conn->failed(status, raw_error) : abi::to_error(status, raw_error);
  }

  Conn::State* const conn = nullptr;
  const std::shared_ptr<Source> source;
  const dbmux_driver& driver;
  abi::LiveCall live;
  dbmux_cursor* raw = nullptr;
  std::vector<Column> columns;
  bool columns_known = false;
};

}  // namespace dbmux
