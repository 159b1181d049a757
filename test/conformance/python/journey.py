"""Judges a received message in the order of SPEC.md §9: as an opener, or as a third party without private keys."""

import json
from types import SimpleNamespace as Record

from avro import Malformed
from records import (
    Verdict,
    read_header,
    read_outer,
    read_plaintext,
    read_proof,
    read_session,
    read_session_record,
)
from streams import inflate, unzstd
from suite1 import expand, gcm_open, hmac_sha256, hpke_open, lp, same, sha256, u16, u32, verifies


def fail_unless(holds: bool, code: str) -> None:
    if not holds:
        raise Verdict(code)


def verify(receiver, received) -> Record:
    """What a third party can check (E-42)."""
    message = parse(receiver, received, max_bytes=None)
    check_realm(receiver, message)
    check_sender(receiver, received, message)
    check_signature(received, message)
    return message


def open_message(receiver, received) -> Record:
    message = parse(receiver, received, receiver.policy.max_message_bytes)
    check_realm(receiver, message)
    route = check_policy(receiver, received, message)
    check_binding(received, message)
    check_freshness(receiver, received, message, route)
    check_sender(receiver, received, message)
    fail_unless(message.session.sender in route.senders, "ERR_POLICY_SENDER")
    check_signature(received, message)
    if message.header.tombstone:
        message.payload, message.headers = None, bound_headers(received, message)
    else:
        unseal(receiver, received, message, route)
        check_payload(message)
    return message


def parse(receiver, received, max_bytes) -> Record:
    data = received.value
    if data is None:
        envelopes = [values for name, values in received.headers if name == "sealwire"]
        fail_unless(len(envelopes) == 1 and len(envelopes[0]) == 1, "ERR_FORMAT_NOT_SEALED")
        data = envelopes[0][0]
    fail_unless(max_bytes is None or len(data) <= max_bytes, "ERR_FORMAT_SIZE")
    outer = read_outer(data)
    session_bytes = outer.session
    if len(session_bytes) == 16:
        session_bytes = look_up(receiver, session_bytes)
    session = read_session(session_bytes)
    fail_unless(session.suite in receiver.policy.suites, "ERR_FORMAT_SUITE")
    header, proof = read_header(outer.header), read_proof(outer.proof)
    tombstone = received.value is None
    paired = header.tombstone == tombstone == (outer.mac == b"") and not (tombstone and outer.body)
    fail_unless(paired, "ERR_FORMAT_TOMBSTONE")
    fail_unless(tombstone or len(outer.mac) == 32, "ERR_FORMAT_ENVELOPE")
    return Record(outer=outer, session=session, S=sha256(session_bytes), header=header, proof=proof)


def look_up(receiver, reference: bytes) -> bytes:
    """The session that a reference names (§13)."""
    topic = receiver.session_topic
    fail_unless(topic is not None, "ERR_FORMAT_SESSION_REFERENCE")
    for key, value in topic:
        try:
            record = read_session_record(value or b"")
            session = read_session(record.session)
        except (Malformed, Verdict):
            continue
        S = sha256(record.session)
        if key != S or not S.startswith(reference):
            continue
        known = receiver.directory.keys.get(session.sender_key)
        if known is not None and known.owner != session.sender:
            continue
        # Where the directory does not know the key, E-29 judges the message.
        if known is None or verifies(known.public_key, b"sealwire/v1/session" + S, record.signature):
            return record.session
    raise Verdict("ERR_FORMAT_SESSION_UNKNOWN")


def check_realm(receiver, message) -> None:
    fail_unless(message.session.realm == receiver.directory.realm, "ERR_POLICY_REALM")


def check_policy(receiver, received, message):
    policy, session = receiver.policy, message.session
    places = policy.topics if received.transport == "kafka" else policy.queues
    channel = places[received.place]
    fail_unless(session.channel == channel, "ERR_POLICY_CHANNEL")
    route = policy.routes.get((channel, session.type))
    asked = route is not None and (route.content_type, route.schema) == (session.media_type, session.schema)
    fail_unless(asked, "ERR_POLICY_TYPE")
    fail_unless(route.audience == session.audience, "ERR_POLICY_AUDIENCE")
    return route


def bound_headers(received, message) -> list:
    clear = message.header.clear
    if clear is None:
        return []
    values = dict(received.headers)
    fail_unless(all(name in values for name in clear.names), "ERR_POLICY_HEADERS")
    return [(name, values[name]) for name in clear.names]


def check_binding(received, message) -> None:
    partition = received.partition if received.transport == "kafka" else -1
    fail_unless(message.header.partition == partition, "ERR_POLICY_PARTITION")
    bound = bound_headers(received, message)
    if bound:
        parts = [
            lp(name.encode()) + u32(len(values)) + b"".join(lp(value) for value in values) for name, values in bound
        ]
        fail_unless(same(sha256(*parts), message.header.clear.digest), "ERR_POLICY_HEADERS")


def check_freshness(receiver, received, message, route) -> None:
    session, issued_at, skew = message.session, message.header.issued_at, receiver.policy.skew
    end = session.epoch_start + session.epoch_length
    fail_unless(session.epoch_start - skew <= issued_at < end + skew, "ERR_POLICY_EPOCH")
    fail_unless(issued_at <= received.t + skew, "ERR_POLICY_FUTURE")
    fail_unless(received.t - issued_at <= route.max_age, "ERR_POLICY_AGE")


def check_sender(receiver, received, message) -> None:
    key = receiver.directory.keys.get(message.session.sender_key)
    fail_unless(key is not None, "ERR_KEY_UNKNOWN")
    fail_unless(key.owner == message.session.sender, "ERR_KEY_OWNER")

    def good(t: int) -> bool:
        return key.not_before <= t < key.not_after and (key.distrust_from is None or t < key.distrust_from)

    t = received.t
    early = t < key.not_before and good(t + receiver.policy.skew)
    fail_unless(good(t) or early, "ERR_KEY_STATUS")
    message.public_key = key.public_key


def check_signature(received, message) -> None:
    outer, proof, session = message.outer, message.proof, message.session
    key_hash = bytes(32) if received.key is None else sha256(received.key)
    message.content_hash = sha256(message.S, lp(outer.header), lp(outer.body), key_hash)
    message.hash = node = sha256(b"\0", message.content_hash, outer.mac)
    index, last, path = proof.index, proof.size - 1, proof.path
    while last > 0:
        if index % 2 == 1:
            node, path = sha256(b"\1", path[:32], node), path[32:]
        elif index < last:
            node, path = sha256(b"\1", node, path[:32]), path[32:]
        index, last = index // 2, last // 2
    signed = b"sealwire/v1/batch-root" + u16(session.suite) + session.sender_key + u32(proof.size) + node
    fail_unless(verifies(message.public_key, signed, proof.signature), "ERR_INTEGRITY_SIGNATURE")


def unseal(receiver, received, message, route) -> None:
    session, header, outer = message.session, message.header, message.outer
    wrap = next((wrap for wrap in session.wraps if wrap.key in receiver.holds), None)
    fail_unless(wrap is not None, "ERR_KEY_NOT_FOR_ME")
    key, skew = receiver.directory.sealing_keys.get(wrap.key), receiver.policy.skew
    # A distrust-from does not count here.
    valid = key is not None and key.not_before - skew <= header.issued_at < key.not_after + skew
    fail_unless(valid, "ERR_KEY_STATUS")
    info = b"sealwire/v1/wrap" + wrap.key + lp(session.before_wraps)
    data_key = hpke_open(receiver.holds[wrap.key], wrap.encapsulated, info, wrap.wrapped)
    fail_unless(data_key is not None and len(data_key) == 32, "ERR_KEY_WRAP")
    keys = expand(data_key, b"sealwire/v1/batch" + header.salt, 64)
    fail_unless(same(hmac_sha256(keys[32:], message.content_hash), outer.mac), "ERR_INTEGRITY_MAC")
    iv, aad = bytes(8) + u32(header.position), message.S + outer.header
    opened = gcm_open(keys[:32], iv, aad, outer.body)
    fail_unless(opened is not None, "ERR_INTEGRITY_SEAL")
    bound = bound_headers(received, message)
    plaintext = read_plaintext(opened, [name for name, _ in bound])
    message.payload = expanded(plaintext, route.compression, receiver.policy.max_message_bytes)
    message.headers = plaintext.headers + bound


def expanded(plaintext, compression, max_bytes: int) -> bytes:
    """The application's payload of a plaintext (E-44 to E-46)."""
    if plaintext.encoding == 0:
        return plaintext.payload
    fail_unless(plaintext.encoding == {"deflate": 1, "zstd": 2}.get(compression), "ERR_POLICY_COMPRESSION")
    length, stream = int.from_bytes(plaintext.payload[:4], "big"), plaintext.payload[4:]
    fail_unless(stream != b"", "ERR_FORMAT_BODY")
    fail_unless(length <= max_bytes and length <= 64 * len(stream), "ERR_FORMAT_SIZE")
    expand = inflate if compression == "deflate" else unzstd
    payload = expand(stream, length)
    fail_unless(length > 0 and payload is not None and len(payload) == length, "ERR_FORMAT_BODY")
    return payload


def check_payload(message) -> None:
    media_type = message.session.media_type.split(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if not is_json and media_type != "text/plain":
        return
    try:
        text = message.payload.decode("utf-8")
        if is_json:
            # Python also takes NaN and Infinity, which RFC 8259 does not.
            json.loads(text, parse_constant=refuse_constant)
    except ValueError as error:
        raise Verdict("ERR_VALIDATION_PAYLOAD") from error


def refuse_constant(name: str):
    raise ValueError(name)
