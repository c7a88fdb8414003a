// Whatever the cells hold, what is written reads back as the same values, at both depths.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cells.hpp"

using namespace dbmux;
using namespace dbmux::testing;

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }

  std::string utf8(std::size_t most) {
    std::string value;
    for (auto n = below(most + 1); n != 0; --n) append_character(value);
    return value;
  }
  std::string raw(std::size_t most) {
    std::string value(below(most + 1), '\0');
    for (char& c : value) c = static_cast<char>(bits());
    return value;
  }
  std::string json(int depth) {
    switch (below(depth > 3 ? 5 : 7)) {
      case 0:
        return "null";
      case 1:
        return "true";
      case 2:
        return std::to_string(static_cast<std::int64_t>(bits() >> 20) - (1LL << 40));
      case 3:
        return json_quote(utf8(20));
      case 4:
        return "-0.25e-3";
      case 5:
        return space() + '[' + json(depth + 1) + ',' + space() + json(depth + 1) + ']' + space();
      default:
        return '{' + space() + json_quote(utf8(5)) + ':' + space() + json(depth + 1) + '}';
    }
  }

 private:
  std::string space() {
    static const std::string kinds[] = {"", " ", "\n", "\r\n", "\t"};
    return kinds[below(5)];
  }
  void append_character(std::string& to) {
    switch (below(8)) {
      case 0:
        to += static_cast<char>(below(32));
        return;
      case 1:
        to += "\"\\/"[below(3)];
        return;
      case 2:
        to += below(2) == 0 ? "é" : "ß";
        return;
      case 3:
        to += below(2) == 0 ? "€" : "日";
        return;
      case 4:
        to += "𝄞";
        return;
      default:
        to += static_cast<char>(' ' + below(95));
    }
  }

  std::mt19937_64 engine_;
};

class Table {
 public:
  explicit Table(Random& random, std::size_t cells) {
    for (std::size_t i = 0; i < cells; ++i) add(random);
  }
  const std::vector<Cell>& cells() const { return cells_; }

 private:
  Cell owned(Kind kind, std::string value) {
    values_.push_back(std::move(value));
    return bytes_of(kind, values_.back());
  }
  void add(Random& random) {
    switch (random.below(10)) {
      case 0:
        return cells_.push_back(null_cell());
      case 1:
        return cells_.push_back(boolean(random.below(2) == 1));
      case 2:
        return cells_.push_back(i64(static_cast<std::int64_t>(random.bits() >> random.below(64))));
      case 3:
        return cells_.push_back(u64(random.bits() >> random.below(64)));
      case 4: {
        const auto word = random.bits();
        double value;
        std::memcpy(&value, &word, sizeof value);
        return cells_.push_back(f64(value));
      }
      case 5:
        return cells_.push_back(owned(Kind::bytes, random.raw(40)));
      case 6:
        return cells_.push_back(owned(Kind::json, random.json(0)));
      case 7:
        return cells_.push_back(owned(Kind::text, random.raw(12)));
      case 8:
        return cells_.push_back(owned(Kind::text, random.utf8(6000)));
      default:
        return cells_.push_back(owned(Kind::text, random.utf8(40)));
    }
  }

  std::deque<std::string> values_;
  std::vector<Cell> cells_;
};

void expect_double(const JsonValue& read, double value) {
  if (std::isnan(value)) {
    EXPECT_EQ(view(read), "NaN");
  } else if (std::isinf(value)) {
    EXPECT_EQ(view(read), value < 0 ? "-Infinity" : "Infinity");
  } else {
    EXPECT_EQ(read.GetDouble(), value);
  }
}

void expect_integer(const JsonValue& read, const std::string& digits, bool exact) {
  EXPECT_EQ(read.IsString(), !exact);
  EXPECT_EQ(read.IsString() ? std::string(view(read)) : to_json(read), digits);
}

void expect_same(const JsonValue& read, const Cell& cell) {
  constexpr std::int64_t kMost = 9007199254740991;
  switch (cell.kind) {
    case Kind::null:
      EXPECT_TRUE(read.IsNull());
      return;
    case Kind::boolean:
      EXPECT_EQ(read.GetBool(), cell.i64 != 0);
      return;
    case Kind::i64:
      return expect_integer(read, std::to_string(cell.i64), std::abs(cell.i64) <= kMost);
    case Kind::u64:
      return expect_integer(read, std::to_string(cell.u64), cell.u64 <= std::uint64_t{kMost});
    case Kind::f64:
      return expect_double(read, cell.f64);
    case Kind::json:
      EXPECT_EQ(read, parse_json(cell.view()).value());
      return;
    case Kind::text:
      EXPECT_EQ(view(read), is_utf8(cell.view()) ? cell.view() : base64(cell.view()));
      return;
    default:
      EXPECT_EQ(view(read), base64(cell.view()));
  }
}

}  // namespace

TEST(RowProperty, RandomRowsReadBackAsTheSameValuesAtBothDepths) {
  constexpr std::size_t kColumns = 5;
  const std::string_view columns[kColumns] = {"a", "b\"", "c", "a", "é\n"};
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const Table table(random, kColumns * 20);
    for (const auto depth : {Depth::plain, Depth::in_string}) {
      Output out;
      RowWriter writer(out, Format::columnar, depth, columns, {});
      out.append("");
      writer.write(table.cells(), 20);
      writer.end();
      auto written_text = out.take_string();
      ASSERT_EQ(written_text.find('\n'), std::string::npos);
      if (depth == Depth::in_string) {
        const auto outer = parse_json('"' + written_text + '"');
        ASSERT_TRUE(outer.has_value()) << outer.error().message << " seed " << seed;
        written_text = view(*outer);
      }
      const auto read = parse_json('{' + written_text + '}');
      ASSERT_TRUE(read.has_value()) << read.error().message << " seed " << seed;
      const auto& rows = (*read)["rows"];
      ASSERT_EQ(rows.Size(), 20U);
      for (std::size_t i = 0; i < table.cells().size(); ++i) {
        expect_same(rows[static_cast<unsigned>(i / kColumns)][static_cast<unsigned>(i % kColumns)],
                    table.cells()[i]);
      }
    }
  }
}

TEST(RowProperty, BothDepthsSayTheSame) {
  for (const auto format :
       {Format::columnar, Format::objects, Format::ndjson, Format::csv, Format::markdown}) {
    for (unsigned seed = 100; seed < 120; ++seed) {
      Random random(seed);
      const Table table(random, 40);
      const RowLimits limits{.tokens = 500, .cell = 100};
      const auto plain = written(format, Depth::plain, {"a", "b"}, table.cells(), limits);
      const auto outer =
          parse_json('"' + written(format, Depth::in_string, {"a", "b"}, table.cells(), limits) + '"');
      ASSERT_TRUE(outer.has_value()) << outer.error().message;
      EXPECT_EQ(view(*outer), plain);
    }
  }
}
