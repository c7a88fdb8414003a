#pragma once
// One configured server and database.
#include "connection.hpp"
#include "dbmux/kit.hpp"
#include "options.hpp"

namespace dbmux::mssql {

class Source final : public kit::Source {
 public:
  explicit Source(Options options) : options_(std::move(options)) {}
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param>);
  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t flags) override;

  const Options& options() const { return options_; }

 private:
  const Options options_;
};

}  // namespace dbmux::mssql
