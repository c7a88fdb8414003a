#include "fresh_database.hpp"

namespace dbmux::test {
namespace {

Value number(const char* digits) {
  Value v(digits);
  v.kind = Kind::number;
  return v;
}
Value boolean(bool b) {
  Value v(b ? 1 : 0);
  v.kind = Kind::boolean;
  return v;
}

class MssqlValues : public MssqlTest {
 protected:
  const std::unique_ptr<Conn> conn_ = connect(true);
};

TEST_F(MssqlValues, OfEveryTypeAreExact) {
  struct Case {
    const char* expression;
    const char* native_type;
    Value expected;
  };
  const Case cases[] = {
      {"CAST(255 AS tinyint)", "tinyint", 255},
      {"CAST(-32768 AS smallint)", "smallint", -32768},
      {"CAST(2147483647 AS int)", "int", 2147483647},
      {"CAST('-9223372036854775808' AS bigint)", "bigint", std::numeric_limits<std::int64_t>::min()},
      {"CAST(1 AS bit)", "bit", boolean(true)},
      {"CAST(0.1 AS float)", "float", 0.1},
      {"CAST(0.1 AS real)", "real", 0.1},
      {"CAST('12.3' AS decimal(10,2))", "decimal(10,2)", number("12.30")},
      {"CAST('-0.05' AS decimal(5,3))", "decimal(5,3)", number("-0.050")},
      {"CAST('99999999999999999999999999999999999999' AS decimal(38,0))", "decimal(38,0)",
       number("99999999999999999999999999999999999999")},
      {"CAST('-922337203685477.5808' AS money)", "money", number("-922337203685477.5808")},
      {"CAST('1.005' AS money)", "money", number("1.0050")},
      {"CAST(N'Żółw 🙂' AS nvarchar(20))", "nvarchar(20)", "Żółw 🙂"},
      {"CAST(N'' AS nvarchar(20))", "nvarchar(20)", ""},
      {"CAST(N'long' AS nvarchar(max))", "nvarchar(max)", "long"},
      {"CAST(N'' AS nvarchar(max))", "nvarchar(max)", ""},
      {"CAST('café' AS varchar(20))", "varchar(20)", "café"},
      {"CAST(0x00FF10 AS varbinary(10))", "varbinary(10)", blob(std::string("\0\xFF\x10", 3))},
      {"CAST(0x AS varbinary(max))", "varbinary(max)", blob("")},
      {"CAST('2024-02-29' AS date)", "date", "2024-02-29"},
      {"CAST('0001-01-01' AS date)", "date", "0001-01-01"},
      {"CAST('1899-12-31' AS date)", "date", "1899-12-31"},
      {"CAST('12:34:56.1234567' AS time(7))", "time(7)", "12:34:56.1234567"},
      {"CAST('12:34:56' AS time(0))", "time(0)", "12:34:56"},
      {"CAST('2024-02-29 12:34:56.1234567' AS datetime2)", "datetime2(7)", "2024-02-29T12:34:56.1234567"},
      {"CAST('9999-12-31 23:59:59.999' AS datetime2(3))", "datetime2(3)", "9999-12-31T23:59:59.999"},
      {"CAST('2024-02-29 12:34:56.997' AS datetime)", "datetime", "2024-02-29T12:34:56.997"},
      {"CAST('2024-03-01 00:30:00.5 +02:00' AS datetimeoffset(1))", "datetimeoffset(1)",
       "2024-03-01T00:30:00.5+02:00"},
      {"CAST('2024-12-31 23:30:00 -05:30' AS datetimeoffset(0))", "datetimeoffset(0)",
       "2024-12-31T23:30:00-05:30"},
      {"CAST('0e984725-c51c-4bf4-9960-e1c80e27aba0' AS uniqueidentifier)", "uniqueidentifier",
       "0E984725-C51C-4BF4-9960-E1C80E27ABA0"},
      {"CAST(NULL AS decimal(10,2))", "decimal(10,2)", nullptr},
      {"CAST(NULL AS nvarchar(max))", "nvarchar(max)", nullptr},
      {"CAST(NULL AS datetime2)", "datetime2(7)", nullptr}};
  for (const auto& c : cases) {
    const auto table = run(*conn_, std::string("SELECT ") + c.expression + " AS v");
    EXPECT_EQ(rows_of(table), (Rows{{c.expected}})) << c.expression;
    if (table) {
      EXPECT_EQ(table->columns[0].native_type, c.native_type) << c.expression;
    }
  }
}

TEST_F(MssqlValues, OfParametersAreSentAsTheirType) {
  struct Case {
    Value value;
    const char* type;
    Value expected;
  };
  const Case cases[] = {
      {number("12345678901234567890.123456789"), "", number("12345678901234567890.123456789")},
      {number("-1.5e3"), "", number("-1500")},
      {number("0.00"), "", number("0.00")},
      {boolean(true), "", boolean(true)},
      {"2024-02-29T12:34:56.1234567", "datetime2(7)", "2024-02-29T12:34:56.1234567"},
      {"12.345", "decimal(10,1)", number("12.3")},
      {7, "int", 7},
      {nullptr, "varbinary(max)", nullptr},
      {"0e984725-c51c-4bf4-9960-e1c80e27aba0", "uniqueidentifier", "0E984725-C51C-4BF4-9960-E1C80E27ABA0"},
      {std::string(20000, 'x'), "", std::string(20000, 'x')},
      {blob(std::string(20000, '\xFE')), "", blob(std::string(20000, '\xFE'))}};
  for (const auto& c : cases) {
    const std::vector<Param> given{param(c.value, "", c.type)};
    EXPECT_EQ(rows_of(run(*conn_, Statement{.language = {}, .text = "SELECT @p1", .params = given})),
              (Rows{{c.expected}}))
        << c.type;
  }
}

TEST_F(MssqlValues, OfParametersThatTheServerHasNotAreRefused) {
  const auto digits = std::string(39, '9');
  const std::vector<Param> refused[] = {{param(std::numeric_limits<double>::infinity())},
                                        {param(number(digits.c_str()))},
                                        {param(number("not digits"))},
                                        {param(1, "", "int); DROP TABLE t; --")}};
  for (const auto& given : refused) {
    const auto result = run(*conn_, Statement{.language = {}, .text = "SELECT @p1", .params = given});
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error().category), to_string(Category::invalid)) << result.error().message;
  }
}

TEST_F(MssqlValues, LongerThanWantedAreCutOnTheEdgeOfACharacter) {
  const Statement wanted{
      .language = {}, .text = "SELECT N'éééé', 0x0102030405", .params = {}, .max_cell_bytes = 3};
  EXPECT_EQ(rows_of(run(*conn_, wanted)), (Rows{{cut("é"), cut(blob("\x01\x02\x03"))}}));
}

}  // namespace
}  // namespace dbmux::test
