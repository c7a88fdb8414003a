// Items over the C++ kit, called as a host calls them: by the table of the ABI.
#include <gtest/gtest.h>
#include <dbmux/kit.hpp>

#include <new>
#include <stdexcept>

namespace {

namespace kit = dbmux::kit;

// Every call has time, and none is cancelled unless it says so.
const dbmux_host& host() {
  static const dbmux_host made = [] {
    dbmux_host h{};
    h.size = sizeof h;
    h.now_ns = [](const dbmux_host*) noexcept -> std::int64_t { return 1000; };
    h.is_cancelled = [](const dbmux_host*, const dbmux_call* call) noexcept -> std::int32_t {
      return call->flags != 0;
    };
    h.get_extension = [](const dbmux_host*, const char*) noexcept -> const void* { return nullptr; };
    return h;
  }();
  return made;
}

class Source final : public kit::Source, public kit::Items {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param>) {
    return std::make_unique<Source>();
  }
  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t) override {
    return kit::fail(DBMUX_E_UNSUPPORTED, "no sessions here");
  }
  kit::Result<std::string> describe(kit::Call) override {
    if (++described_times_ > 1) throw std::runtime_error("described too often");
    return std::string(R"({"tools":[{"name":"a"}]})");
  }
  kit::ItemResult call_tool(kit::ItemCall, kit::Connection*, std::string_view name,
                            std::string_view) override {
    if (name == "throws") throw std::runtime_error("it went wrong");
    if (name == "throws nothing known") throw 7;
    if (name == "needs memory") throw std::bad_alloc();
    if (name == "refuses") return kit::protocol_error(-32001, "not this way", "{}");
    return kit::Content()
        .text("one")
        .image("png", "image/png")
        .structured("[1]")
        .as("assistant")
        .link("a://b", "b");
  }

 private:
  int described_times_ = 0;
};

class KitItems : public testing::Test {
 protected:
  void SetUp() override {
    kit::detail::host = &host();
    call_.size = sizeof call_;
    call_.deadline_ns = INT64_MAX;
  }
  dbmux_source* source() { return kit::detail::opaque(&source_); }
  dbmux_status invoke(std::string_view name, std::int32_t item = DBMUX_ITEM_TOOL) {
    error_ = {};
    return Table::table.invoke(source(), nullptr, &call_, item, kit::str(name), kit::str("{}"), &shape_,
                               &cursor_, &error_);
  }
  using Table = kit::detail::ItemTable<Source>;

  Source source_;
  dbmux_call call_{};
  dbmux_error error_{};
  std::int32_t shape_ = -1;
  dbmux_cursor* cursor_ = nullptr;
};

TEST_F(KitItems, TurnExceptionsIntoErrors) {
  EXPECT_EQ(invoke("throws"), DBMUX_E_INTERNAL);
  EXPECT_STREQ(error_.message, "it went wrong");
  EXPECT_EQ(error_.category, DBMUX_E_INTERNAL);
  EXPECT_EQ(invoke("throws nothing known"), DBMUX_E_INTERNAL);
  EXPECT_STREQ(error_.message, "an exception of an unknown type");
  EXPECT_EQ(invoke("needs memory"), DBMUX_E_RESOURCE);
  EXPECT_EQ(cursor_, nullptr);
  dbmux_str json{};
  EXPECT_EQ(Table::table.describe(source(), &call_, &json, &error_), DBMUX_OK);
  EXPECT_EQ(kit::view(json), R"({"tools":[{"name":"a"}]})");
  EXPECT_EQ(Table::table.describe(source(), &call_, &json, &error_), DBMUX_E_INTERNAL);
  EXPECT_STREQ(error_.message, "described too often");
}

TEST_F(KitItems, DoNothingInACallThatIsOver) {
  call_.flags = 1;
  EXPECT_EQ(invoke("throws"), DBMUX_E_CANCELLED);
  call_.deadline_ns = 1000;
  EXPECT_EQ(invoke("throws"), DBMUX_E_TIMEOUT);
}

TEST_F(KitItems, ThatAreNotThereAreRefused) {
  EXPECT_EQ(invoke("a://b", DBMUX_ITEM_RESOURCE), DBMUX_E_NOT_FOUND);
  EXPECT_STREQ(error_.message, "there is no resource a://b");
  EXPECT_EQ(invoke("p", DBMUX_ITEM_PROMPT), DBMUX_E_NOT_FOUND);
  EXPECT_EQ(invoke("p", 99), DBMUX_E_UNSUPPORTED);
  EXPECT_EQ(invoke("refuses"), DBMUX_E_INVALID);
  EXPECT_EQ(error_.flags, std::uint32_t{DBMUX_ERR_PROTOCOL});
  EXPECT_EQ(error_.native_code, -32001);
  EXPECT_STREQ(error_.detail, "{}");
}

TEST_F(KitItems, AnswerInRowsOfContent) {
  ASSERT_EQ(invoke("content"), DBMUX_OK);
  EXPECT_EQ(shape_, DBMUX_SHAPE_CONTENT);
  const auto& driver = kit::detail::DriverTable<Source>::table;
  const dbmux_column* columns = nullptr;
  std::size_t n = 0;
  ASSERT_EQ(driver.columns(cursor_, &columns, &n, &error_), DBMUX_OK);
  ASSERT_EQ(n, 8U);
  EXPECT_EQ(kit::view(columns[0].name), "type");
  dbmux_batch batch{};
  batch.size = sizeof batch;
  ASSERT_EQ(driver.next_batch(cursor_, &call_, &batch, &error_), DBMUX_OK);
  ASSERT_EQ(batch.n_rows, 4U);
  const auto cell = [&](std::size_t row, std::size_t column) {
    return kit::view(batch.cells[row * n + column]);
  };
  EXPECT_EQ(cell(0, 2), "one");
  EXPECT_EQ(cell(1, 3), "png");
  EXPECT_EQ(cell(1, 6), "image/png");
  EXPECT_EQ(cell(2, 7), "[1]");
  EXPECT_EQ(batch.cells[0 * n + 1].kind, DBMUX_NULL) << "whoever's it is";
  EXPECT_EQ(cell(3, 1), "assistant");
  EXPECT_EQ(driver.cursor_close(cursor_, &call_, &error_), DBMUX_OK);
}

}  // namespace
