#pragma once
// A session on the scripted plugin (tests/plugins/scripted/README.md).
#include <gtest/gtest.h>

#include <filesystem>

#include "driver/plugin.hpp"

namespace dbmux::test {

struct Recorder : Sink {
  void progress(double, double, std::string_view) override {}
  void notice(Notice level, std::int64_t code, std::string_view text) override {
    notices.push_back(std::to_string(static_cast<int>(level)) + " " + std::to_string(code) + " " +
                      std::string(text));
  }
  std::vector<std::string> notices;
};

class Session : public testing::Test {
 protected:
  void SetUp() override {
    static const auto loaded =
        Plugin::load(std::filesystem::path(DBMUX_BUILD_DIR) / "test-plugins" / "scripted.so");
    ASSERT_TRUE(loaded) << loaded.error().message;
    plugin_ = *loaded;
    open({});
  }
  void open(const std::vector<Param>& options, SecretLookup secrets = {}) {
    conn_.reset();
    source_.reset();
    Call call;
    auto source = plugin_->open(call, options, std::move(secrets));
    ASSERT_TRUE(source) << source.error().message;
    source_ = *source;
  }
  Result<std::unique_ptr<Conn>> connect(bool read_only = true) {
    Call call;
    return source_->connect(call, read_only);
  }
  Conn& conn() {
    if (!conn_) conn_ = std::move(*connect());
    return *conn_;
  }
  Result<std::unique_ptr<Cursor>> execute(Call& call, std::string_view script,
                                          std::span<const Param> params = {}, bool read_only = true) {
    return conn().execute(
        call, Statement{.language = {}, .text = script, .params = params, .read_only = read_only});
  }
  // The error of a script, whichever step of it failed.
  Error error_of(std::string_view script, Call& call) {
    auto cursor = execute(call, script);
    if (!cursor) return cursor.error();
    for (;;) {
      const auto batch = (*cursor)->next_batch();
      if (!batch) return batch.error();
      if (batch->rows > 0) continue;
      const auto more = (*cursor)->next_result();
      if (!more) return more.error();
      if (!*more) break;
    }
    ADD_FAILURE() << "no error: " << script;
    return {};
  }
  Error error_of(std::string_view script) {
    Call call;
    return error_of(script, call);
  }
  // A report of names and values, such as `stats` and `request`.
  std::string fact(std::string_view report, std::string_view name, std::span<const Param> params = {}) {
    Call call;
    auto cursor = execute(call, report, params);
    if (!cursor) return cursor.error().message;
    const auto batch = (*cursor)->next_batch();
    for (std::uint32_t r = 0; batch && r < batch->rows; ++r)
      if (batch->cells[r * 2].view() == name) return std::string(batch->cells[r * 2 + 1].view());
    return "";
  }
  static Param text_param(std::string name, std::string text) {
    Param p;
    p.name = std::move(name);
    p.kind = Kind::text;
    p.text = std::move(text);
    return p;
  }
  static Param int_param(std::string name, std::int64_t value) {
    Param p;
    p.name = std::move(name);
    p.kind = Kind::i64;
    p.i64 = value;
    return p;
  }

  std::shared_ptr<Plugin> plugin_;
  std::shared_ptr<Source> source_;
  std::unique_ptr<Conn> conn_;
};

}  // namespace dbmux::test
