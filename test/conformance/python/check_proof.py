"""A checker of proofs of one message, written from packages/audit/PROOF.md (and SPEC.md §3, envelope SPEC §3 and §8) alone.

    python3 check_proof.py directory.jsonl <root key, base64url> proof.json…

Prints a line for each proof. Of the directory it checks the signatures of root and documents, and nothing else of
identity/SPEC.md: not expiry, not which names an issuer speaks for.
"""

import base64
import binascii
import json
import re
import sys
from datetime import datetime, timezone

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from avro import Malformed
from records import Verdict, read_header, read_proof, read_session
from suite1 import key_id, lp, point, sha256, u16, u32, verifies

SKEW = 30_000
FLAT = ["sender_id", "recipient_id", "timestamp", "message_type", "message_hash", "channel", "encryption_status"]
CHECKPOINT = "sealwire/v1/audit-checkpoint/"


class NotProven(Exception):
    pass


def need(holds, why: str) -> None:
    if not holds:
        raise NotProven(why)


def ms(text: str) -> int:
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text), "no time")
    parsed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return round(parsed.timestamp() * 1000)


# The directory


def read_directory(data: bytes, root_key: bytes):
    """Realm and message-signing keys by id: (owner, public key, from, to, distrust from)."""
    roots, documents = [], []
    for line in data.splitlines():
        signed = json.loads(line)
        payload = base64.b64decode(signed["payload"])
        is_root = payload.startswith(b'{"kind":"root"')
        label = b"sealwire/v1/root" if is_root else b"sealwire/v1/directory"
        signatures = {one["keyId"]: base64.b64decode(one["signature"]) for one in signed["signatures"]}
        (roots if is_root else documents).append((payload, label + sha256(payload), signatures))

    def signed_by(key: bytes, message: bytes, signatures: dict) -> bool:
        signature = signatures.get(key_id("directory", key).hex())
        return signature is not None and verifies(key, message, signature)

    trusted = [json.loads(payload) for payload, message, signatures in roots if signed_by(root_key, message, signatures)]
    root = max(trusted, key=lambda one: one["serial"])
    newest = {}
    for issuer in root["issuers"]:
        key = url64(issuer["publicKey"])
        for payload, message, signatures in documents:
            if signed_by(key, message, signatures):
                head, *entries = [json.loads(one) for one in payload.splitlines()]
                if head["serial"] >= newest.get(key, (0,))[0]:
                    newest[key] = (head["serial"], entries)
    keys = {}
    for _, entries in newest.values():
        for entry in entries:
            for key in entry["keys"]:
                if key["purpose"] == "message-signing":
                    public = url64(key["publicKey"])
                    until = key.get("revoked", {}).get("distrustFrom")
                    times = (ms(key["notBefore"]), ms(key["notAfter"]), None if until is None else ms(until))
                    keys[key_id("message-signing", public).hex()] = (entry["name"], public, *times)
    return bytes.fromhex(root["realm"]), keys


def url64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def over(key, at: int) -> bool:
    return at >= key[3] or (key[4] is not None and at >= key[4])


def good(key, at: int) -> bool:
    """Envelope E-29."""
    if at >= key[2]:
        return not over(key, at)
    return at + SKEW >= key[2] and not over(key, at + SKEW)


# The file


def once(pairs):
    names = [name for name, _ in pairs]
    need(len(set(names)) == len(names), "a member is named twice")
    return dict(pairs)


def members(value, *names):
    need(isinstance(value, dict) and list(value) == list(names), "other members than those")
    return value.values()


def unhex(text, *lengths) -> bytes:
    need(isinstance(text, str) and re.fullmatch(r"([0-9a-f]{2})*", text) and len(text) // 2 in lengths, "no hex")
    return bytes.fromhex(text)


def un64(text) -> bytes:
    need(isinstance(text, str), "no base64")
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 with bits to spare")
    return data


def whole(value, most=2**53 - 1) -> int:
    need(type(value) is int and 0 <= value <= most, "no number in its range")
    return value


def read_file(data: bytes):
    need(len(data) <= 32 * 1024 * 1024, "too large")
    file = json.loads(data.decode(), object_pairs_hook=once)
    need(json.dumps(file, indent=2, ensure_ascii=False).encode() + b"\n" == data, "spelt otherwise")
    need(isinstance(file, dict) and isinstance(file.get("checksum"), str), "no checksum")
    checksum = unhex(file["checksum"], 32)
    need(sha256(data.replace(file["checksum"].encode(), b"0" * 64, 1)) == checksum, "damaged")
    _, _, _, _, _, message, events, checkpoints = members(
        file, "format", "checksum", "realm", "directory", "messageHash", "message", "events", "checkpoints"
    )
    need(file["format"] == "sealwire/v1/audit-proof", "another format")
    root, issuers = members(file["directory"], "root", "issuers")
    whole(root)
    need(isinstance(issuers, dict) and len(issuers) <= 256 and list(issuers) == sorted(issuers), "no issuers")
    for issuer, serial in issuers.items():
        unhex(issuer, 16), whole(serial)
    for listed in (events, checkpoints):
        need(isinstance(listed, list) and 1 <= len(listed) <= 32, "too many or none")
    for one in events:
        text, at, path = members(one, "event", "checkpoint", "path")
        whole(at, len(checkpoints) - 1)
        need(len(un64(path)) % 32 == 0, "no path")
    for one in checkpoints:
        at, note = members(one, "at", "note")
        ms(at)
        need(isinstance(note, str), "no note")
    named = list(dict.fromkeys(one["checkpoint"] for one in events))
    need(named == list(range(len(checkpoints))), "checkpoints in another order")
    need(len({one["note"] for one in checkpoints}) == len(checkpoints), "a note is there twice")
    return file


# Events and checkpoints


def read_event(text, message_hash: str) -> dict:
    need(isinstance(text, str) and len(text) <= 8_000 and re.fullmatch(r"\{[ -~]*\}", text), "no event")
    event = json.loads(text, object_pairs_hook=once, parse_constant=lambda name: need(False, f"{name} is no JSON"))
    said = event["unmapped"]
    need(all(name in event and event[name] == said[name] for name in FLAT), "two things under one name")
    need(all(said[name] is None or isinstance(said[name], str) for name in FLAT), "no text")
    need(said["kind"] in ("message.sent", "message.received"), "another kind")
    need(said["message_hash"] == message_hash and said.get("unverified") is not True, "another message")
    return said


def root_of(leaf: bytes, index: int, size: int, path: bytes) -> bytes:
    need(0 <= index < size and len(path) % 32 == 0, "no place in the tree")
    nodes = [path[at : at + 32] for at in range(0, len(path), 32)]
    node, last = leaf, size - 1
    while last > 0:
        if index % 2 == 1:
            need(nodes, "the path is short")
            node = sha256(b"\1", nodes.pop(0), node)
        elif index < last:
            need(nodes, "the path is short")
            node = sha256(b"\1", node, nodes.pop(0))
        index, last = index // 2, last // 2
    need(not nodes, "the path is long")
    return node


def number(text: str) -> int:
    need(re.fullmatch(r"0|[1-9]\d{0,15}", text), "no number")
    return whole(int(text))


def read_note(note: str) -> dict:
    text, _, last = note.partition("\n\u2014 ")
    found = re.fullmatch(r"([!-~]+) ([A-Za-z0-9+/]+={0,2})\n", last)
    need(found and text.isascii() and text.endswith("\n"), "no note")
    origin, size, root, key, *seen = text[:-1].split("\n")
    seen = seen[1:] if seen[:1] == ["again"] else seen
    need(origin.startswith(CHECKPOINT) and key.startswith("key ") and len(seen) <= 16, "no checkpoint")
    chain, first = origin[len(CHECKPOINT) :].split("/")
    unhex(chain, 16), unhex(key[4:], 16)
    need(len({one.split(" ")[1] for one in seen}) == len(seen), "a chain is seen twice")
    for one in seen:
        word, other, sequence, leaf = one.split(" ")
        need(word == "seen", "no seen")
        unhex(other, 16), number(sequence), unhex(leaf, 32)
    signed = un64(found[2])
    need(len(un64(root)) == 32 and number(size) > 0, "no tree")
    name = found[1]
    agent = name.replace("%2B", "+").replace("%25", "%")
    need(agent.replace("%", "%25").replace("+", "%2B") == name, "a name that is written otherwise")
    return dict(
        text=text.encode(), chain=chain, first=number(first), size=number(size), root=un64(root), key=key[4:],
        agent=agent, key_hash=signed[:4], signature=signed[4:],
    )


def check_checkpoint(note: dict, said: dict, at: int, keys: dict):
    need(note["agent"] == said["writer"], "another writer")
    key = keys.get(note["key"])
    need(key, "ERR_KEY_UNKNOWN")
    need(key[0] == said["writer"] or re.fullmatch(r"p-[0-9a-f]{32}", said["writer"]), "ERR_KEY_OWNER")
    need(good(key, at) and not over(key, ms(said["timestamp"])), "ERR_KEY_STATUS")
    public = point(key[1])
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    need(sha256(spki)[:4] == note["key_hash"], "another key hash")
    public.verify(note["signature"], note["text"], ec.ECDSA(SHA256()))
    return key


# The message’s own signature


def check_message(message: dict, message_hash: bytes, realm: bytes, keys: dict, events: list):
    session = header = None
    if "session" in message:
        session_bytes, header_bytes, body, key_hash, mac, proof = members(
            message, "session", "header", "body", "keyHash", "mac", "proof"
        )
        session_bytes, header_bytes, body, proof = map(un64, (session_bytes, header_bytes, body, proof))
        mac = unhex(mac, 0, 32)
        session, header = read_session(session_bytes), read_header(header_bytes)
        need(session.realm == realm, "ERR_POLICY_REALM")
        need(header.tombstone == (mac == b"") and not (header.tombstone and body), "no tombstone")
        content = sha256(sha256(session_bytes), lp(header_bytes), lp(body), unhex(key_hash, 32))
        suite, sender_key = session.suite, session.sender_key
    else:
        suite, sender_key, content, mac, proof = members(
            message, "suite", "senderKeyId", "contentHash", "mac", "proof"
        )
        sender_key, content, mac, proof = unhex(sender_key, 16), unhex(content, 32), unhex(mac, 0, 32), un64(proof)
    need(suite == 1, "ERR_FORMAT_SUITE")
    need(sha256(b"\0", content, mac) == message_hash, "another message")
    proof = read_proof(proof)
    root = root_of(message_hash, proof.index, proof.size, proof.path)
    key = keys.get(sender_key.hex())
    need(key, "ERR_KEY_UNKNOWN")
    sent = [said for said, _ in events if said["kind"] == "message.sent"]
    if sent:
        at = ms(sent[0]["timestamp"])
    elif header is not None:
        at = header.issued_at
    else:
        at = min(ms(said["timestamp"]) for said, _ in events)
    need(good(key, at), "ERR_KEY_STATUS")
    signed = b"sealwire/v1/batch-root" + u16(suite) + sender_key + u32(proof.size) + root
    need(verifies(key[1], signed, proof.signature), "ERR_INTEGRITY_SIGNATURE")
    for said, owner in events:
        cut = said.get("cut") is True
        names = said["sender_id"] if owner == said["writer"] else None
        need(said["kind"] != "message.sent" or owner == key[0], "ERR_KEY_OWNER")
        need(cut or names is None or names == key[0], "ERR_KEY_OWNER")
        if session is None:
            continue
        need(cut or (said["channel"] == session.channel and said["message_type"] == session.type), "a contradiction")
        other = header.partition < 0 or "redriven_by" in said or said.get("partition") in (None, header.partition)
        need(other, "another partition")
    need(session is None or session.sender == key[0], "ERR_KEY_OWNER")


def check(data: bytes, realm: bytes, keys: dict) -> str:
    """Who sent it. @raises NotProven, and what the libraries raise at bytes that are nothing of the kind"""
    file = read_file(data)
    need(unhex(file["realm"], 16) == realm, "ERR_POLICY_REALM")
    message_hash = unhex(file["messageHash"], 32)
    notes = [read_note(one["note"]) for one in file["checkpoints"]]
    events = []
    for one in file["events"]:
        said = read_event(one["event"], file["messageHash"])
        note = notes[one["checkpoint"]]
        leaf = sha256(b"\0", one["event"].encode())
        root = root_of(leaf, whole(said["sequence"]) - note["first"], note["size"], un64(one["path"]))
        need(root == note["root"] and said["chain"] == note["chain"], "not in its tree")
        key = check_checkpoint(note, said, ms(file["checkpoints"][one["checkpoint"]]["at"]), keys)
        events.append((said, key[0]))
    need(len({(said["chain"], said["sequence"]) for said, _ in events}) == len(events), "an event is there twice")
    sent = [(said, owner) for said, owner in events if said["kind"] == "message.sent"]
    need(len(sent) <= 1 and all(said["writer"] == said["sender_id"] for said, _ in sent), "another says to have sent it")
    uncut = [said for said, _ in events if said.get("cut") is not True]
    for name in ("sender_id", "message_type", "channel"):
        need(len({said[name] for said in uncut}) <= 1, "a contradiction")
    if file["message"] is not None:
        check_message(file["message"], message_hash, realm, keys, events)
    need(sent or file["message"] is not None, "only a receiver says so")
    return sent[0][1] if sent else events[0][0]["sender_id"]


def main(directory: str, root_key: str, *proofs: str) -> int:
    with open(directory, "rb") as file:
        realm, keys = read_directory(file.read(), url64(root_key))
    failed = 0
    for proof in proofs:
        with open(proof, "rb") as file:
            data = file.read()
        try:
            print(f"proven {check(data, realm, keys)}")
        except (NotProven, Verdict, Malformed, InvalidSignature) as error:
            failed += 1
            print(f"not proven: {error or type(error).__name__}")
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, binascii.Error, RecursionError) as error:
            failed += 1
            print(f"not proven: it is no proof ({type(error).__name__})")
    return 1 if failed > 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
