#pragma once
// One configured database. A database in memory lives as long as its source.
#include <memory>
#include <span>
#include <string>

#include "dbmux/kit.hpp"
#include "handle.hpp"
#include "options.hpp"

namespace dbmux::sqlite {

class Source final : public kit::Source {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param> options);

  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t flags) override;

  const Options& options() const { return options_; }
  const std::string& name() const { return name_; }  // what open_database() takes

 private:
  explicit Source(Options options);

  Options options_;
  std::string name_;
  DatabaseHandle keeper_;
};

}  // namespace dbmux::sqlite
