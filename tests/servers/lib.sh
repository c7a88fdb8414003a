# shellcheck shell=sh
# Sourced by start-NAME.sh PORT DATADIR: takes the two arguments, prepares the folder, and offers the functions below.
#   PORT DATADIR CACHE LOG   the port, the data folder, the folder for downloads, the server's log
#   AS                       runs a program as an unprivileged user when we are root: $AS program …
set -eu
PORT=${1:?usage: start-NAME.sh PORT DATADIR}
DATADIR=${2:?usage: start-NAME.sh PORT DATADIR}
CACHE=${DBMUX_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dbmux-tests}/servers
mkdir -p "$DATADIR" "$CACHE"
DATADIR=$(cd "$DATADIR" && pwd)
LOG=$DATADIR/server.log

# run_as USER GROUP: who $AS is from now on; the data folder becomes theirs. Without root: we are.
# setpriv and not su: no PAM, no login shell, and the PID stays.
run_as() {
  export AS=
  OWNER=
  [ "$(id -u)" = 0 ] || return 0
  AS="setpriv --reuid=$1 --regid=$2 --clear-groups"
  OWNER=$1:$2
  chown -R "$OWNER" "$DATADIR"
}
run_as nobody nogroup

# apt_need FILE-OR-COMMAND PACKAGE…: installs the packages if the file or command is missing; no service is started.
apt_need() {
  if command -v "$1" >/dev/null 2>&1 || [ -e "$1" ]; then return 0; fi
  shift
  policy=/usr/sbin/policy-rc.d
  made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=1
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
  [ -z "$made" ] || rm -f "$policy"
}

# started PID PROBE…: waits until the probe succeeds (READY_TRIES tenths of a second, 600), writes DATADIR/pid.
started() {
  pid=$1
  shift
  echo "$pid" >"$DATADIR/pid"
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if ! kill -0 "$pid" 2>/dev/null; then
      echo "the server died; the end of its log:" >&2
      tail -20 "$LOG" >&2
      exit 1
    fi
    if [ "$tries" -ge "${READY_TRIES:-600}" ]; then
      echo "the server is not ready; the end of its log:" >&2
      tail -20 "$LOG" >&2
      kill "$pid"
      exit 1
    fi
    sleep 0.1
  done
  echo "READY port=$PORT pid=$pid"
}

# tcp: a probe. Somebody accepts connections on PORT.
tcp() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()' "$PORT"; }

# make_certificate: DATADIR/tls/{ca.pem,srv.pem,srv.key}: a test authority, and a certificate for localhost and 127.0.0.1; further
# ones of its key: expired.pem, other.pem (another name). A server may show shown.pem, which is srv.pem at first.
make_certificate() {
  tls=$DATADIR/tls
  [ ! -s "$tls/shown.pem" ] || return 0
  mkdir -p "$tls"
  (
    cd "$tls"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=testca \
      -addext basicConstraints=critical,CA:TRUE
    openssl req -newkey rsa:2048 -nodes -keyout srv.key -out srv.csr -subj /CN=localhost
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >ext
    openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out srv.pem -extfile ext
    openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 0 -out expired.pem -extfile ext
    printf 'subjectAltName=DNS:other.example' >ext
    openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out other.pem -extfile ext
    cp srv.pem shown.pem
  ) >"$DATADIR/tls.log" 2>&1 || { cat "$DATADIR/tls.log" >&2; exit 1; }
  chmod 600 "$tls/srv.key"
  [ -z "$OWNER" ] || chown -R "$OWNER" "$tls"
}
