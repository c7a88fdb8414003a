"""PRELOGIN and LOGIN7."""
import struct
from dataclasses import dataclass

OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
VERSION, ENCRYPTION, INSTANCE, THREAD, MARS = 0, 1, 2, 3, 4


def read_prelogin(data: bytes) -> dict[int, bytes]:
    options, at = {}, 0
    while data[at] != 0xFF:
        kind, offset, length = struct.unpack(">BHH", data[at : at + 5])
        options[kind] = data[offset : offset + length]
        at += 5
    return options


def write_prelogin(encryption: int) -> bytes:
    options = [(VERSION, bytes([16, 0, 0x03, 0xE8, 0, 0])), (ENCRYPTION, bytes([encryption])), (INSTANCE, b"\0"),
               (THREAD, b""), (MARS, b"\0")]
    head, body, offset = b"", b"", 5 * len(options) + 1
    for kind, value in options:
        head += struct.pack(">BHH", kind, offset + len(body), len(value))
        body += value
    return head + b"\xff" + body


# What a listener answers to a client's ENCRYPTION, and which part of the session is then encrypted.
ANSWERS = {
    "optional": {OFF: (OFF, "login"), ON: (ON, "all"), NOT_SUPPORTED: (NOT_SUPPORTED, "none"), REQUIRED: (ON, "all")},
    "required": {OFF: (REQUIRED, "all"), ON: (ON, "all"), NOT_SUPPORTED: (REQUIRED, "refused"), REQUIRED: (ON, "all")},
    "none": {OFF: (NOT_SUPPORTED, "none"), ON: (NOT_SUPPORTED, "none"), NOT_SUPPORTED: (NOT_SUPPORTED, "none"),
             REQUIRED: (NOT_SUPPORTED, "none")},
}


@dataclass
class Login:
    packet_size: int
    user: str
    password: str
    application: str
    server: str
    database: str

    @staticmethod
    def read(data: bytes) -> "Login":
        def text(place: int) -> bytes:
            offset, characters = struct.unpack_from("<HH", data, place)
            return data[offset : offset + 2 * characters]

        hidden = text(44)
        password = bytes(((b ^ 0xA5) << 4 & 0xF0) | ((b ^ 0xA5) >> 4) for b in hidden)
        return Login(struct.unpack_from("<I", data, 8)[0], text(40).decode("utf-16-le"), password.decode("utf-16-le"),
                     text(48).decode("utf-16-le"), text(52).decode("utf-16-le"), text(68).decode("utf-16-le"))
