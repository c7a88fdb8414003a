#!/bin/sh
# The tests' own TDS 7.4 server: see tds/README.md. User "tester", password "tds-test-7Q", databases "master" and "test".
. "$(dirname "$0")/lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
make_certificate
cp "$HERE"/tds/*.py "$DATADIR/"
[ -z "$OWNER" ] || chown -R "$OWNER" "$DATADIR"
cd "$DATADIR" || exit 1
# Where an unprivileged user may not look (a cache, or a Python, in root's home), the server runs as we do.
$AS test -r "$DATADIR/server.py" || AS=
PYTHON=$(python3 -c 'import sys; print(sys.executable)')
$AS test -x "$PYTHON" || AS=
$AS "$PYTHON" "$DATADIR/server.py" "$PORT" "$DATADIR" >"$LOG" 2>&1 &
listening() { tcp && grep -q listening "$LOG"; }
started $! listening
