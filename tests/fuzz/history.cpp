// A history that was damaged in any way: what is read are whole records, and records of ours come back.
#include <unistd.h>

#include <fstream>

#include "../temporary_folder.hpp"
#include "expect.hpp"
#include "store/history_folder.hpp"
#include "store/line.hpp"

using namespace dbmux;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TemporaryFolder folder("/dev/shm");  // a disk would take longer than all the rest
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // What a killed process left, and what another appended behind it.
  CallRecord record;
  record.operation = "execute_query";
  record.statement = text;
  const auto ours = framed(history_json(record));
  std::ofstream(folder / "2026-01-01.0.log", std::ios::binary) << text << '\n' << ours;
  const auto history = read_history(folder.path(), 100, {});
  fuzz::expect(history.has_value(), "the folder cannot be read");
  bool found = false;
  for (const auto& call : history->calls) found = found || call.pid == ::getpid();
  fuzz::expect(found, "a whole record is missing", ours);
  const auto json = unframed(text);
  fuzz::expect(json.empty() || framed(json) == std::string(text) + '\n', "a line of another form", text);
  return 0;
}
