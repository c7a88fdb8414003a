"""The tokens of a reply."""
import struct
from dataclasses import dataclass

from datatypes import COLLATION, Type

DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, ERROR_STATUS, IN_TRANSACTION, COUNT, ATTENTION_STATUS = 0x01, 0x02, 0x04, 0x10, 0x20
VERSION_7_4 = b"\x74\x00\x00\x04"


class ServerError(Exception):
    """An error as the client sees it. severity up to 10: only information."""

    def __init__(self, number: int, severity: int, state: int, text: str, line: int = 1, aborts_batch: bool = False):
        super().__init__(text)
        self.number, self.severity, self.state, self.text, self.line = number, severity, state, text, line
        self.aborts_batch = aborts_batch


def short_text(text: str) -> bytes:
    return bytes([len(text.encode("utf-16-le")) // 2]) + text.encode("utf-16-le")


def long_text(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data


def _sized(token: int, body: bytes) -> bytes:
    return struct.pack("<BH", token, len(body)) + body


def done(token: int, status: int, count: int = 0) -> bytes:
    return struct.pack("<BHHQ", token, status, 0, count)


def return_status(value: int) -> bytes:
    return struct.pack("<Bi", 0x79, value)


def message(error: ServerError, server: str, procedure: str) -> bytes:
    token = 0xAA if error.severity > 10 else 0xAB
    body = struct.pack("<iBB", error.number, error.state, error.severity) + long_text(error.text)
    return _sized(token, body + short_text(server) + short_text(procedure) + struct.pack("<i", error.line))


def change(kind: int, new: str, old: str) -> bytes:
    """ENVCHANGE of a text: 1 database, 2 language, 4 packet size."""
    return _sized(0xE3, bytes([kind]) + short_text(new) + short_text(old))


def change_bytes(kind: int, new: bytes, old: bytes) -> bytes:
    """ENVCHANGE of bytes: 7 collation, 8 transaction begun, 9 committed, 10 rolled back, 18 session reset."""
    return _sized(0xE3, bytes([kind, len(new)]) + new + bytes([len(old)]) + old)


def collation() -> bytes:
    return change_bytes(7, COLLATION, b"")


def login_ack(name: str) -> bytes:
    return _sized(0xAD, b"\x01" + VERSION_7_4 + short_text(name) + bytes([16, 0, 0x03, 0xE8]))


@dataclass
class Column:
    name: str
    type: Type
    nullable: bool = True


def columns(described: list[Column]) -> bytes:
    out = struct.pack("<BH", 0x81, len(described))
    for c in described:
        flags = 0x08 | (0x01 if c.nullable else 0)  # 0x08: whether it can be updated is unknown
        out += struct.pack("<IH", 0, flags) + c.type.info() + short_text(c.name)
    return out


def row(encoders, values) -> bytes:
    return b"\xd1" + b"".join(encode(value) for encode, value in zip(encoders, values))
