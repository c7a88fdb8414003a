"""Types: how they are spelled, converted, and written on the wire.

Inside the server a value is None, int, float, str or bytes: decimals, dates and times are text in one canonical form.
"""
import datetime
import decimal
import re
import struct
import uuid
from dataclasses import dataclass

COLLATION = b"\x09\x04\xd0\x00\x34"  # SQL_Latin1_General_CP1_CI_AS
MAX = -1
_EXACT = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)
_INTEGERS = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_DECIMAL_BYTES = [(9, 4), (19, 8), (28, 12), (38, 16)]


class BadValue(Exception):
    """A value that does not convert."""


def _decimal_bytes(precision: int) -> int:
    return next(size for most, size in _DECIMAL_BYTES if precision <= most)


def _time_bytes(scale: int) -> int:
    return 3 if scale <= 2 else 4 if scale <= 4 else 5


def _plp(data: bytes) -> bytes:
    return struct.pack("<QI", len(data), len(data)) + (data + b"\0\0\0\0" if data else b"")


@dataclass(frozen=True)
class Type:
    name: str
    size: int = 0  # characters or bytes, MAX, or the precision of decimals
    scale: int = 0

    @staticmethod
    def parse(text: str) -> "Type":
        """Raises BadValue for a type that this server does not have."""
        found = re.fullmatch(r"\s*\[?(?:sys\.)?(\w+)\]?\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?\s*", text)
        if not found:
            raise BadValue(text)
        name, first, second = found[1].lower(), found[2], found[3]
        name = {"numeric": "decimal", "dec": "decimal", "integer": "int", "sysname": "nvarchar"}.get(name, name)
        number = None if first is None else MAX if first.lower() == "max" else int(first)
        if name == "decimal":
            return Type(name, number or 18, int(second or 0))
        if name in ("datetime2", "time", "datetimeoffset"):
            return Type(name, 0, 7 if number is None else number)
        if name in ("nvarchar", "varchar", "nchar", "char", "varbinary", "binary"):
            return Type(name, number if number is not None else 128 if found[1].lower() == "sysname" else 30)
        if name in _INTEGERS or name in ("bit", "float", "real", "money", "date", "datetime", "uniqueidentifier"):
            return Type(name)
        if name in ("ntext", "text", "image"):
            return Type({"ntext": "nvarchar", "text": "varchar", "image": "varbinary"}[name], MAX)
        raise BadValue(text)

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.size},{self.scale})"
        if self.size:
            return f"{self.name}({'max' if self.size == MAX else self.size})"
        return f"{self.name}({self.scale})" if self.name in ("datetime2", "time", "datetimeoffset") else self.name

    # ---- what the column's description says

    def info(self) -> bytes:
        n = self.name
        if n in _INTEGERS:
            return bytes([0x26, _INTEGERS[n]])
        if n in ("nvarchar", "nchar"):
            return b"\xe7" + struct.pack("<H", 0xFFFF if self.size == MAX else 2 * self.size) + COLLATION
        if n in ("varchar", "char"):
            return b"\xa7" + struct.pack("<H", 0xFFFF if self.size == MAX else self.size) + COLLATION
        if n in ("varbinary", "binary"):
            return b"\xa5" + struct.pack("<H", 0xFFFF if self.size == MAX else self.size)
        if n == "decimal":
            return bytes([0x6A, 1 + _decimal_bytes(self.size), self.size, self.scale])
        if n in ("time", "datetime2", "datetimeoffset"):
            return bytes([{"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}[n], self.scale])
        return {"bit": b"\x68\x01", "float": b"\x6d\x08", "real": b"\x6d\x04", "money": b"\x6e\x08",
                "date": b"\x28", "datetime": b"\x6f\x08", "uniqueidentifier": b"\x24\x10"}[n]

    def encoder(self):
        """A function from a value of this type to its bytes in a row."""
        n = self.name
        if n in _INTEGERS:
            pack = {1: struct.Struct("<BB"), 2: struct.Struct("<Bh"), 4: struct.Struct("<Bi"), 8: struct.Struct("<Bq")}
            size, form = _INTEGERS[n], pack[_INTEGERS[n]]
            return lambda v: b"\0" if v is None else form.pack(size, v)
        if n in ("nvarchar", "nchar", "varchar", "char", "varbinary", "binary"):
            return self._encode_max if self.size == MAX else self._encode_short
        return lambda v: b"\0" if v is None else (lambda data: bytes([len(data)]) + data)(self._encode_fixed(v))

    def _bytes(self, v) -> bytes:
        if isinstance(v, bytes):
            return v
        text = v if isinstance(v, str) else str(v)
        return text.encode("utf-16-le", "surrogatepass") if self.name[0] == "n" else text.encode("cp1252", "replace")

    def _encode_max(self, v) -> bytes:
        return b"\xff" * 8 if v is None else _plp(self._bytes(v))

    def _encode_short(self, v) -> bytes:
        if v is None:
            return b"\xff\xff"
        data = self._bytes(v)
        return struct.pack("<H", len(data)) + data

    def _encode_fixed(self, v) -> bytes:
        n = self.name
        if n == "bit":
            return bytes([1 if v else 0])
        if n in ("float", "real"):
            return struct.pack("<d" if n == "float" else "<f", v)
        if n == "decimal":
            unscaled = int(_EXACT.scaleb(decimal.Decimal(v), self.scale).to_integral_value())
            return bytes([0 if unscaled < 0 else 1]) + abs(unscaled).to_bytes(_decimal_bytes(self.size), "little")
        if n == "money":
            unscaled = int(_EXACT.scaleb(decimal.Decimal(v), 4).to_integral_value())
            return struct.pack("<iI", unscaled >> 32, unscaled & 0xFFFFFFFF)
        if n == "uniqueidentifier":
            return uuid.UUID(v).bytes_le
        if n == "date":
            return _days(v).to_bytes(3, "little")
        if n == "time":
            return _ticks(v, self.scale).to_bytes(_time_bytes(self.scale), "little")
        if n == "datetime2":
            return _ticks(v[11:], self.scale).to_bytes(_time_bytes(self.scale), "little") + _days(v).to_bytes(3, "little")
        if n == "datetime":
            return struct.pack("<iI", _days(v) - _days("1900-01-01"), (_ticks(v[11:], 3) * 3 + 5) // 10)
        offset = int(v[-5:-3]) * 60 + int(v[-2:])
        offset = -offset if v[-6] == "-" else offset
        utc = (_days(v) * 86400 * 10**self.scale + _ticks(v[11:-6], self.scale)) - offset * 60 * 10**self.scale
        days, ticks = divmod(utc, 86400 * 10**self.scale)
        return ticks.to_bytes(_time_bytes(self.scale), "little") + days.to_bytes(3, "little") + struct.pack("<h", offset)

    # ---- conversion to this type, as CAST does

    def convert(self, v):
        """Raises BadValue, or OverflowError."""
        if v is None:
            return None
        n = self.name
        if n in _INTEGERS:
            return self._to_integer(v)
        if n == "bit":
            return self._to_bit(v)
        if n in ("float", "real"):
            try:
                return float(v)
            except ValueError as error:
                raise BadValue(v) from error
        if n in ("decimal", "money"):
            return self._to_decimal(v)
        if n in ("nvarchar", "nchar", "varchar", "char"):
            text = v if isinstance(v, str) else v.decode("utf-16-le" if n[0] == "n" else "cp1252", "replace") \
                if isinstance(v, bytes) else repr(v) if isinstance(v, float) else str(v)
            return text if self.size == MAX else text[: self.size]
        if n in ("varbinary", "binary"):
            data = v.encode("utf-16-le") if isinstance(v, str) else v if isinstance(v, bytes) else struct.pack(">i", v)
            return data if self.size == MAX else data[: self.size]
        if n == "uniqueidentifier":
            try:
                return str(uuid.UUID(v)).upper()
            except ValueError as error:
                raise BadValue(v) from error
        return self._to_time(v)

    @staticmethod
    def _to_bit(v) -> int:
        if not isinstance(v, str):
            return int(v != 0)
        try:
            return int({"true": "1", "false": "0"}.get(v.lower(), v)) and 1
        except ValueError:
            raise BadValue(v) from None

    def _to_integer(self, v) -> int:
        try:
            number = int(v.strip() or "0") if isinstance(v, str) else int.from_bytes(v, "big") if isinstance(v, bytes) else int(v)
        except ValueError:
            raise BadValue(v) from None
        bits = 8 * _INTEGERS[self.name]
        low, high = (0, 255) if bits == 8 else (-(1 << bits - 1), (1 << bits - 1) - 1)
        if not low <= number <= high:
            raise OverflowError(self.name)
        return number

    def _to_decimal(self, v) -> str:
        scale = self.scale if self.name == "decimal" else 4
        try:
            number = decimal.Decimal(repr(v) if isinstance(v, float) else v).quantize(decimal.Decimal(1).scaleb(-scale), context=_EXACT)
        except decimal.InvalidOperation as error:
            raise BadValue(v) from error
        if self.name == "decimal" and number.copy_abs() >= decimal.Decimal(1).scaleb(self.size - scale):
            raise OverflowError("numeric")
        return format(number, "f")

    def _to_time(self, v) -> str:
        found = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)?(?:[T ]?(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?)?\s*([+-]\d\d:\d\d|Z)?\s*", v) if isinstance(v, str) else None
        if not found or not (found[1] or found[2]):
            raise BadValue(v)
        date, time = found[1] or "1900-01-01", found[2] or "00:00:00"
        time += ":00" if len(time) == 5 else ""
        try:
            datetime.date.fromisoformat(date), datetime.time.fromisoformat(time)
        except ValueError as error:
            raise BadValue(v) from error
        scale = 3 if self.name == "datetime" else self.scale
        fraction = (found[3] or "").ljust(7, "0")[:scale]
        time += "." + fraction if scale else ""
        zone = (found[4] or "+00:00").replace("Z", "+00:00")
        return {"date": date, "time": time, "datetimeoffset": f"{date} {time} {zone}"}.get(self.name, f"{date} {time}")


def _days(iso: str) -> int:
    return datetime.date.fromisoformat(iso[:10]).toordinal() - 1


def _ticks(time: str, scale: int) -> int:
    whole, _, fraction = time.strip().partition(".")
    h, m, s = (int(part) for part in whole.split(":"))
    return (h * 3600 + m * 60 + s) * 10**scale + int((fraction.ljust(scale, "0")[:scale]) or 0)


def _time_text(ticks: int, scale: int) -> str:
    seconds, fraction = divmod(ticks, 10**scale)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{fraction:0{scale}}" if scale else "")


def _date_text(days: int) -> str:
    return datetime.date.fromordinal(days + 1).isoformat()


class Reader:
    """Values of parameters, as a client writes them."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def more(self) -> bool:
        return self.at < len(self.data)

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise BadValue("the message ends early")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self, characters: int) -> str:
        return self.take(2 * characters).decode("utf-16-le", "surrogatepass")

    def _chunks(self) -> bytes | None:
        if self.take(8) == b"\xff" * 8:
            return None
        data = bytearray()
        while n := self.number("I"):
            data += self.take(n)
        return bytes(data)

    def parameter(self) -> tuple[Type, object]:
        """TYPE_INFO and the value behind it."""
        kind = self.number("B")
        fixed = {0x30: ("tinyint", "B"), 0x34: ("smallint", "h"), 0x38: ("int", "i"), 0x7F: ("bigint", "q"),
                 0x32: ("bit", "B"), 0x3B: ("real", "f"), 0x3E: ("float", "d")}
        if kind == 0x1F:
            return Type("int"), None
        if kind in fixed:
            return Type(fixed[kind][0]), self.number(fixed[kind][1])
        if kind in (0xE7, 0xEF, 0xA7, 0xAF, 0xA5, 0xAD):
            return self._variable(kind)
        if kind in (0x22, 0x23, 0x63):
            return self._long(kind)
        if kind in (0x28, 0x29, 0x2A, 0x2B):
            scale = 0 if kind == 0x28 else self.number("B")
            return self._dated(kind, scale, self.take(self.number("B")))
        size = self.number("B")
        precision, scale = (self.number("B"), self.number("B")) if kind in (0x6A, 0x6C) else (0, 0)
        return self._sized(kind, size, precision, scale, self.take(self.number("B")))

    def _variable(self, kind: int) -> tuple[Type, object]:
        size = self.number("H")
        wide = kind in (0xE7, 0xEF)
        if kind not in (0xA5, 0xAD):
            self.take(5)
        if size == 0xFFFF:
            data = self._chunks()
        else:
            n = self.number("H")
            data = None if n == 0xFFFF else self.take(n)
        most = MAX if size == 0xFFFF else size // 2 if wide else size
        if kind in (0xA5, 0xAD):
            return Type("varbinary", most), data
        text = None if data is None else data.decode("utf-16-le" if wide else "cp1252", "surrogatepass" if wide else "replace")
        return Type("nvarchar" if wide else "varchar", most), text

    def _long(self, kind: int) -> tuple[Type, object]:
        self.take(4)
        if kind != 0x22:
            self.take(5)
        n = self.number("i")
        data = None if n == -1 else self.take(n)
        if kind == 0x22:
            return Type("varbinary", MAX), data
        wide = kind == 0x63
        return Type("nvarchar" if wide else "varchar", MAX), None if data is None else data.decode("utf-16-le" if wide else "cp1252", "replace")

    def _dated(self, kind: int, scale: int, data: bytes) -> tuple[Type, object]:
        t = Type({0x28: "date", 0x29: "time", 0x2A: "datetime2", 0x2B: "datetimeoffset"}[kind], 0, scale)
        if not data:
            return t, None
        n = 0 if kind == 0x28 else _time_bytes(scale)
        ticks = int.from_bytes(data[:n], "little")
        days = int.from_bytes(data[n : n + 3], "little")
        if kind == 0x28:
            return t, _date_text(days)
        if kind == 0x29:
            return t, _time_text(ticks, scale)
        if kind == 0x2A:
            return t, f"{_date_text(days)} {_time_text(ticks, scale)}"
        offset = struct.unpack("<h", data[n + 3 :])[0]
        days, ticks = divmod(days * 86400 * 10**scale + ticks + offset * 60 * 10**scale, 86400 * 10**scale)
        sign = "-" if offset < 0 else "+"
        return t, f"{_date_text(days)} {_time_text(ticks, scale)} {sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"

    def _sized(self, kind: int, size: int, precision: int, scale: int, data: bytes) -> tuple[Type, object]:
        if kind == 0x26:
            t = Type({1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}[size])
            return t, int.from_bytes(data, "little", signed=size > 1) if data else None
        if kind == 0x68:
            return Type("bit"), data[0] if data else None
        if kind == 0x6D:
            return Type("float" if size == 8 else "real"), struct.unpack("<d" if size == 8 else "<f", data)[0] if data else None
        if kind in (0x6A, 0x6C):
            t = Type("decimal", precision, scale)
            if not data:
                return t, None
            number = decimal.Decimal(int.from_bytes(data[1:], "little")).scaleb(-scale, context=_EXACT)
            return t, format(number if data[0] else -number, "f")
        if kind == 0x24:
            return Type("uniqueidentifier"), str(uuid.UUID(bytes_le=data)).upper() if data else None
        if kind == 0x6F and len(data) in (0, 8):
            if not data:
                return Type("datetime"), None
            days, thirds = struct.unpack("<iI", data)
            return Type("datetime"), f"{_date_text(days + _days('1900-01-01'))} {_time_text((thirds * 10 + 1) // 3, 3)}"
        if kind == 0x6E and len(data) in (0, 8):
            if not data:
                return Type("money"), None
            high, low = struct.unpack("<iI", data)
            return Type("money"), format(decimal.Decimal((high << 32) + low).scaleb(-4), "f")
        raise BadValue(f"a parameter of type {kind:#x}")
