#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "cells.hpp"

using namespace dbmux;
using namespace dbmux::testing;
using namespace std::literals;

namespace {

struct Written {
  Cell cell;
  std::string plain;
  std::string in_string;
};

void expect_each(const std::vector<Written>& table) {
  for (const auto& row : table) {
    EXPECT_EQ(one_cell(Depth::plain, row.cell), row.plain);
    EXPECT_EQ(one_cell(Depth::in_string, row.cell), row.in_string);
  }
}

Written same(const Cell& cell, const std::string& text) { return {cell, text, text}; }
Written quoted(const Cell& cell, const std::string& text) {
  return {cell, '"' + text + '"', "\\\"" + text + "\\\""};
}

}  // namespace

TEST(RowCells, WritesNullAndBooleans) {
  expect_each({same(null_cell(), "null"), same(boolean(true), "true"), same(boolean(false), "false")});
}

TEST(RowCells, WritesIntegersBeyondTwoTo53AsStrings) {
  expect_each({
      same(i64(0), "0"),
      same(i64(-1), "-1"),
      same(i64(9007199254740991), "9007199254740991"),
      same(i64(-9007199254740991), "-9007199254740991"),
      quoted(i64(9007199254740992), "9007199254740992"),
      quoted(i64(-9007199254740992), "-9007199254740992"),
      quoted(i64(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808"),
      quoted(i64(std::numeric_limits<std::int64_t>::max()), "9223372036854775807"),
      same(u64(9007199254740991), "9007199254740991"),
      quoted(u64(9007199254740992), "9007199254740992"),
      quoted(u64(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615"),
  });
}

TEST(RowCells, WritesDoublesShortestAndNonFiniteOnesAsStrings) {
  expect_each({
      same(f64(168.07), "168.07"),
      same(f64(1.0), "1"),
      same(f64(-0.0), "-0"),
      same(f64(0.1), "0.1"),
      same(f64(5e-324), "5e-324"),
      same(f64(1e300), "1e+300"),
      same(f64(-1.7976931348623157e308), "-1.7976931348623157e+308"),
      quoted(f64(std::nan("")), "NaN"),
      quoted(f64(std::numeric_limits<double>::infinity()), "Infinity"),
      quoted(f64(-std::numeric_limits<double>::infinity()), "-Infinity"),
  });
}

TEST(RowCells, WritesExactDecimalsAsStrings) {
  expect_each({quoted(number("12.50"), "12.50"),
               quoted(number("-0.000000000000000000001"), "-0.000000000000000000001")});
}

TEST(RowCells, EscapesTextOnceOrTwice) {
  expect_each({
      {text(""), R"("")", R"(\"\")"},
      {text("paid"), R"("paid")", R"(\"paid\")"},
      {text("a\"b"), R"("a\"b")", R"(\"a\\\"b\")"},
      {text("a\\b"), R"("a\\b")", R"(\"a\\\\b\")"},
      {text("a\nb"), R"("a\nb")", R"(\"a\\nb\")"},
      {text("a\tb\rc"), R"("a\tb\rc")", R"(\"a\\tb\\rc\")"},
      {text("\x1f\x01\b\f"), R"("\u001f\u0001\u0008\u000c")", R"(\"\\u001f\\u0001\\u0008\\u000c\")"},
      {text("\0"sv), "\"\\u0000\"", R"(\"\\u0000\")"},
      {text("/ ' \x7f"), "\"/ ' \x7f\"", "\\\"/ ' \x7f\\\""},
      quoted(text("é €𝄞 日本"), "é €𝄞 日本"),
  });
}

// A special byte at every place of a text of every length around the widths of the scan.
TEST(RowCells, EscapesAtEveryPlaceOfShortAndLongTexts) {
  struct Special {
    std::string bytes, plain, in_string;
  };
  const std::vector<Special> specials{{"\"", R"(\")", R"(\\\")"},
                                      {"\\", R"(\\)", R"(\\\\)"},
                                      {"\n", R"(\n)", R"(\\n)"},
                                      {"\x01", R"(\u0001)", R"(\\u0001)"},
                                      {"é", "é", "é"},
                                      {"𝄞", "𝄞", "𝄞"}};
  for (const auto& special : specials) {
    for (std::size_t n = 0; n <= 40; ++n) {
      for (std::size_t at = 0; at <= n; ++at) {
        const auto around = [&](const std::string& middle) {
          return std::string(at, 'x') + middle + std::string(n - at, 'y');
        };
        const auto value = around(special.bytes);
        ASSERT_EQ(one_cell(Depth::plain, text(value)), '"' + around(special.plain) + '"');
        ASSERT_EQ(one_cell(Depth::in_string, text(value)), "\\\"" + around(special.in_string) + "\\\"");
      }
    }
  }
}

TEST(RowCells, WritesTextsLongerThanOnePiece) {
  std::string value, plain;
  for (int i = 0; i < 3000; ++i) {
    value += "né\"";
    plain += "né\\\"";
  }
  EXPECT_EQ(one_cell(Depth::plain, text(value)), '"' + plain + '"');
}

TEST(RowCells, WritesBrokenTextAsBase64AndCountsIt) {
  const std::vector<std::string> broken{"\x80",
                                        "abc\xff",
                                        "\xc0\x80",
                                        "\xc3",
                                        "\xe2\x82",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xf0\x80\x80\x80",
                                        "\xe0\x80\x80",
                                        "\xc3(",
                                        "a long text that breaks only at its very end \xf0\x9d\x84",
                                        std::string(5000, 'x') + "\xfe"};
  for (const auto& value : broken) {
    for (const auto kind : {Kind::text, Kind::number}) {
      Output out;
      const std::string_view column = "c";
      RowWriter writer(out, Format::columnar, Depth::plain, {&column, 1}, {});
      const auto cell = bytes_of(kind, value);
      writer.write({&cell, 1}, 1);
      EXPECT_EQ(writer.broken_cells(), 1);
      EXPECT_EQ(out.take_string(), R"("columns":["c"],"rows":[[")" + base64(value) + R"("])");
    }
  }
}

TEST(RowCells, WritesBytesAsBase64) {
  expect_each({quoted(bytes(""), ""), quoted(bytes("f"), "Zg=="), quoted(bytes("fo"), "Zm8="),
               quoted(bytes("foo"), "Zm9v"), quoted(bytes("\0\xff\x10"sv), "AP8Q")});
  const std::string large(200'000, '\x5a');
  EXPECT_EQ(one_cell(Depth::plain, bytes(large)), '"' + base64(large) + '"');
}

TEST(RowCells, WritesJsonVerbatimOnOneLine) {
  expect_each({
      same(json("1"), "1"),
      same(json("[1, 2.50e1,null]"), "[1, 2.50e1,null]"),
      {json(R"({"a": "x"})"), R"({"a": "x"})", R"({\"a\": \"x\"})"},
      {json("{\"a\":\n[1,\r\n 2]}"), R"({"a": [1,   2]})", R"({\"a\": [1,   2]})"},
      {json("\t[]"), "\t[]", "\\t[]"},
      {json(R"("a\n\"é\\")"), R"("a\n\"é\\")", R"(\"a\\n\\\"é\\\\\")"},
  });
}

TEST(RowCells, WritesJsonWithNumbersBeyondADoubleAsText) {
  expect_each({
      quoted(json("1e400"), "1e400"),
      {json(R"({"a": 1e309})"), R"("{\"a\": 1e309}")", R"(\"{\\\"a\\\": 1e309}\")"},
      same(json("[1e308,1e-400]"), "[1e308,1e-400]"),
  });
}

TEST(RowCells, WritesBrokenJsonAsBase64AndCountsIt) {
  const std::vector<std::string> broken{"",
                                        "{",
                                        "[1,]",
                                        "nul",
                                        "{\"a\":1} x",
                                        "\"a\nb\"",
                                        "\"\xff\"",
                                        "[\"" + std::string(9000, 'a') + "\xc3\"]"};
  for (const auto& value : broken) {
    Output out;
    const std::string_view column = "c";
    RowWriter writer(out, Format::columnar, Depth::in_string, {&column, 1}, {});
    const auto cell = json(value);
    writer.write({&cell, 1}, 1);
    EXPECT_EQ(writer.broken_cells(), 1) << value;
    EXPECT_EQ(out.take_string(), R"(\"columns\":[\"c\"],\"rows\":[[\")" + base64(value) + R"(\"])");
  }
}

TEST(RowCells, WritesVectorsAsArraysOfNumbers) {
  const float numbers[] = {0.1F, -2.0F, std::numeric_limits<float>::infinity()};
  const auto cell = bytes_of(Kind::f32s, {reinterpret_cast<const char*>(numbers), sizeof numbers});
  EXPECT_EQ(one_cell(Depth::plain, cell), R"([0.1,-2,"Infinity"])");
  EXPECT_EQ(one_cell(Depth::in_string, cell), R"([0.1,-2,\"Infinity\"])");
  EXPECT_EQ(one_cell(Depth::plain, bytes_of(Kind::f32s, "")), "[]");
}

TEST(RowCells, CutsLongCellsAndSaysHowMuchIsMissing) {
  const RowLimits limit{.cell = 8};
  const auto plain = [&](const Cell& cell) { return one_cell(Depth::plain, cell, limit); };
  EXPECT_EQ(plain(text("12345678")), R"("12345678")");
  EXPECT_EQ(plain(text("123456789")), R"("12345678… [+1 character]")");
  EXPECT_EQ(plain(text("1234567é90")), R"("1234567… [+3 characters]")");
  EXPECT_EQ(plain(text(std::string(18'212, 'a'))), R"("aaaaaaaa… [+18,204 characters]")");
  EXPECT_EQ(plain(bytes("123456789")), R"("MTIzNDU2Nzg=… [+1 byte]")");
  EXPECT_EQ(plain(json(R"({"a":"123456"})")), R"("{\"a\":\"12… [+6 characters]")");
  EXPECT_EQ(plain(number("1234567890.12")), R"("12345678… [+5 characters]")");
  EXPECT_EQ(plain(text("1234567\xff\xff")), "\"" + base64("1234567\xff") + "… [+1 byte]\"");
  const float numbers[] = {1, 2, 3};
  EXPECT_EQ(plain(bytes_of(Kind::f32s, {reinterpret_cast<const char*>(numbers), sizeof numbers})),
            R"("[1,2… [+1 number]")");
}

TEST(RowCells, SaysOfCellsThatTheDriverCutWhatIsKnown) {
  const RowLimits limit{.cell = 8};
  const auto cut = [&](Kind kind, std::string_view value) {
    return one_cell(Depth::plain, bytes_of(kind, value, true), limit);
  };
  EXPECT_EQ(cut(Kind::text, "12345678"), R"("12345678… [cut]")");
  EXPECT_EQ(cut(Kind::text, "1234567890"), R"("12345678… [+at least 2 characters]")");
  EXPECT_EQ(cut(Kind::json, "[1,2"), R"("[1,2… [cut]")");
  EXPECT_EQ(cut(Kind::bytes, "foo"), R"("Zm9v… [cut]")");
  EXPECT_EQ(cut(Kind::bytes, "foofoofoofoo"), R"("Zm9vZm9vZm8=… [+at least 4 bytes]")");
}

TEST(RowCells, RemembersWhichCellsWereClippedUpToAHundred) {
  Output out;
  const std::string_view columns[] = {"a", "b"};
  RowWriter writer(out, Format::objects, Depth::plain, columns, {.cell = 2});
  std::vector<Cell> cells;
  for (int i = 0; i < 150; ++i) {
    cells.push_back(text("ok"));
    cells.push_back(text(i % 2 == 0 ? "longer" : "ok"));
  }
  writer.write(cells, 150);
  ASSERT_EQ(writer.clipped().size(), 75U);
  EXPECT_EQ(writer.clipped()[1], (std::pair<std::int64_t, std::uint32_t>{2, 1}));
  writer.write(cells, 150);
  EXPECT_EQ(writer.clipped().size(), 100U);
}
