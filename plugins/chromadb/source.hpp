#pragma once
// One configured database of a server. Holds no connection.
#include <memory>
#include <span>

#include "dbmux/kit.hpp"
#include "options.hpp"

namespace dbmux::chromadb {

class Source final : public kit::Source {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param> options);
  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t flags) override;

 private:
  explicit Source(Options options) : options_(std::move(options)) {}
  const Options options_;
};

}  // namespace dbmux::chromadb
