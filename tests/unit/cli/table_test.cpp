#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

TEST(AsTable, AlignsRowsUnderTheirColumns) {
  EXPECT_EQ(
      as_table(R"({"columns":["id","name","total"],"rows":[[1,"Ann",null],[250,"Česlav",12]],"row_count":2,)"
               R"("truncated":false})"),
      "id   name    total\n"
      "---  ------  -----\n"
      "  1  Ann      NULL\n"
      "250  Česlav     12\n"
      "(2 rows)\n");
}

TEST(AsTable, CountsOneRowAndNone) {
  EXPECT_EQ(as_table(R"({"columns":["n"],"rows":[["x"]],"row_count":1,"truncated":false})"),
            "n\n-\nx\n(1 row)\n");
  EXPECT_EQ(as_table(R"({"columns":["n"],"rows":[],"row_count":0,"truncated":false})"), "n\n-\n(0 rows)\n");
}

TEST(AsTable, SaysWhatWasCut) {
  EXPECT_EQ(
      as_table(
          R"({"columns":["n"],"rows":[[1]],"row_count":1,"truncated":true,"why":"limit: 1 row","total":48210})"),
      "n\n-\n1\n(1 row)\ncut (limit: 1 row) of 48,210\n");
  EXPECT_EQ(
      as_table(
          R"({"columns":["n"],"rows":[[1]],"row_count":1,"truncated":true,"why":"limit: 1 row","more":true})"),
      "n\n-\n1\n(1 row)\ncut (limit: 1 row)\n");
}

TEST(AsTable, ShowsTheEntriesOfAList) {
  EXPECT_EQ(
      as_table(
          R"({"schema":"main","tables":[{"name":"orders","row_count":250},{"name":"a","comment":"first"}],)"
          R"("truncated":false})"),
      "name    row_count  comment\n"
      "------  ---------  -------\n"
      "orders  250\n"
      "a                  first\n");
}

TEST(AsTable, ShowsNestedValuesAsJson) {
  EXPECT_EQ(as_table(R"({"columns":["doc"],"rows":[[{"a":[1,true]}]]})"),
            "doc\n--------------\n{\"a\":[1,true]}\n(1 row)\n");
}

TEST(AsTable, ShowsAnythingElseAsIndentedJson) {
  EXPECT_EQ(as_table(R"({"table":"t","columns":[{"name":"id"}]})"),
            "{\n  \"table\": \"t\",\n  \"columns\": [\n    {\n      \"name\": \"id\"\n    }\n  ]\n}\n");
  EXPECT_EQ(as_table(R"({"tables":[],"truncated":false})"),
            "{\n  \"tables\": [],\n  \"truncated\": false\n}\n");
  EXPECT_EQ(as_table("Operation completed successfully"), "Operation completed successfully\n");
}

TEST(AsTable, CutsLongCellsAfterSixtyCharacters) {
  std::string letters, words;
  for (int i = 0; i < 61; ++i) letters += "x", words += "č";
  const auto table = as_table(R"({"columns":["a"],"rows":[[")" + letters + "\"],[\"" + words + "\"],[\"" +
                              letters.substr(1) + "\"]]}");
  EXPECT_NE(table.find("\n" + letters.substr(1) + "…\n"), std::string::npos) << table;
  EXPECT_NE(table.find("\n" + words.substr(2) + "…\n"), std::string::npos) << table;
  EXPECT_NE(table.find("\n" + letters.substr(1) + "\n"), std::string::npos) << table;
}

TEST(AsTable, LetsNothingInARowSteerTheTerminal) {
  for (const auto* control : {"\\u001b[2J", "\\u0007", "\\n", "\\u007f", "\\u009b2J", "\\u0080", "\\u0000"}) {
    for (const auto& json : {R"({"columns":["a"],"rows":[["x)" + std::string(control) + R"("]]})",
                             R"({"columns":["x)" + std::string(control) + R"("],"rows":[]})",
                             R"({"tables":[{"name":"x)" + std::string(control) + R"("}]})",
                             R"({"definition":"x)" + std::string(control) + R"("})"}) {
      const auto table = as_table(json);
      for (std::size_t i = 0; i < table.size(); ++i) {
        const auto byte = static_cast<unsigned char>(table[i]);
        EXPECT_TRUE(byte >= 0x20 || byte == '\n') << json;
        EXPECT_NE(byte, 0x7f) << json;
        const bool c1 =
            byte == 0xc2 && i + 1 < table.size() && static_cast<unsigned char>(table[i + 1]) < 0xa0;
        EXPECT_FALSE(c1) << json;
      }
      EXPECT_NE(table.find('x'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace dbmux
