#pragma once
// The records that get and query answer with, a row each. Those of get come page by page.
#include <cstdint>
#include <string>
#include <vector>

#include "connection.hpp"
#include "dbmux/kit.hpp"

namespace dbmux::chromadb {

class RecordsCursor final : public kit::Cursor {
 public:
  struct Shape {
    std::uint32_t batch_rows = 256;
    std::uint32_t max_cell_bytes = 0;  // 0 none
    std::int64_t max_rows = 0;         // a hint; 0 none
    static Shape of(const dbmux_request&);
  };

  RecordsCursor(Connection&, RunningCall, Query, const Shape&, std::uint32_t layers);

  kit::Status start();  // once: the first answer

  kit::Result<std::span<const dbmux_column>> columns() override {
    return std::span<const dbmux_column>(columns_);
  }
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;
  kit::Status close(kit::Call) override;

 private:
  enum class What { id, document, metadata, uri, distance, embedding, query };
  kit::Status read_limits();
  kit::Status choose_columns();
  kit::Status fetch();
  kit::Status check_answer() const;
  const rapidjson::Value& list(
      const char* name) const;  // of the answer's current group; null where it has none
  std::size_t rows_of_group() const;
  dbmux_value cell(What, std::size_t row);
  dbmux_value text_cell(std::uint8_t kind, std::string_view);
  dbmux_value floats_cell(const rapidjson::Value&);

  Connection& connection_;
  RunningCall running_;
  Query query_;
  const Shape shape_;
  const std::uint32_t layers_;
  const bool nearest_;
  std::vector<What> what_;
  std::vector<dbmux_column> columns_;
  std::int64_t left_ = INT64_MAX, offset_ = 0;  // of get
  std::int64_t asked_ = 0;
  rapidjson::Document answer_;
  std::size_t group_ = 0, groups_ = 0, row_ = 0;
  bool last_ = false;
};

}  // namespace dbmux::chromadb
