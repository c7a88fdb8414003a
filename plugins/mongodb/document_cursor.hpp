#pragma once
// The documents of one reply and of those that follow it, a row each.
#include <cstdint>
#include <string>

#include "connection.hpp"
#include "dbmux/kit.hpp"

namespace dbmux::mongodb {

class DocumentCursor final : public kit::Cursor {
 public:
  struct Shape {
    std::uint32_t batch_rows = 256;
    std::uint32_t max_cell_bytes = 0;  // 0 none
    std::int64_t max_rows = 0;         // a hint; 0 none
    static Shape of(const dbmux_request&);
    // One more than wanted tells that there is more.
    std::uint32_t rows_a_reply() const;
  };

  DocumentCursor(Connection&, RunningCall, Command, Bson reply, std::uint32_t server, const Shape&,
                 bool reading);

  kit::Result<std::span<const dbmux_column>> columns() override;
  kit::Result<kit::Batch> next_batch(kit::Call) override;
  kit::Result<kit::Summary> summary() override;
  kit::Status close(kit::Call) override;

 private:
  void read(const char* batch);
  kit::Status fetch();
  void add_document(const bson_iter_t&);
  void add_reply();
  kit::Batch finished_batch();
  void count_rows_affected();

  Connection& connection_;
  RunningCall running_;
  const Command command_;
  Bson reply_;
  const Shape shape_;
  const bool reading_;
  ServerCursor rest_;
  bson_iter_t at_{};
  bool documents_ = false;  // at_ stands in a list of them
  bool single_ = false;     // the reply itself is the one row, not yet given
  bool warned_ = false;
  std::int64_t rows_affected_ = -1;
};

}  // namespace dbmux::mongodb
