#include "operations/save.hpp"

#include "results/export_file.hpp"

namespace dbmux {

namespace {

Format file_format(std::string_view name) {
  return name == "csv" ? Format::csv : name == "ndjson" ? Format::ndjson : Format::objects;
}

Error full(const Error& e, const ExportFile& file) {
  auto out = e;
  out.message = "The result cannot be saved in " + file.path().parent_path().string() + ": " +
                (e.category == Category::resource ? "there is no space left" : e.message) +
                ". Nothing was left behind.";
  out.may_have_run = false;
  return out;
}

std::string answer_json(const ExportFile& file, std::string_view format, const Written& written,
                        std::int64_t bytes, const RowLimits& limits) {
  std::string json = "{";
  add_text_member(json, "saved", file.path().string());
  add_text_member(json, "format", format);
  CutFacts facts;
  facts.row_count = written.rows;
  facts.truncated = written.cut != RowWriter::Cut::none;
  facts.why = why_cut(written.cut, limits);
  facts.hint = facts.truncated ? "without limit all rows are saved" : "";
  facts.written = &written;
  append_facts(json, facts);
  return json + ",\"bytes\":" + std::to_string(bytes) + "}";
}

}  // namespace

Result<void> save_result(Request& request, Statement statement, std::string_view format) {
  const auto& folder = request.context.profile.export_dir;
  if (folder.empty())
    return fail(Category::denied, "Results cannot be saved here: the profile names no folder for them.",
                "Ask for the rows instead; the operator decides about export_dir.");
  auto file = ExportFile::create(folder, export_name(request.connection->name(), format));
  if (!file) return fail(file.error());
  RowLimits limits;
  limits.rows = request.arguments.integer("limit").value_or(0);
  statement.max_cell_bytes = 0;

  auto out = Output::streaming(file->fd());
  auto ran = run(
      request.call, *request.connection, true,
      [&](Conn& conn) { return execute_guarded(request, conn, statement); }, out,
      {file_format(format), Depth::plain, limits, "rows saved"}, nullptr);
  if (ran) static_cast<void>(out.flush());
  if (!out.status()) return fail(full(out.status().error(), *file));
  if (!ran) return fail(explained(std::move(ran.error()), request));
  auto bytes = file->publish();
  if (!bytes) return fail(bytes.error());
  request.record.rows = ran->written.rows;
  request.answer.text(answer_json(*file, format, ran->written, *bytes, limits));
  request.answer.meta("dbmux/access", access_json("read", ran->summary.enforced_by));
  if (!ran->served_by.empty()) request.answer.meta("dbmux/served_by", json_quote(ran->served_by));
  return {};
}

}  // namespace dbmux
