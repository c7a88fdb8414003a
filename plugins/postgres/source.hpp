#pragma once
// One configured database. Opening it opens no session.
#include <atomic>
#include <memory>
#include <span>

#include "catalog_names.hpp"
#include "dbmux/kit.hpp"
#include "dialler.hpp"
#include "options.hpp"
#include "sibling.hpp"
#include "verdicts.hpp"

namespace dbmux::postgres {

class Source final : public kit::Source, public kit::Items {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param> options);

  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t flags) override;

  // index_advice, where the options want it: every tool that is listed costs its reader.
  kit::Result<std::string> describe(kit::Call) override;
  kit::ItemResult call_tool(kit::ItemCall, kit::Connection*, std::string_view name,
                            std::string_view arguments) override;

  const Options& options() const { return options_; }
  Dialler& dialler() { return dialler_; }
  // Each transaction may be served by another session of the server.
  bool pooled() const { return pooled_.load(std::memory_order_relaxed); }
  void found_pooler() { pooled_.store(true, std::memory_order_relaxed); }
  Sibling& sibling() { return sibling_; }
  CatalogNames& names() { return names_; }
  Verdicts& verdicts() { return verdicts_; }

 private:
  explicit Source(Options options)
      : options_(std::move(options)),
        pooled_(options_.pooler == "transaction"),
        dialler_(options_),
        sibling_(dialler_) {}

  Options options_;
  std::atomic<bool> pooled_;
  Dialler dialler_;
  Sibling sibling_;
  CatalogNames names_;
  Verdicts verdicts_;
};

}  // namespace dbmux::postgres
