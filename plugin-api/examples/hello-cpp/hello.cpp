// SPDX-License-Identifier: MIT-0
// The driver of ../hello-c over the kit: the same language and the same tool, without the tables, the error
// texts and the memory.
//   hello N   N rows: a number and a greeting
//   echo      one row: the statement's one parameter
#include <atomic>
#include <charconv>
#include <dbmux/kit.hpp>
#include <string>
#include <vector>

namespace {

namespace kit = dbmux::kit;

class Connection;

// N greetings, made as they are read.
class Greetings final : public kit::Cursor {
 public:
  Greetings(Connection& connection, std::string_view greeting, std::int64_t rows, std::uint32_t batch_rows)
      : connection_(connection),
        greeting_(greeting),
        rows_(rows),
        batch_rows_(batch_rows ? batch_rows : 256) {}

  kit::Result<std::span<const dbmux_column>> columns() override {
    static const dbmux_column columns[] = {
        {kit::str("n"), kit::str("int"), kit::str(""), DBMUX_I64, 0, 0},
        {kit::str("greeting"), kit::str("text"), kit::str(""), DBMUX_TEXT, 0, 0}};
    return std::span(columns);
  }
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override { return kit::Summary{.enforced_by = DBMUX_BY_PARSER}; }

 private:
  Connection& connection_;
  std::string_view greeting_;  // the source's
  std::int64_t rows_, next_ = 0;
  std::uint32_t batch_rows_;
  std::vector<dbmux_value> cells_;
};

// One cell that the cursor owns.
class Echo final : public kit::Cursor {
 public:
  Echo(dbmux_value value, std::uint32_t max_cell_bytes) : value_(value) {
    if (!kit::has_text(value.kind)) return;
    text_ = kit::view(value);
    if (max_cell_bytes > 0 && text_.size() > max_cell_bytes) {
      text_ = kit::utf8_prefix(text_, max_cell_bytes);
      value_.flags = DBMUX_VALUE_TRUNCATED;
    }
    value_.len = static_cast<std::uint32_t>(text_.size());
    value_.u.ptr = text_.data();
  }
  kit::Result<std::span<const dbmux_column>> columns() override {
    static const dbmux_column column{kit::str("echo"), kit::str(""), kit::str(""), DBMUX_TEXT, -1, 0};
    return std::span(&column, 1);
  }
  kit::Result<kit::Batch> next_batch(kit::Call) override {
    const kit::Batch batch{&value_, 1, done_ ? 0u : 1u};
    done_ = true;
    return batch;
  }
  kit::Result<kit::Summary> summary() override { return kit::Summary{.enforced_by = DBMUX_BY_PARSER}; }

 private:
  dbmux_value value_;
  std::string text_;
  bool done_ = false;
};

class Connection final : public kit::Connection {
 public:
  explicit Connection(std::string_view greeting) : greeting_(greeting) {}

  kit::Result<kit::Info> info(kit::Call) override {
    return kit::Info{.capabilities = DBMUX_CAP_SERVER_CANCEL | DBMUX_CAP_READ_ONLY,
                     .product = "Hello",
                     .version = "1.0",
                     .dialect = "hello"};
  }
  kit::Status ping(kit::Call) override { return {}; }
  kit::Status reset(kit::Call) override { return {}; }
  void cancel(std::uint64_t id) override { cancelled_ = id; }

  // What every wait asks.
  kit::Status stopped(kit::Call call) const {
    if (call.expired()) return kit::fail(DBMUX_E_TIMEOUT, "the statement ran longer than it may");
    if (cancelled_ == call.id() || call.cancelled())
      return kit::fail(DBMUX_E_CANCELLED, "the statement was cancelled");
    return {};
  }

  kit::CursorResult execute(kit::Call call, const dbmux_request& request) override {
    if (auto status = stopped(call); !status) return status.failure();
    if (kit::view(request.language) != "hello")
      return kit::fail(DBMUX_E_UNSUPPORTED, "the only language is 'hello'");
    auto text = kit::view(request.text);
    if (text == "echo") return echo(request);
    std::int64_t rows = -1;
    if (text.starts_with("hello ")) {
      text.remove_prefix(6);
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
      if (error != std::errc() || end != text.data() + text.size()) rows = -1;
    }
    if (rows < 0) return kit::fail(DBMUX_E_SYNTAX, "this is no statement").hint("write: hello 3");
    return std::make_unique<Greetings>(*this, greeting_, rows, request.batch_rows);
  }

 private:
  static kit::CursorResult echo(const dbmux_request& request) {
    if (request.n_params != 1 || request.n_sets > 1)
      return kit::fail(DBMUX_E_INVALID, "echo takes exactly one parameter");
    if (request.params[0].value.kind > DBMUX_F32S)
      return kit::fail(DBMUX_E_INVALID, "the parameter is of an unknown kind");
    return std::make_unique<Echo>(request.params[0].value, request.max_cell_bytes);
  }

  std::string_view greeting_;
  std::atomic<std::uint64_t> cancelled_{0};  // the id of the call that cancel() named last
};

kit::Result<kit::Batch> Greetings::next_batch(kit::Call call) {
  if (auto status = connection_.stopped(call); !status) return status.failure();
  cells_.clear();
  while (next_ < rows_ && cells_.size() < std::size_t{batch_rows_} * 2) {
    cells_.push_back(kit::integer(++next_));
    cells_.push_back(kit::text(greeting_));
  }
  return kit::Batch{cells_.data(), 2, static_cast<std::uint32_t>(cells_.size() / 2)};
}

// Its tool and its prompt want no session: they answer from the source.
class Source final : public kit::Source, public kit::Items {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param> options) {
    auto source = std::make_unique<Source>();
    for (const auto& option : options)
      if (kit::view(option.name) == "greeting") source->greeting_ = kit::view(option.value);
    return source;
  }
  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t) override {
    return std::make_unique<Connection>(greeting_);
  }

  kit::Result<std::string> describe(kit::Call) override {
    return std::string(R"({"tools":[{"name":"greet","description":"Greet whoever asks.",
"inputSchema":{"type":"object","additionalProperties":false}}],
"prompts":[{"name":"welcome","description":"Have somebody welcomed."}]})");
  }
  kit::ItemResult call_tool(kit::ItemCall call, kit::Connection*, std::string_view name,
                            std::string_view) override {
    if (name != "greet") return kit::fail(DBMUX_E_NOT_FOUND, "there is no such tool");
    call.progress(1, 1, "greeting");
    return kit::Content().text(greeting_);
  }
  kit::ItemResult get_prompt(kit::ItemCall, kit::Connection*, std::string_view name,
                             std::string_view) override {
    if (name != "welcome") return kit::fail(DBMUX_E_NOT_FOUND, "there is no such prompt");
    return kit::Content().text("Welcome me.").as("assistant").text(greeting_ + "! Come in.");
  }

 private:
  std::string greeting_ = "hello";
};

constexpr const char* kLanguages[] = {"hello", nullptr};
constexpr const char* kSchema = R"({"type":"object","additionalProperties":false,
"properties":{"greeting":{"type":"string","default":"hello","description":"What to say.","x-dbmux-env":["HELLO_GREETING"]}},
"x-dbmux-query":"hello",
"x-dbmux-check":{"echo":"echo","rows":"hello 3000","slow":"hello 1000000000000","wrong":"goodbye"}})";

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  return kit::plugin<Source, Connection>(
      {"hello_cpp", "Hello in C++", "you", "0.1", kLanguages, nullptr, kSchema});
}
