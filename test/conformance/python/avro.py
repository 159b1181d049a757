"""Canonical Avro, read with care (SPEC.md §1)."""


class Malformed(Exception):
    """The bytes are not canonical, or not what their table says."""


class Reader:
    def __init__(self, data: bytes, at: int = 0):
        self.data = data
        self.at = at

    def need(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Malformed("it ends too early")
        piece = self.data[self.at : self.at + count]
        self.at += count
        return piece

    def integer(self, low: int, high: int) -> int:
        raw = shift = 0
        while True:
            byte = self.need(1)[0]
            raw |= (byte & 0x7F) << shift
            if byte < 0x80:
                if byte == 0 and shift > 0:
                    raise Malformed("a number is padded")
                break
            shift += 7
            if shift > 63:
                raise Malformed("a number is too long")
        value = (raw >> 1) ^ -(raw & 1)
        if not low <= value <= high:
            raise Malformed("a number is out of range")
        return value

    def boolean(self) -> bool:
        byte = self.need(1)[0]
        if byte > 1:
            raise Malformed("no boolean")
        return byte == 1

    def bytes(self, low: int, high: int) -> bytes:
        return self.need(self.integer(low, high))

    def string(self, low: int, high: int) -> str:
        try:
            return self.bytes(low, high).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("no UTF-8") from error

    def array(self, low: int, high: int, item) -> list:
        count = self.integer(low, high)
        items = [item() for _ in range(count)]
        if count > 0:
            self.integer(0, 0)
        return items

    def optional(self, item):
        return item() if self.integer(0, 1) == 1 else None

    def end(self) -> None:
        if self.at != len(self.data):
            raise Malformed("bytes follow its end")


def ascending(items: list) -> None:
    """By bytes, each once."""
    if any(a >= b for a, b in zip(items, items[1:])):
        raise Malformed("not in order")
