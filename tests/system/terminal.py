"""A person at a terminal."""

import os
import pty
import select
import signal
import termios
import time


def typed(argv, environment, lines, timeout=20):
    """What a terminal shows of a conversation: each line is typed when its prompt is there."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(argv[0], argv, environment)
    shown, status, until = b"", None, time.monotonic() + timeout
    pending = list(lines)
    try:
        while time.monotonic() < until:
            if pending and pending[0][0].encode() in shown.rsplit(b"\n", 1)[-1]:
                _, text, hidden = pending.pop(0)
                echo = termios.tcgetattr(terminal)[3] & termios.ECHO
                assert bool(echo) != hidden, f"echo is {bool(echo)} at {shown!r}"
                os.write(terminal, text)
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                chunk = os.read(terminal, 4096)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        else:
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n")
    finally:
        os.close(terminal)
