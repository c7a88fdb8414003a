#pragma once
// One configured deployment. Nothing here holds a connection before a session does, but for the side client
// that ends commands.
#include <memory>
#include <span>

#include "dbmux/kit.hpp"
#include "handles.hpp"
#include "killer.hpp"
#include "options.hpp"

namespace dbmux::mongodb {

class Source final : public kit::Source {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param> options);

  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t flags) override;

  Killer& killer() { return killer_; }
  const char* tls_ca_file() const {
    return options_.tls_ca_file.empty() ? nullptr : options_.tls_ca_file.c_str();
  }

 private:
  explicit Source(Options options) : options_(std::move(options)) {}

  const Options options_;
  Killer killer_;
};

}  // namespace dbmux::mongodb
