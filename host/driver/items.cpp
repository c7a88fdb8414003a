#include "driver/items.hpp"

#include <array>

#include "base/json.hpp"
#include "base/text.hpp"
#include "driver/state.hpp"
#include "observe/log.hpp"

namespace dbmux {

namespace {

constexpr std::size_t kMostDescription = std::size_t{1} << 20;

Error broken(const Descriptor& d, std::string_view what) {
  return fail(Category::internal, "the plugin '" + d.id + "' " + std::string(what)).value();
}

}  // namespace

Result<std::string> Source::describe(Call& call) {
  const auto& descriptor = state_->plugin->descriptor();
  const auto* items = state_->extension<dbmux_ext_items>(DBMUX_EXT_ITEMS);
  if (!items) return fail(Category::unsupported, descriptor.name + " does not offer items of its own");
  const std::lock_guard one_at_a_time(state_->describing);
  const abi::LiveCall live(call, &state_->services);
  abi::ErrorSlot error;
  dbmux_str json{};
  const auto status = items->describe(state_->raw, &live.raw, &json, &error.raw);
  if (status != DBMUX_OK) return fail(abi::to_error(status, error.raw));
  if (json.len > kMostDescription)
    return fail(broken(descriptor, "describes its items in more than " +
                                       thousands(static_cast<std::int64_t>(kMostDescription)) + " bytes"));
  auto text = abi::clean_json(json);
  if (!text) return fail(broken(descriptor, "describes its items in what is not JSON"));
  return std::move(*text);
}

Result<Invocation> Source::invoke(Call& call, Conn* conn, Item item, std::string_view name,
                                  std::string_view arguments) {
  const auto& descriptor = state_->plugin->descriptor();
  const auto* items = state_->extension<dbmux_ext_items>(DBMUX_EXT_ITEMS);
  if (!items) return fail(Category::unsupported, descriptor.name + " does not offer items of its own");
  auto cursor = conn ? std::make_unique<Cursor::State>(call, *conn->state_)
                     : std::make_unique<Cursor::State>(call, shared_from_this());
  abi::Questions questions(call.asking());
  cursor->live.questions = &questions;
  abi::ErrorSlot error;
  std::int32_t shape = DBMUX_SHAPE_ROWS;
  const auto status = items->invoke(state_->raw, conn ? conn->state_->raw : nullptr, &cursor->live.raw,
                                    static_cast<std::int32_t>(item), abi::str(name), abi::str(arguments),
                                    &shape, &cursor->raw, &error.raw);
  cursor->live.questions = nullptr;

  Invocation made;
  if (status == DBMUX_OK) {
    if (!cursor->raw) return fail(broken(descriptor, "answered without a cursor"));
    made.cursor.reset(new Cursor(std::move(cursor)));
    if (shape != DBMUX_SHAPE_ROWS && shape != DBMUX_SHAPE_CONTENT)
      return fail(broken(descriptor, "answered in a shape that this dbmux does not know"));
    made.outcome = shape == DBMUX_SHAPE_ROWS ? Invocation::Outcome::rows : Invocation::Outcome::content;
    return made;
  }
  auto failed = cursor->failed(status, error.raw);
  if (status == DBMUX_E_NEED_INPUT) {
    if (!questions.pending) return fail(broken(descriptor, "waits for an answer that it did not ask for"));
    made.outcome = Invocation::Outcome::needs_input;
  } else if ((error.raw.flags & DBMUX_ERR_PROTOCOL) != 0) {
    made.outcome = Invocation::Outcome::refused;
    made.code = error.raw.native_code;
    made.message = std::move(failed.message);
    made.data = abi::clean_json(abi::str(failed.detail)).value_or("");
  } else if (status == DBMUX_E_UNSUPPORTED && !questions.impossible.empty()) {
    made.outcome = Invocation::Outcome::client_lacks;
    made.lacks = std::move(questions.impossible);
  } else {
    return fail(std::move(failed));
  }
  return made;
}

void Source::on_change(ItemsChanged listener) { abi::set_listener(state_->raw, std::move(listener)); }

namespace {

constexpr std::array<std::string_view, 8> kColumns{"type", "role", "text",      "data",
                                                   "uri",  "name", "mime_type", "extra"};
enum Place { kType, kRole, kText, kData, kUri, kName, kMimeType, kExtra };

using Places = std::array<int, kColumns.size()>;  // -1: there is no such column

Places places_of(std::span<const Column> columns) {
  Places places;
  places.fill(-1);
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (std::size_t k = 0; k < kColumns.size(); ++k)
      if (columns[c].name == kColumns[k]) places[k] = static_cast<int>(c);
  return places;
}

const Cell* cell_at(const Cell* row, const Places& places, Place place) {
  const int at = places[place];
  if (at < 0) return nullptr;
  const Cell& cell = row[at];
  const bool behind_a_pointer =
      cell.kind == Kind::text || cell.kind == Kind::json || cell.kind == Kind::bytes;
  return behind_a_pointer ? &cell : nullptr;
}

std::string text_at(const Cell* row, const Places& places, Place place) {
  const Cell* cell = cell_at(row, places, place);
  return cell ? abi::clean(abi::str(cell->view())) : std::string();
}

Result<ContentRow> content_row(const Cell* row, const Places& places) {
  ContentRow r;
  r.type = text_at(row, places, kType);
  r.role = text_at(row, places, kRole);
  r.text = text_at(row, places, kText);
  r.has_text = cell_at(row, places, kText) != nullptr;
  if (const Cell* data = cell_at(row, places, kData)) {
    r.bytes = data->view();
    r.has_bytes = true;
  }
  r.uri = text_at(row, places, kUri);
  r.name = text_at(row, places, kName);
  r.mime_type = text_at(row, places, kMimeType);
  if (const Cell* extra = cell_at(row, places, kExtra); extra && extra->len > 0) {
    auto json = abi::clean_json(abi::str(extra->view()));
    if (!json) return fail(Category::internal, "the plugin answered with an 'extra' that is not JSON");
    r.extra = std::move(*json);
  }
  return r;
}

std::size_t size_of(const ContentRow& r) {
  return r.text.size() + r.bytes.size() + r.uri.size() + r.name.size() + r.extra.size();
}

}  // namespace

Result<std::vector<ContentRow>> read_content(Cursor& cursor, std::size_t most_bytes) {
  auto columns = cursor.columns();
  if (!columns) return fail(columns.error());
  const auto places = places_of(*columns);
  if (places[kType] < 0)
    return fail(Category::internal, "the plugin answered with content that has no column 'type'");
  std::vector<ContentRow> rows;
  std::size_t bytes = 0;
  while (true) {
    auto batch = cursor.next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    for (std::uint32_t r = 0; r < batch->rows; ++r) {
      auto row = content_row(batch->cells.data() + std::size_t{r} * batch->columns, places);
      if (!row) return fail(row.error());
      bytes += size_of(*row);
      rows.push_back(std::move(*row));
    }
    if (bytes > most_bytes)
      return fail(Category::resource,
                  "the answer is larger than " + thousands(static_cast<std::int64_t>(most_bytes)) + " bytes");
  }
  return rows;
}

}  // namespace dbmux
