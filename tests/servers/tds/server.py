#!/usr/bin/env python3
"""A small TDS 7.4 server over SQLite. usage: server.py PORT DATADIR, with tls/srv.pem and tls/srv.key in DATADIR.

PORT encrypts as the client wishes; the ports in DATADIR/port-required and DATADIR/port-none always or never do.
"""
import pathlib
import socket
import ssl
import sys
import threading
import time

from database import Databases
from session import Session

_spids = iter(range(51, 2**15))
_lock = threading.Lock()


def log(line: str) -> None:
    with _lock:
        print(f"{time.time():.3f} {line}", flush=True)


def serve(listener: socket.socket, mode: str, tls: ssl.SSLContext, databases: Databases) -> None:
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(sock, next(_spids), mode, tls, databases, log)
        threading.Thread(target=session.serve, daemon=True).start()


def main() -> None:
    port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "tls/srv.pem", folder / "tls/srv.key")
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # as TDS 7.4 has it
    databases = Databases(folder / "databases")
    listeners = {mode: socket.create_server(("127.0.0.1", port if mode == "optional" else 0), backlog=200)
                 for mode in ("required", "none", "optional")}
    for mode in ("required", "none"):
        (folder / f"port-{mode}").write_text(f"{listeners[mode].getsockname()[1]}\n")
    log("listening")
    threads = [threading.Thread(target=serve, args=(listener, mode, tls, databases)) for mode, listener in listeners.items()]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
