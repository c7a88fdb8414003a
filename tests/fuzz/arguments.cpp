// The arguments of a call, as a model may write them: checked against every face, and read as parameters.
#include "base/text.hpp"
#include "expect.hpp"
#include "operations/faces.hpp"

using namespace dbmux;

namespace {

void read_all(const Arguments& arguments, std::span<const Argument> known) {
  for (const auto& a : known) {
    static_cast<void>(arguments.text(a.name));
    static_cast<void>(arguments.boolean(a.name));
    static_cast<void>(arguments.duration(a.name));
    if (a.type == Argument::Type::integer) static_cast<void>(arguments.integer(a.name));
    if (a.required) fuzz::expect(arguments.get(a.name) != nullptr, "a required argument is absent", a.name);
  }
}

void check_params(const JsonValue* given) {
  const auto params = params_from(given);
  if (!params) return fuzz::expect(!params.error().message.empty(), "an error without words");
  const auto most = given == nullptr ? 0 : given->IsArray() ? given->Size() : given->MemberCount();
  fuzz::expect(params->size() == most, "not as many parameters as were given");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = parse_json({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  for (const auto& row : face_rows()) {
    const auto arguments = Arguments::check(row.name, row.arguments, *document);
    if (!arguments) {
      fuzz::expect(arguments.error().category == Category::invalid, "another category than invalid");
      fuzz::expect(is_utf8(arguments.error().message), "an error that is not UTF-8",
                   arguments.error().message);
      fuzz::expect(error_document(arguments.error()).size() < 100'000, "an error that echoes too much");
      continue;
    }
    read_all(*arguments, row.arguments);
    const auto* params = arguments->get("params");
    if (params && (params->IsArray() || params->IsObject())) check_params(params);
  }
  if (document->IsString()) static_cast<void>(parse_duration(view(*document)));
  if (document->IsArray() || document->IsObject()) check_params(&*document);
  return 0;
}
