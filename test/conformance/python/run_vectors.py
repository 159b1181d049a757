"""Runs a vector file through this verifier and opener: python3 run_vectors.py envelope.json

Ends with `N passed, N failed`, and exit code 1 where one failed.
"""

import json
import sys
from types import SimpleNamespace as Record

from journey import Verdict, open_message, verify
from suite1 import key_id


def optional_bytes(text):
    return None if text is None else bytes.fromhex(text)


def keys_of(file):
    keys = {}
    for name, key in file["keys"].items():
        public_key = bytes.fromhex(key["publicKey"])
        assert key_id(key["purpose"], public_key).hex() == key["keyId"], name
        keys[name] = Record(public_key=public_key, private_key=bytes.fromhex(key["privateKey"]))
        keys[name].id = bytes.fromhex(key["keyId"])
    return keys


def listed_of(listed, keys):
    return {
        keys[one["key"]].id: Record(
            public_key=keys[one["key"]].public_key,
            owner=one["owner"],
            not_before=one["notBefore"],
            not_after=one["notAfter"],
            distrust_from=one["distrustFrom"],
        )
        for one in listed
    }


def directory_of(directory, keys):
    return Record(
        realm=bytes.fromhex(directory["realm"]),
        keys=listed_of(directory["signingKeys"], keys),
        sealing_keys=listed_of(directory["sealingKeys"], keys),
    )


def policy_of(policy):
    routes = {
        (route["channel"], route["type"]): Record(
            content_type=route["contentType"],
            schema=bytes.fromhex(route["schema"]),
            senders=route["senders"],
            audience=route["audience"],
            compression=route["compression"],
            max_age=route["maxAgeMs"],
        )
        for route in policy["routes"]
    }
    return Record(
        max_message_bytes=policy["maxMessageBytes"],
        skew=policy["skewMs"],
        suites=policy["suites"],
        topics=policy["topics"],
        queues=policy["queues"],
        routes=routes,
    )


def receiver_of(file, keys, case):
    policy = file["policies"][case["policy"]]
    topic = policy["sessionTopic"]
    return Record(
        directory=directory_of(file["directories"][case["directory"]], keys),
        policy=policy_of(policy),
        holds={keys[name].id: keys[name].private_key for name in case["holds"]},
        session_topic=None
        if topic is None
        else [(optional_bytes(r["key"]), optional_bytes(r["value"])) for r in file["sessionTopics"][topic]],
    )


def received_of(record):
    appended_at = record["appendedAt"]
    return Record(
        transport=record["transport"],
        place=record["place"],
        partition=record["partition"],
        key=optional_bytes(record["key"]),
        value=optional_bytes(record["value"]),
        headers=[(header["name"], [bytes.fromhex(v) for v in header["values"]]) for header in record["headers"]],
        t=record["receivedAt"] if appended_at is None else appended_at,
    )


def hex_or_none(data):
    return None if data is None else data.hex()


def answer_of(message):
    session, header = message.session, message.header
    nonce = session.instance + header.stream.to_bytes(4, "big") + header.sequence.to_bytes(8, "big")
    return {
        "sender": session.sender,
        "senderKeyId": session.sender_key.hex(),
        "recipients": session.audience,
        "channel": session.channel,
        "type": session.type,
        "contentType": session.media_type,
        "issuedAt": header.issued_at,
        "correlationId": hex_or_none(header.correlation),
        "causationId": hex_or_none(header.causation),
        "nonce": nonce.hex(),
        "messageHash": message.hash.hex(),
        "payload": hex_or_none(message.payload),
        "headers": [{"name": name, "values": [value.hex() for value in values]} for name, values in message.headers],
    }


def opened(receiver, received):
    try:
        return {"message": answer_of(open_message(receiver, received))}
    except Verdict as verdict:
        return {"code": verdict.args[0]}


def verified(receiver, received):
    try:
        verify(receiver, received)
        return None
    except Verdict as verdict:
        return verdict.args[0]


def main(path):
    with open(path, encoding="utf-8") as source:
        file = json.load(source)
    keys = keys_of(file)
    passed = failed = 0
    for case in file["cases"] + file["order"]:
        receiver, received = receiver_of(file, keys, case), received_of(case["received"])
        for what, expected, got in (
            ("opener", case["expected"], opened(receiver, received)),
            ("verifier", case["verifier"], verified(receiver, received)),
        ):
            if got == expected:
                passed += 1
            else:
                failed += 1
                print(f"{case['name']}: the {what} says {got}, expected {expected}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
