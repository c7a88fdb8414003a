#include <gtest/gtest.h>

#include "cells.hpp"

using namespace dbmux;
using namespace dbmux::testing;
using namespace std::literals;

TEST(RowFormats, AreFoundByName) {
  EXPECT_EQ(format_named("json"), Format::columnar);
  EXPECT_EQ(format_named("columnar"), Format::columnar);
  EXPECT_EQ(format_named("objects"), Format::objects);
  EXPECT_EQ(format_named("csv"), Format::csv);
  EXPECT_EQ(format_named("markdown"), Format::markdown);
  EXPECT_EQ(format_named("ndjson"), Format::ndjson);
  EXPECT_EQ(format_named("xml"), std::nullopt);
}

TEST(RowFormats, ColumnarNamesTheColumnsOnce) {
  EXPECT_EQ(written(Format::columnar, Depth::plain, {"id", "a\"b"}, {i64(1), text("x"), i64(2), null_cell()}),
            R"("columns":["id","a\"b"],"rows":[[1,"x"],[2,null]])");
  EXPECT_EQ(written(Format::columnar, Depth::in_string, {"id", "a\"b"}, {i64(1), text("x")}),
            R"(\"columns\":[\"id\",\"a\\\"b\"],\"rows\":[[1,\"x\"]])");
  EXPECT_EQ(written(Format::columnar, Depth::plain, {"id"}, {}), R"("columns":["id"],"rows":[])");
}

TEST(RowFormats, ObjectsRepeatTheColumns) {
  EXPECT_EQ(written(Format::objects, Depth::plain, {"id", "s"}, {i64(1), text("x"), i64(2), null_cell()}),
            R"([{"id":1,"s":"x"},{"id":2,"s":null}])");
  EXPECT_EQ(written(Format::objects, Depth::in_string, {"id", "s"}, {i64(1), text("x")}),
            R"([{\"id\":1,\"s\":\"x\"}])");
  EXPECT_EQ(written(Format::objects, Depth::plain, {"id"}, {}), "[]");
}

TEST(RowFormats, NdjsonWritesALineARow) {
  EXPECT_EQ(written(Format::ndjson, Depth::plain, {"id"}, {i64(1), i64(2)}), "{\"id\":1}\n{\"id\":2}\n");
  EXPECT_EQ(written(Format::ndjson, Depth::in_string, {"id"}, {i64(1)}), R"({\"id\":1}\n)");
}

TEST(RowFormats, ObjectsNumberDoubledColumnNamesWithoutCollisions) {
  const auto row = std::vector<Cell>(4, i64(7));
  EXPECT_EQ(written(Format::objects, Depth::plain, {"a", "a", "a", "b"}, row),
            R"([{"a":7,"a_2":7,"a_3":7,"b":7}])");
  EXPECT_EQ(written(Format::objects, Depth::plain, {"a", "a", "a_2", "a"}, row),
            R"([{"a":7,"a_3":7,"a_2":7,"a_4":7}])");
  EXPECT_EQ(written(Format::objects, Depth::plain, {"", "", "a_2", "a_2"}, row),
            R"([{"":7,"_2":7,"a_2":7,"a_2_2":7}])");
  EXPECT_EQ(written(Format::columnar, Depth::plain, {"a", "a"}, {}), R"("columns":["a","a"],"rows":[])");
}

TEST(RowFormats, ColumnNamesThatAreNotUtf8AreRepaired) {
  EXPECT_EQ(written(Format::objects, Depth::plain, {"a\xff"}, {i64(1)}), "[{\"a\uFFFD\":1}]");
}

TEST(RowFormats, RowsMayHaveNoColumns) {
  Output out;
  RowWriter writer(out, Format::objects, Depth::plain, {}, {});
  EXPECT_EQ(writer.write({}, 2), 2U);
  writer.end();
  EXPECT_EQ(out.take_string(), "[{},{}]");
}

TEST(RowFormats, ABatchThatIsTooShortIsNotReadPast) {
  Output out;
  const std::string_view columns[] = {"a", "b"};
  RowWriter writer(out, Format::columnar, Depth::plain, columns, {});
  const std::vector<Cell> cells(3, i64(1));
  EXPECT_EQ(writer.write(cells, 2), 1U);
}

TEST(RowFormats, CsvQuotesWhatNeedsIt) {
  EXPECT_EQ(written(Format::csv, Depth::plain, {"id", "na\"me"}, {i64(1), text("x")}),
            "id,\"na\"\"me\"\r\n1,x\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {null_cell(), text("")}), "a,b\r\n,\"\"\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {text("x,y"), text("x\"y")}),
            "a,b\r\n\"x,y\",\"x\"\"y\"\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {text("x\ny"), json("{\"k\":1}")}),
            "a,b\r\n\"x\ny\",\"{\"\"k\"\":1}\"\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {boolean(true), bytes("foo")}),
            "a,b\r\ntrue,Zm9v\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {i64(9007199254740993), f64(0.5)}),
            "a,b\r\n9007199254740993,0.5\r\n");
  EXPECT_EQ(written(Format::csv, Depth::in_string, {"a"}, {text("x,\"")}), R"(a\r\n\"x,\"\"\"\r\n)");
}

TEST(RowFormats, MarkdownEscapesPipesAndBreaks) {
  EXPECT_EQ(written(Format::markdown, Depth::plain, {"id", "a|b"}, {i64(1), text("x|y")}),
            "|id|a\\|b|\n|---|---|\n|1|x\\|y|\n");
  EXPECT_EQ(written(Format::markdown, Depth::plain, {"a"}, {text("1\n2\r\n3\r4")}),
            "|a|\n|---|\n|1<br>2<br>3<br>4|\n");
  EXPECT_EQ(written(Format::markdown, Depth::plain, {"a", "b"}, {null_cell(), text("c:\\")}),
            "|a|b|\n|---|---|\n|NULL|c:\\\\|\n");
  EXPECT_EQ(written(Format::markdown, Depth::in_string, {"a"}, {text("\"")}), R"(|a|\n|---|\n|\"|\n)");
}

TEST(RowFormats, TextFormatsCutAndRepairCellsLikeJson) {
  const RowLimits limit{.cell = 4};
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a", "b"}, {text("123456"), bytes("123456")}, limit),
            "a,b\r\n1234… [+2 characters],MTIzNA==… [+2 bytes]\r\n");
  EXPECT_EQ(written(Format::markdown, Depth::plain, {"a", "b"}, {text("\xff"), json("{")}),
            "|a|b|\n|---|---|\n|/w==|ew==|\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a"}, {json("[1,\n2]")}), "a\r\n\"[1, 2]\"\r\n");
  const float numbers[] = {1, 2};
  const std::string_view vector{reinterpret_cast<const char*>(numbers), sizeof numbers};
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a"}, {bytes_of(Kind::f32s, vector)}), "a\r\n\"[1,2]\"\r\n");
  EXPECT_EQ(written(Format::csv, Depth::plain, {"a"}, {bytes_of(Kind::f32s, "")}), "a\r\n[]\r\n");
}

TEST(AppendEscaped, LeavesPlainTextAloneAndEscapesItOnceInAString) {
  const auto escaped = [](Depth depth, std::string_view value) {
    Output out;
    append_escaped(out, depth, value);
    return out.take_string();
  };
  EXPECT_EQ(escaped(Depth::plain, "{\"a\":\"\\n\"}\n"), "{\"a\":\"\\n\"}\n");
  EXPECT_EQ(escaped(Depth::in_string, "{\"a\":\"\\n\"}\n"), R"({\"a\":\"\\n\"}\n)");
  EXPECT_EQ(escaped(Depth::in_string, ""), "");
  EXPECT_EQ(escaped(Depth::in_string, "a\xff\"b"), "a\uFFFD\\\"b");
  const auto large = std::string(10'000, 'x') + "é" + std::string(10'000, 'y');
  EXPECT_EQ(escaped(Depth::in_string, large), large);
}
