"""One connection: login, then requests until the client goes."""
import queue
import random
import socket
import struct
import threading

import login
import tokens
from database import Database, Databases
from datatypes import BadValue, Reader
from execution import Execution, Interrupted
from packets import ATTENTION, LOGIN7, PRELOGIN, REPLY, RESET_CONNECTION, RPC, SQL_BATCH, TRANSACTION, Closed, Reply, Wire
from tokens import ServerError

SERVER_NAME = "TDS-TESTS"
USER, PASSWORD = "tester", "tds-test-7Q"


class Session:
    def __init__(self, sock: socket.socket, spid: int, mode: str, tls, databases: Databases, log):
        self.wire, self.mode, self.tls, self.databases, self.log = Wire(sock), mode, tls, databases, log
        self.wire.spid = self.spid = spid
        self.attention = threading.Event()
        self.user, self.database = "", "master"
        self.requests: queue.Queue = queue.Queue()
        self.db: Database | None = None
        self.fresh()

    def fresh(self) -> None:
        """The state after a login."""
        self.trancount = 0
        self.descriptor = b"\0" * 8
        self.rowcount, self.identity = 0, None
        self.nocount = self.xact_abort = False
        self.lock_timeout = -1.0

    # ---- login

    def prelogin(self) -> str:
        kind, _, data = self.wire.read_message()
        if kind != PRELOGIN:
            raise Closed()
        wanted = (login.read_prelogin(data).get(login.ENCRYPTION) or b"\2")[0]
        answer, encrypted = login.ANSWERS[self.mode].get(wanted, (login.NOT_SUPPORTED, "refused"))
        self.wire.write_packet(REPLY, login.write_prelogin(answer), True)
        if encrypted == "refused":
            raise Closed()
        if encrypted != "none":
            self.wire.start_tls(self.tls)
        return encrypted

    def authenticate(self) -> bool:
        encrypted = self.prelogin()
        kind, _, data = self.wire.read_message()
        if kind != LOGIN7:
            raise Closed()
        who = login.Login.read(data)
        if encrypted == "login":
            self.wire.stop_tls()
        self.log(f"spid {self.spid} login user={who.user} application={who.application!r} server={who.server!r} "
                 f"database={who.database!r} encrypted={encrypted} packet_size={who.packet_size}")
        reply = Reply(self.wire)
        if who.user != USER or who.password != PASSWORD:
            self._refuse(reply, ServerError(18456, 14, 1, f"Login failed for user '{who.user}'."))
            return False
        name = who.database or "master"
        if name.lower() not in self.databases.names():
            self._refuse(reply, ServerError(4060, 11, 1, f'Cannot open database "{name}" requested by the login. The login failed.'),
                         ServerError(18456, 14, 1, f"Login failed for user '{who.user}'."))
            return False
        self.user = who.user
        self.open(name)
        size = min(max(who.packet_size or 4096, 512), 32767)
        for token in (tokens.change(1, self.database, "master"), self._said(5701, f"Changed database context to '{self.database}'.", 2),
                      tokens.collation(), tokens.change(2, "us_english", ""), self._said(5703, "Changed language setting to us_english.", 1),
                      tokens.login_ack("Microsoft SQL Server"), tokens.change(4, str(size), "4096"), tokens.done(tokens.DONE, 0)):
            reply.write(token)
        reply.end()
        self.wire.packet_size = size
        return True

    def _said(self, number: int, text: str, state: int) -> bytes:
        return tokens.message(ServerError(number, 0, state, text), SERVER_NAME, "")

    def _refuse(self, reply: Reply, *errors: ServerError) -> None:
        for e in errors:
            reply.write(tokens.message(e, SERVER_NAME, ""))
        reply.write(tokens.done(tokens.DONE, tokens.ERROR_STATUS))
        reply.end()

    def open(self, name: str) -> None:
        if self.db is not None:
            self.db.close()
        self.database = name
        self.db = Database(self.databases, name, self)

    # ---- requests

    def serve(self) -> None:
        try:
            if not self.authenticate():
                return
            threading.Thread(target=self._read, daemon=True).start()
            while (request := self.requests.get()) is not None:
                self._answer(*request)
        except Closed:
            pass
        finally:
            self.attention.set()  # nobody waits for what still runs
            if self.db is not None:
                self.db.close()
            self.wire.hang_up()

    def _read(self) -> None:
        try:
            while True:
                kind, status, data = self.wire.read_message()
                if kind == ATTENTION:
                    self.attention.set()
                self.requests.put((kind, status, data))
        except Closed:
            self.attention.set()
            self.requests.put(None)

    def _answer(self, kind: int, status: int, data: bytes) -> None:
        reply = Reply(self.wire)
        if kind == ATTENTION:
            self.attention.clear()
            self.log(f"spid {self.spid} attention")
            reply.write(tokens.done(tokens.DONE, tokens.ATTENTION_STATUS))
            reply.end()
            return
        if status & RESET_CONNECTION:
            self.fresh()
            self.open(self.database)
            reply.write(tokens.change_bytes(18, b"", b""))
        execution = Execution(self, reply)
        try:
            if kind == SQL_BATCH:
                body = data[struct.unpack_from("<I", data)[0] :].decode("utf-16-le", "surrogatepass")
                self.log(f"spid {self.spid} batch {body!r}")
                execution.batch(body)
            elif kind == RPC:
                self._call(execution, data[struct.unpack_from("<I", data)[0] :])
            elif kind == TRANSACTION:
                self._transaction(execution, data[struct.unpack_from("<I", data)[0] :])
            else:
                raise Closed()
        except Interrupted:
            if self.xact_abort and self.trancount:
                self.db.db.rollback()
                self.trancount = 0
            reply.write(tokens.done(tokens.DONE, tokens.ERROR_STATUS))  # the attention's own answer follows
        reply.end()

    def _call(self, execution: Execution, data: bytes) -> None:
        reader = Reader(data)
        length = reader.number("H")
        name = {10: "sp_executesql"}.get(reader.number("H"), "?") if length == 0xFFFF else reader.text(length)
        reader.number("H")
        given = []
        try:
            while reader.more():
                parameter = reader.text(reader.number("B"))
                flags = reader.number("B")
                given.append((parameter.lower(), flags, *reader.parameter()))
        except BadValue as error:
            execution.failed_call(ServerError(8016, 16, 1, f"The server of the tests cannot read the parameters: {error}"))
            return
        self.log(f"spid {self.spid} call {name} {[(n, str(t), v) for n, _, t, v in given]!r}"[:2000])
        if name.lower().rpartition(".")[2] != "sp_executesql":
            execution.failed_call(ServerError(2812, 16, 62, f"Could not find stored procedure '{name}'."))
            return
        execution.execute_sql(given)

    def _transaction(self, execution: Execution, data: bytes) -> None:
        verb = {5: "BEGIN TRANSACTION", 7: "COMMIT TRANSACTION", 8: "ROLLBACK TRANSACTION"}.get(struct.unpack_from("<H", data)[0])
        if verb is None:
            raise Closed()
        execution.batch(verb)

    def new_descriptor(self) -> bytes:
        self.descriptor = random.randbytes(8)
        return self.descriptor
