"""A reader of the sealed store of its own, after the layout in host/secret/seal.hpp, over the system's libsodium."""

import base64
import ctypes
import struct

MAGIC = b"dbmux secrets 1\n"
HEADER = 60
TAG = 16
SODIUM = ctypes.CDLL("libsodium.so.23")
SODIUM.sodium_init()


def keys_of(text):
    return [text] if len(text) == 32 else [base64.b64decode(line) for line in text.split()]


def key_id(key):
    out = ctypes.create_string_buffer(16)
    SODIUM.crypto_generichash_blake2b_salt_personal(
        out, ctypes.c_size_t(16), key, ctypes.c_ulonglong(32), None, ctypes.c_size_t(0), None, b"dbmux key id".ljust(16, b"\0"))
    return out.raw


def opened(sealed, bound_to, nonce, key):
    plain = ctypes.create_string_buffer(len(sealed))
    failed = SODIUM.crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain, None, None, sealed, ctypes.c_ulonglong(len(sealed)), bound_to, ctypes.c_ulonglong(len(bound_to)), nonce, key)
    assert not failed, "sealed with something else"
    text = plain.raw[: len(sealed) - TAG].rstrip(b"\0")
    assert text.endswith(b"\x80")
    return text[:-1]


def read(store, keys):
    """name -> value of the bytes of a store, with the one of the keys that it names; raises where a bit is wrong."""
    assert store.startswith(MAGIC)
    key = next(key for key in keys if key_id(key) == store[16:32])
    size = struct.unpack_from("<I", store, 56)[0]
    index = opened(store[HEADER : HEADER + size], store[:HEADER], store[32:56], key)
    at, value_at, secrets = 4, HEADER + size, {}
    for _ in range(struct.unpack_from("<I", index)[0]):
        length = struct.unpack_from("<H", index, at)[0]
        name = index[at + 2 : at + 2 + length]
        at += 2 + length
        _, nonce, size = struct.unpack_from("<q24sI", index, at)
        at += 36
        secrets[name.decode()] = opened(store[value_at : value_at + size], MAGIC + name, nonce, key).decode()
        value_at += size
    assert at == len(index) and value_at == len(store)
    return secrets
