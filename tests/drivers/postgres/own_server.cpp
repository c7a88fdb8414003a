#include "own_server.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace dbmux::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

}  // namespace

fs::path free_folder() {
  static std::atomic<int> next{0};
  const auto name = "own_" + std::to_string(getpid()) + "_" + std::to_string(next.fetch_add(1));
  auto folder = server("postgres").folder.parent_path() / name;
  fs::create_directories(folder);
  return folder;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

namespace {

int number_in(const fs::path& file) {
  std::ifstream in(file);
  int number = 0;
  in >> number;
  return number;
}

// "pid (name) S ppid …": the parent, 0 when the process is gone or waits to be collected.
int parent_of(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string all((std::istreambuf_iterator<char>(in)), {});
  const auto name_end = all.rfind(") ");
  if (name_end == std::string::npos || all[name_end + 2] == 'Z') return 0;
  return std::atoi(all.c_str() + name_end + 4);
}

}  // namespace

OwnServer::OwnServer(Copy, std::string settings)
    : folder_(free_folder()), port_(free_port()), settings_(std::move(settings)) {}

OwnServer::OwnServer(std::string settings) : OwnServer(Copy{}, std::move(settings)) {
  // The certificates are made once.
  shell("cp -a '" + (server("postgres").folder / "tls").string() + "' '" + folder_.string() + "/'");
  start();
}

OwnServer::~OwnServer() {
  try {
    thaw();
    stop(How::like_a_crash);
    fs::remove_all(folder_);
  } catch (const std::exception& e) {
    fprintf(stderr, "%s\n", e.what());
  }
}

Session OwnServer::session(const std::string& database) const {
  const auto where =
      "host=127.0.0.1 user=postgres password=postgres-test sslmode=disable connect_timeout=10 dbname=" +
      database + " port=" + std::to_string(port_);
  Session session(PQconnectdb(where.c_str()));
  if (PQstatus(session.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(session.get()));
  return session;
}

void OwnServer::start() {
  shell("PG_SETTINGS='" + settings_ + "' " DBMUX_SOURCE_DIR "/tests/servers/start-postgres.sh " +
        std::to_string(port_) + " '" + folder_.string() + "' >'" + (folder_ / "start.log").string() +
        "' 2>&1 </dev/null || { cat '" + (folder_ / "start.log").string() + "' >&2; false; }");
}

void OwnServer::stop(How how) {
  const int pid = number_in(folder_ / "pid");
  if (pid <= 0 || parent_of(pid) == 0) return;
  ::kill(pid, how == How::politely ? SIGINT : SIGQUIT);
  const auto until = Clock::now() + 30s;
  while (parent_of(pid) != 0) {
    if (Clock::now() > until) throw std::runtime_error("the server does not stop");
    std::this_thread::sleep_for(10ms);
  }
}

void OwnServer::signal_all(int signal) const {
  const int pid = number_in(folder_ / "pid");
  if (pid <= 0) return;
  ::kill(pid, signal);
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int other = std::atoi(entry.path().filename().c_str());
    if (other > 0 && parent_of(other) == pid) ::kill(other, signal);
  }
}

void OwnServer::freeze() { signal_all(SIGSTOP); }
void OwnServer::thaw() { signal_all(SIGCONT); }

std::unique_ptr<OwnServer> OwnServer::with_standby() {
  stop(How::politely);
  std::unique_ptr<OwnServer> standby(new OwnServer(Copy{}, settings_));
  for (const auto* part : {"tls", "pgdata"})
    shell("cp -a '" + (folder_ / part).string() + "' '" + standby->folder_.string() + "/'");
  const auto data = (standby->folder_ / "pgdata").string();
  shell("touch '" + data + "/standby.signal' && chown --reference='" + data + "/PG_VERSION' '" + data +
        "/standby.signal'");
  std::ofstream(data + "/postgresql.auto.conf", std::ios::app)
      << "primary_conninfo = 'host=127.0.0.1 port=" << port_
      << " user=postgres password=postgres-test sslmode=disable'\n";
  start();
  standby->start();
  return standby;
}

void OwnServer::promote() const { ask(session().get(), "SELECT pg_promote(true, 30)"); }

}  // namespace dbmux::test
