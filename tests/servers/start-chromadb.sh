#!/bin/sh
# ChromaDB (PyPI), its own server, behind a gate that lets in only who sends the header "X-Chroma-Token: open-sesame": the
# server itself knows no tokens. It embeds nothing: vectors come from the client. Telemetry off.
. "$(dirname "$0")/lib.sh"

home=$CACHE/venv-chroma
if [ ! -x "$home/bin/chroma" ]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install -q chromadb==1.5.9 >&2
fi
# As ourselves where another user cannot reach the programs.
$AS test -r "$home/pyvenv.cfg" || AS=

# gate.py PORT TOKEN PROGRAM…: starts the program with --port N at its end, and ends with it. Looks at the head of the first
# request of each connection; then bytes pass as they come.
cat >"$DATADIR/gate.py" <<'END'
import asyncio, signal, socket, sys

port, token, program = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
refusal = b'{"error":"AuthError","message":"Unauthorized"}'

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

async def pump(source, sink):
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()

async def serve(source, sink, behind):
    try:
        head = await source.readuntil(b"\r\n\r\n")
        if b"\r\nx-chroma-token: " + token.encode() + b"\r\n" not in head.replace(b"X-Chroma-Token", b"x-chroma-token"):
            sink.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(refusal), refusal))
            await sink.drain()
            return sink.close()
        back, front = await asyncio.open_connection("127.0.0.1", behind)
    except (OSError, asyncio.IncompleteReadError):
        return sink.close()
    front.write(head)
    await asyncio.gather(pump(source, front), pump(back, sink))

async def main():
    behind = free_port()
    server = await asyncio.create_subprocess_exec(*program, "--port", str(behind))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, server.terminate)
    await asyncio.start_server(lambda i, o: serve(i, o, behind), "127.0.0.1", port)
    await server.wait()

asyncio.run(main())
END

cd "$DATADIR" || exit 1
HOME=$DATADIR ANONYMIZED_TELEMETRY=False $AS "$home/bin/python3" "$DATADIR/gate.py" "$PORT" open-sesame \
  "$home/bin/chroma" run --host 127.0.0.1 --path "$DATADIR/data" >"$LOG" 2>&1 &
ready() {
  python3 -c 'import sys, urllib.request as r
r.urlopen(r.Request(sys.argv[1], headers={"X-Chroma-Token": "open-sesame"}), timeout=2).read()' \
    "http://127.0.0.1:$PORT/api/v2/heartbeat"
}
started $! ready
