#include <string>

#include "connection.hpp"
#include "source.hpp"

namespace dbmux::postgres {

kit::Result<kit::Analysis::Report> Connection::analyze(kit::Call call, const dbmux_request& request) {
  auto running = enter(call);
  if (!running) return running.failure();
  const auto text = kit::view(request.text);
  auto outline = outline_of(text);
  if (!outline) return outline.failure();
  if (auto small = check_size(text, *outline, true); !small) return small.failure();
  const std::string whole(text);
  auto survey = Survey::of(whole);
  if (!survey) return survey.failure();

  Report report;
  report.statement_class = survey->statement_class;
  report.complete = survey->lists_all;
  analysis_ = std::move(survey->uses);
  if (report.complete) {
    const bool writes = survey->statement_class == DBMUX_CLASS_WRITE;
    auto reach = reach_of_all(std::move(survey->names));
    report.complete =
        reach && reach->only_reads && reach->lists_all && (!writes || !reach->writing_reaches_further);
    if (reach) {
      analysis_.merge(reach->uses);
    } else if (auto why = reach.failure(); why->category != DBMUX_E_NOT_UNDERSTOOD) {
      return why;
    }
  }
  uses_.clear();
  for (const auto& use : analysis_)
    uses_.push_back({{{"", 0}, kit::str(use.object.first), kit::str(use.object.second)},
                     kit::str(use.column),
                     use.how,
                     0});
  report.uses = uses_;
  return report;
}

}  // namespace dbmux::postgres
