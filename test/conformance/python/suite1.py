"""Suite 1 (SPEC.md §2): HPKE, ECDSA, AES-GCM and the derivations, over the package `cryptography`."""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CURVE = ec.SECP256R1()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def lp(data: bytes) -> bytes:
    return u32(len(data)) + data


def expand(key: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, info).derive(key)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def same(a: bytes, b: bytes) -> bool:
    return hmac.compare_digest(a, b)


def key_id(purpose: str, public_key: bytes) -> bytes:
    return sha256(lp(purpose.encode()), u16(1), lp(public_key))[:16]


def point(data: bytes):
    """A public key, or None: 65 bytes, uncompressed, on the curve."""
    if len(data) != 65 or data[0] != 4:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, data)
    except ValueError:
        return None


def verifies(public_key: bytes, message: bytes, signature: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        point(public_key).verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False


def gcm_open(key: bytes, iv: bytes, aad: bytes, sealed: bytes):
    """The plaintext, or None."""
    if len(sealed) < 16:
        return None
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except InvalidTag:
        return None


def hpke_open(private_key: bytes, encapsulated: bytes, info: bytes, sealed: bytes):
    """SetupBaseR and one Open with an empty aad (RFC 9180 §4 to §6). The plaintext, or None."""
    sender = point(encapsulated)
    if sender is None:
        return None
    own = ec.derive_private_key(int.from_bytes(private_key, "big"), CURVE)
    own_public = public_of(own)
    kem, suite = b"KEM" + u16(0x0010), b"HPKE" + u16(0x0010) + u16(0x0001) + u16(0x0002)

    def extract(suite_id: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac_sha256(salt, b"HPKE-v1" + suite_id + label + ikm)

    def labelled(suite_id: bytes, prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
        return expand(prk, u16(length) + b"HPKE-v1" + suite_id + label + context, length)

    dh = own.exchange(ec.ECDH(), sender)
    shared = labelled(kem, extract(kem, b"", b"eae_prk", dh), b"shared_secret", encapsulated + own_public, 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key = labelled(suite, secret, b"key", context, 32)
    nonce = labelled(suite, secret, b"base_nonce", context, 12)
    return gcm_open(key, nonce, b"", sealed)


def public_of(private_key) -> bytes:
    numbers = private_key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
