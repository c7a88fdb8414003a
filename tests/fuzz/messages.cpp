// Bytes of a client, in any form: framing, JSON-RPC, both eras of the protocol. Every line that comes back is
// a message, and the server is alive afterwards.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/text.hpp"
#include "expect.hpp"
#include "mcp/server.hpp"
#include "observe/log.hpp"
#include "transport/stdio.hpp"

using namespace dbmux;

namespace {

constexpr std::size_t kMost = 60'000;  // fits into a pipe
constexpr std::size_t kMaxMessage = 4096;

class Echo final : public Catalogue {
 public:
  std::shared_ptr<const std::vector<Face>> faces() const override { return faces_; }
  std::string instructions() const override { return "Echoes."; }
  Outcome run(Call& call, std::string_view face, const JsonValue& arguments, Answer& answer) override {
    if (face == "echo") return answer.text(to_json(arguments)), Outcome::ok;
    if (face == "fail") return answer.text("no"), Outcome::error;
    if (face == "notify") {
      call.progress(1, 2, "half");
      call.notice(Notice::warning, 5, "beware");
      answer.content({"text", R"({"type":"text","text":"x"})"});
      return Outcome::ok;
    }
    return Outcome::unknown;
  }
  std::vector<ResourceEntry> resources(Call&) override { return {{"x://a", "a", "A.", "application/json"}}; }
  std::vector<ResourceEntry> templates() const override { return {{"x://{a}", "a", "", "text/plain"}}; }
  Outcome read(Call&, std::string_view uri, Answer& answer) override {
    if (uri != "x://a") return Outcome::unknown;
    answer.text("a\n");
    return Outcome::ok;
  }
  std::vector<PromptEntry> prompts(Call&) override {
    return {{"look", "Look", "Looks.", {{"at", "", true}}}};
  }
  Outcome prompt(Call&, std::string_view name, const JsonValue& arguments, PromptAnswer& answer) override {
    if (name != "look") return Outcome::unknown;
    answer.messages.push_back(
        {"user", {"text", R"({"type":"text","text":)" + json_quote(to_json(arguments)) + "}"}});
    return Outcome::ok;
  }
  Outcome complete(Call&, const CompletionRequest& request, Completion& completion) override {
    completion.values.emplace_back(request.value);
    return Outcome::ok;
  }

 private:
  std::shared_ptr<const std::vector<Face>> faces_ = std::make_shared<const std::vector<Face>>(
      std::vector<Face>{{"echo", "", "Echoes.", R"({"type":"object"})", "", true},
                        {"fail", "", "Fails.", R"({"type":"object"})", "", true},
                        {"notify", "", "Notifies.", R"({"type":"object"})", "", true}});
};

mcp::Server& server() {
  static Echo catalogue;
  static mcp::Server one(catalogue, {.version = "0"});
  return one;
}

void check_line(std::string_view line) {
  fuzz::expect(is_utf8(line), "a line that is not UTF-8", line);
  const auto document = parse_json(line, 200);
  fuzz::expect(document.has_value(), "a line that is no JSON", line);
  const auto is_message = [](const JsonValue& v) {
    const auto* version = member(v, "jsonrpc");
    return v.IsObject() && version && version->IsString() && view(*version) == "2.0";
  };
  if (!document->IsArray()) return fuzz::expect(is_message(*document), "a line that is no message", line);
  for (const auto& one : document->GetArray())
    fuzz::expect(is_message(one), "a batch with something else", line);
}

std::string written(int fd) {
  std::string bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  fuzz::expect(::pread(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "pread");
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMost) return 0;
  static const bool prepared = [] {
    ::signal(SIGPIPE, SIG_IGN);
    configure(Level::error, STDERR_FILENO);
    return true;
  }();
  static_cast<void>(prepared);
  std::array<int, 2> pipe{};
  fuzz::expect(::pipe2(pipe.data(), O_CLOEXEC) == 0, "pipe");
  fuzz::expect(::write(pipe[1], data, size) == static_cast<ssize_t>(size), "write");
  ::close(pipe[1]);
  const int out = ::memfd_create("answers", MFD_CLOEXEC);
  const auto served = serve_stdio(pipe[0], out, -1, kMaxMessage, server());
  fuzz::expect(served.has_value(), "serving failed");
  fuzz::expect(!server().stuck(), "a thread is stuck");
  const auto bytes = written(out);
  ::close(pipe[0]);
  ::close(out);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    fuzz::expect(end != std::string_view::npos, "a line without an end", rest);
    check_line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return 0;
}
