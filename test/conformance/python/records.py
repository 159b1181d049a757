"""The records of a sealed message (SPEC.md §4 to §8, §13)."""

from types import SimpleNamespace as Record

from avro import Malformed, Reader, ascending

PREFIX = bytes.fromhex("c3012147ccf0b1d3682f")
SESSION_PREFIX = bytes.fromhex("c301f4569fac90a9f529")
CONTENT_TYPES = [
    "",
    "application/octet-stream",
    "application/json",
    "avro/binary",
    "text/plain",
    "application/cloudevents+json",
    "application/x-protobuf",
]
INT = 2**31 - 1
LONG = 2**53 - 1


class Verdict(Exception):
    """A reason to refuse a message; its code is the only argument."""


def refuse_as(code: str):
    """Whatever breaks a record has the code of that record."""

    def wrap(read):
        def reading(*given):
            try:
                return read(*given)
            except Malformed as error:
                raise Verdict(code) from error

        return reading

    return wrap


@refuse_as("ERR_FORMAT_ENVELOPE")
def read_outer(data: bytes) -> Record:
    if data[:2] != PREFIX[:2]:
        raise Verdict("ERR_FORMAT_NOT_SEALED")
    if len(data) < len(PREFIX):
        raise Malformed("it ends within the fingerprint")
    if not data.startswith(PREFIX):
        raise Verdict("ERR_FORMAT_VERSION")
    reader = Reader(data, len(PREFIX))
    outer = Record(
        session=reader.bytes(0, 32 * 1024),
        header=reader.bytes(0, 24 * 1024),
        body=reader.bytes(0, len(data)),
        mac=reader.bytes(0, 32),
        proof=reader.bytes(0, len(data)),
    )
    reader.end()
    return outer


@refuse_as("ERR_FORMAT_SESSION")
def read_session(data: bytes) -> Record:
    reader = Reader(data)
    session = Record(
        suite=reader.integer(1, 65535),
        realm=reader.need(16),
        sender=reader.string(1, 255),
        sender_key=reader.need(16),
        instance=reader.need(16),
        audience=reader.array(1, 32, lambda: reader.string(1, 255)),
        epoch_start=reader.integer(0, 2**40) * 1000,
        epoch_length=reader.integer(1, INT) * 1000,
        channel=reader.string(1, 255),
        type=reader.string(1, 255),
        schema=reader.bytes(0, 32),
        content_type=reader.integer(0, 6),
        content_type_name=reader.string(0, 255),
        before_wraps=data[: reader.at],
        wraps=reader.array(
            1,
            32,
            lambda: Record(key=reader.need(16), encapsulated=reader.bytes(1, 2048), wrapped=reader.bytes(1, 256)),
        ),
    )
    reader.end()
    ascending([name.encode() for name in session.audience])
    ascending([wrap.key for wrap in session.wraps])
    if len(session.schema) not in (0, 32):
        raise Malformed("no schema hash")
    name = session.content_type_name
    if (session.content_type == 0) != (name != "") or name in CONTENT_TYPES[1:]:
        raise Malformed("no content type")
    session.media_type = name or CONTENT_TYPES[session.content_type]
    return session


@refuse_as("ERR_FORMAT_HEADER")
def read_header(data: bytes) -> Record:
    reader = Reader(data)

    def clear():
        names = reader.array(1, 64, lambda: reader.string(1, 255))
        ascending([name.encode() for name in names])
        return Record(names=names, digest=reader.need(32))

    header = Record(
        partition=reader.integer(-1, INT),
        issued_at=reader.integer(0, LONG),
        stream=reader.integer(0, 2**32 - 1),
        sequence=reader.integer(0, LONG),
        salt=reader.need(12),
        position=reader.integer(0, INT),
        correlation=reader.optional(lambda: reader.need(16)),
        causation=reader.optional(lambda: reader.need(16)),
        clear=reader.optional(clear),
        tombstone=reader.boolean(),
    )
    reader.end()
    return header


def path_nodes(index: int, size: int) -> int:
    nodes, last = 0, size - 1
    while last > 0:
        if index % 2 == 1 or index < last:
            nodes += 1
        index, last = index // 2, last // 2
    return nodes


@refuse_as("ERR_FORMAT_PROOF")
def read_proof(data: bytes) -> Record:
    reader = Reader(data)
    size = reader.integer(1, 4096)
    index = reader.integer(0, size - 1)
    path = reader.bytes(0, len(data))
    signature = reader.bytes(64, 64)
    reader.end()
    if len(path) != 32 * path_nodes(index, size):
        raise Malformed("the path has another length")
    return Record(size=size, index=index, path=path, signature=signature)


@refuse_as("ERR_FORMAT_BODY")
def read_plaintext(data: bytes, bound: list) -> Record:
    reader = Reader(data)
    encoding = reader.integer(0, 2)
    payload = reader.bytes(0, len(data))
    headers = reader.array(
        0,
        256,
        lambda: (reader.string(0, 65535), reader.array(1, 256, lambda: reader.bytes(0, len(data)))),
    )
    reader.end()
    names = [name for name, _ in headers]
    if len(set(names)) != len(names) or set(names) & set(bound):
        raise Malformed("a header is there twice")
    return Record(encoding=encoding, payload=payload, headers=headers)


def read_session_record(data: bytes) -> Record:
    if not data.startswith(SESSION_PREFIX):
        raise Malformed("no session record")
    reader = Reader(data, len(SESSION_PREFIX))
    record = Record(session=reader.bytes(0, 32 * 1024), signature=reader.bytes(64, 64))
    reader.end()
    return record
