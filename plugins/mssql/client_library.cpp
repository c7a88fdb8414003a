#include "client_library.hpp"

#include <sybdb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

namespace dbmux::mssql {

namespace {

constexpr int kHighestInformation = 10;
constexpr int kDatabaseChanged = 5701, kLanguageChanged = 5703;

thread_local Reception* login_on_this_thread = nullptr;  // a process has no user data before it has logged in

Reception* concerned(DBPROCESS* process) {
  auto* data = process ? dbgetuserdata(process) : nullptr;
  return data ? reinterpret_cast<Reception*>(data) : login_on_this_thread;
}

int on_message(DBPROCESS* process, DBINT number, int state, int severity, char* text, char*, char* procedure,
               int line) noexcept {
  auto* to = concerned(process);
  if (!to || number == kDatabaseChanged || number == kLanguageChanged) return 0;
  auto& list = severity > kHighestInformation ? to->errors : to->notices;
  list.push_back({number, state, severity, line, text ? text : "", procedure ? procedure : ""});
  return 0;
}

int on_error(DBPROCESS* process, int, int number, int os_error, char* text, char*) noexcept {
  auto* to = concerned(process);
  if (!to) return INT_CANCEL;
  if (number == SYBETIME) {
    switch (to->waited_in_vain()) {
      case Reception::Patience::wait:
        return INT_CONTINUE;
      case Reception::Patience::attention:
        return INT_TIMEOUT;
      case Reception::Patience::close:
        return INT_CANCEL;
    }
  }
  if (number != SYBESMSG && to->library_error.number == 0)
    to->library_error = {number, os_error, text ? text : ""};
  return INT_CANCEL;
}

// A session's settings in the library's configuration. The login calls the server by the section's name.
std::string settings(const Options& o, int seconds) {
  std::string text =
      "\thost = " + o.server + "\n\tport = " + std::to_string(o.port) +
      "\n\ttds version = 7.4\n\tclient charset = UTF-8\n\tuse utf-16 = yes\n\ttext size = 2147483647"
      "\n\tconnect timeout = " +
      std::to_string(seconds) + "\n\tencryption = " + (o.encrypt ? "require" : "request") + "\n";
  if (o.encrypt && !o.trust_server_certificate)
    text += "\tca file = " + (o.ca_file.empty() ? std::string("system") : o.ca_file) +
            "\n\tcheck certificate hostname = yes\n";
  return text;
}

struct LoginHere {
  explicit LoginHere(Reception& login) { login_on_this_thread = &login; }
  ~LoginHere() { login_on_this_thread = nullptr; }
};

struct FreeLogin {
  void operator()(LOGINREC* login) const { dbloginfree(login); }
};

}  // namespace

kit::Result<ClientLibrary*> ClientLibrary::instance() {
  static std::mutex mutex;
  static ClientLibrary library;
  const std::lock_guard lock(mutex);
  if (library.configuration_ < 0)
    if (auto status = library.start(); !status) return status.failure();
  return &library;
}

kit::Status ClientLibrary::start() {
  const int file = memfd_create("dbmux-freetds.conf", MFD_CLOEXEC);
  if (file < 0) return kit::fail(DBMUX_E_RESOURCE, std::string("no file in memory: ") + std::strerror(errno));
  if (dbinit() == FAIL) {
    close(file);
    return kit::fail(DBMUX_E_INTERNAL, "FreeTDS does not start");
  }
  dberrhandle(on_error);
  dbmsghandle(on_message);
  auto path = "/proc/self/fd/" + std::to_string(file);
  dbsetifile(path.data());
  configuration_ = file;
  return {};
}

std::string ClientLibrary::section(const Options& options, int seconds) {
  static std::mutex mutex;
  static std::map<std::string, std::string> names;
  const std::lock_guard lock(mutex);
  auto& name = names[settings(options, seconds)];
  if (!name.empty()) return name;
  const auto made = "dbmux" + std::to_string(names.size());
  const auto text = "[" + made + "]\n" + settings(options, seconds);
  // In one piece at the end: a login that reads meanwhile misses it at most, and it is not that login's.
  const auto end = lseek(configuration_, 0, SEEK_END);
  if (pwrite(configuration_, text.data(), text.size(), end) == static_cast<ssize_t>(text.size())) name = made;
  return made;
}

ProcessHandle ClientLibrary::open(const Options& options, const kit::Secret& password, int seconds,
                                  Reception& login, Reception& session) {
  const std::unique_ptr<LOGINREC, FreeLogin> record(dblogin());
  if (!record) return nullptr;
  const LoginHere here(login);
  if (DBSETLUSER(record.get(), options.user.c_str()) == FAIL ||
      DBSETLPWD(record.get(), password.c_str()) == FAIL ||
      DBSETLDBNAME(record.get(), options.database.c_str()) == FAIL)
    return nullptr;
  DBSETLAPP(record.get(), "dbmux");
  ProcessHandle process(dbopen(record.get(), section(options, seconds).c_str()));
  if (process) dbsetuserdata(process.get(), reinterpret_cast<BYTE*>(&session));
  return process;
}

}  // namespace dbmux::mssql
