#include "result_cursor.hpp"

#include <algorithm>

#include "types.hpp"

namespace dbmux::postgres {

ResultCursor::ResultCursor(Connection& connection, ResultHandle result)
    : connection_(connection), result_(std::move(result)) {
  for (int i = 0; i < PQnfields(result_.get()); ++i) {
    const Oid type = PQftype(result_.get(), i);
    readings_.push_back(reading_of(type));
    const auto name = built_in_name(type, PQfmod(result_.get(), i));
    columns_.push_back({kit::str(arena_.copy(PQfname(result_.get(), i))),
                        kit::str(arena_.copy(name ? *name : std::string_view())), kit::str(""),
                        usual_kind(readings_.back()), -1, 0});
  }
}

kit::Result<kit::Batch> ResultCursor::next_batch(kit::Call) {
  constexpr int kBatch = 256;
  const int end = std::min(PQntuples(result_.get()), row_ + kBatch);
  const auto rows = static_cast<std::uint32_t>(end - row_);
  cells_.clear();
  for (; row_ < end; ++row_)
    for (int i = 0; i < static_cast<int>(readings_.size()); ++i)
      cells_.push_back(PQgetisnull(result_.get(), row_, i)
                           ? kit::null_value()
                           : read_cell(readings_[static_cast<std::size_t>(i)],
                                       {PQgetvalue(result_.get(), row_, i),
                                        static_cast<std::size_t>(PQgetlength(result_.get(), row_, i))},
                                       0, arena_));
  return kit::Batch{cells_.data(), static_cast<std::uint32_t>(readings_.size()), rows};
}

kit::Result<kit::Summary> ResultCursor::summary() {
  kit::Summary s;
  if (connection_.in_transaction()) s.flags |= DBMUX_SUM_IN_TXN;
  return s;
}

}  // namespace dbmux::postgres
