"""Framing: messages of TDS, cut into packets, over a socket or over TLS that is itself carried in packets."""
import socket
import ssl
import struct
import threading

SQL_BATCH, RPC, REPLY, ATTENTION, TRANSACTION, LOGIN7, PRELOGIN = 1, 3, 4, 6, 14, 16, 18
END_OF_MESSAGE = 0x01
RESET_CONNECTION = 0x08
HEADER = struct.Struct(">BBHHBB")  # type, status, length with this header, spid, packet number, window


class Closed(Exception):
    """The client has gone."""


class Wire:
    """One thread reads, one writes."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self.packet_size = 4096
        self.spid = 0
        self._tls = None  # an ssl.SSLObject between two memory buffers
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls_lock = threading.Lock()
        self._plain = bytearray()
        self._number = 0

    # ---- reading

    def _receive(self) -> bytes:
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Closed() from error
        if not data:
            raise Closed()
        return data

    def _exactly(self, n: int) -> bytes:
        while len(self._plain) < n:
            if self._tls is None:
                self._plain += self._receive()
                continue
            with self._tls_lock:
                try:
                    data = self._tls.read(65536)
                except ssl.SSLWantReadError:
                    data = None
                except ssl.SSLError as error:
                    raise Closed() from error
            if data == b"":
                raise Closed()
            if data is None:
                self._incoming.write(self._receive())
            else:
                self._plain += data
        taken = bytes(self._plain[:n])
        del self._plain[:n]
        return taken

    def read_message(self) -> tuple[int, int, bytes]:
        """The type, the status of the first packet, and the data of one whole message."""
        first_status, data = None, bytearray()
        while True:
            kind, status, length, _, _, _ = HEADER.unpack(self._exactly(HEADER.size))
            if length < HEADER.size:
                raise Closed()
            data += self._exactly(length - HEADER.size)
            first_status = status if first_status is None else first_status
            if status & END_OF_MESSAGE:
                return kind, first_status, bytes(data)

    def hang_up(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
        except OSError:
            pass
        self.sock.close()

    # ---- writing

    def _send(self, data: bytes) -> None:
        try:
            if self._tls is not None:
                with self._tls_lock:
                    self._tls.write(data)
                    data = self._outgoing.read()
            self.sock.sendall(data)
        except (OSError, ssl.SSLError) as error:
            raise Closed() from error

    def write_packet(self, kind: int, data: bytes, last: bool) -> None:
        self._number = (self._number + 1) % 256
        status = END_OF_MESSAGE if last else 0
        self._send(HEADER.pack(kind, status, HEADER.size + len(data), self.spid, self._number, 0) + data)
        if last:
            self._number = 0

    # ---- TLS: the handshake travels in PRELOGIN packets, what follows is TLS on the bare socket

    def start_tls(self, context: ssl.SSLContext) -> None:
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            except ssl.SSLError as error:
                raise Closed() from error
            reply = self._outgoing.read()
            for at in range(0, len(reply), self.packet_size - HEADER.size):
                piece = reply[at : at + self.packet_size - HEADER.size]
                self.write_packet(PRELOGIN, piece, at + len(piece) == len(reply))
            if done:
                break
            kind, _, data = self.read_message()
            if kind != PRELOGIN:
                raise Closed()
            self._incoming.write(data)
        self._tls = tls

    def stop_tls(self) -> None:
        """Only the login was to be encrypted; what follows is plain, without a farewell."""
        self._tls = None


class Reply:
    """Collects tokens and sends them in packets of the negotiated size."""

    def __init__(self, wire: Wire):
        self.wire = wire
        self._buffer = bytearray()

    def write(self, token: bytes) -> None:
        self._buffer += token
        room = self.wire.packet_size - HEADER.size
        if len(self._buffer) > room:
            at = 0
            while len(self._buffer) - at > room:
                self.wire.write_packet(REPLY, bytes(self._buffer[at : at + room]), False)
                at += room
            del self._buffer[:at]

    def flush(self) -> None:
        """Sends what there is, so that the client sees it before the reply's end."""
        if self._buffer:
            self.wire.write_packet(REPLY, bytes(self._buffer), False)
            self._buffer.clear()

    def end(self) -> None:
        self.wire.write_packet(REPLY, bytes(self._buffer), True)
        self._buffer.clear()
