"""Sealing text for encrypted columns, and digests for exact look-up.

A sealed value is `algorithm (1 byte) | key id (1 byte) | nonce (12 bytes) | ciphertext and tag`. It is bound to the
field and row it belongs to: copied into another row or column it no longer opens.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

Row = TypeVar("Row")
ALGORITHMS = {"AES-256-GCM": 1, "SM4-GCM": 2}
NONCE = 12
TAG = 16
HEADER = 2


class SealBrokenError(Exception):
    """A sealed value was altered, belongs to another row or field, or is not a sealed value at all."""


class KeyMissingError(Exception):
    """A key that a value was, or is to be, sealed with is not configured."""


def seal(text: str, *, bound_to: str) -> bytes:
    """Encrypt text with the current key; `bound_to` names its field and row and must be given again to open it.

    Raises KeyMissingError where the current key is not configured, ValueError for text that is not valid Unicode.
    """
    return seal_bytes(_encoded(text), bound_to=bound_to)


def seal_bytes(plain: bytes, *, bound_to: str) -> bytes:
    """Encrypt the content of a file; as `seal`."""
    algorithm = ALGORITHMS[settings.FIELD_ALGORITHM]
    header = bytes((algorithm, settings.FIELD_KEY_ID))
    nonce = os.urandom(NONCE)
    associated = header + bound_to.encode()
    key = _key(settings.FIELD_KEY_ID)
    if algorithm == ALGORITHMS["AES-256-GCM"]:
        return header + nonce + _aes(key).encrypt(nonce, plain, associated)
    encryptor = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return header + nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def open_sealed(data: bytes, *, bound_to: str) -> str:
    """Decrypt a sealed value. Raises SealBrokenError or KeyMissingError; neither discloses the content."""
    return open_sealed_bytes(data, bound_to=bound_to).decode()


def open_sealed_bytes(data: bytes, *, bound_to: str) -> bytes:
    """Decrypt the content of a file; as `open_sealed`."""
    if not looks_sealed(data):
        raise SealBrokenError("not a sealed value")
    header, nonce, body = data[:HEADER], data[HEADER : HEADER + NONCE], data[HEADER + NONCE :]
    associated = header + bound_to.encode()
    key = _key(header[1])
    try:
        if header[0] == ALGORITHMS["AES-256-GCM"]:
            return _aes(key).decrypt(nonce, body, associated)
        decryptor = Cipher(algorithms.SM4(_sm4_key(key)), modes.GCM(nonce, body[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(body[:-TAG]) + decryptor.finalize()
    except InvalidTag:
        raise SealBrokenError("altered, or bound to another row or field") from None


def looks_sealed(data: bytes) -> bool:
    """Return whether these bytes have the shape of a sealed value; only opening them proves it."""
    return len(data) >= HEADER + NONCE + TAG and data[0] in ALGORITHMS.values()


def key_id_of(data: bytes) -> int:
    """Return the number of the key a value was sealed with. Raises SealBrokenError for anything but a sealed value."""
    if not looks_sealed(data):
        raise SealBrokenError("not a sealed value")
    return data[1]


class Digest(bytes):
    """A digest under the current key. `others` are those under the other live keys, while keys are rotated."""

    others: tuple[bytes, ...] = ()


def lookup_digest(text: str, *, purpose: str) -> Digest:
    """Return a keyed digest (HMAC-SHA256, 32 bytes) for exact look-up; digests of different purposes never match.

    Store it as it is; look up with `digest_candidates` or `found_by`, which also match what was stored under an outgoing key.
    Normalise the text first. Raises ValueError for text that is not valid Unicode.
    """
    said = _encoded(f"{purpose}\0{text}")
    keys: dict[int, bytes] = settings.LOOKUP_KEYS
    digest = Digest(hmac.digest(keys[settings.LOOKUP_KEY_ID], said, "sha256"))
    if len(keys) > 1:
        digest.others = tuple(
            hmac.digest(key, said, "sha256")
            for number, key in keys.items()
            if number != settings.LOOKUP_KEY_ID
        )
    return digest


def digest_candidates(digest: bytes | None) -> list[bytes]:
    """Return the digest under each live key, for `column__in=`; an empty list for None."""
    return [] if digest is None else [digest, *getattr(digest, "others", ())]


def found_by(rows: Mapping[bytes, Row], digest: bytes | None) -> Row | None:
    """Return the value of a mapping keyed by stored digests, under whichever live key it was stored; else None."""
    return next((rows[one] for one in digest_candidates(digest) if one in rows), None)


def stamp(data: bytes, *, purpose: str) -> bytes:
    """Return proof that the writer held the current key: its number (1 byte) and an HMAC-SHA256 under it."""
    key_id: int = settings.FIELD_KEY_ID
    return bytes((key_id,)) + _stamp(_key(key_id), data, purpose)


def stamp_holds(stamped: bytes, data: bytes, *, purpose: str) -> bool:
    """Return whether a stamp is genuine. Raises KeyMissingError where its key is not configured any more."""
    return bool(stamped) and hmac.compare_digest(stamped[1:], _stamp(_key(stamped[0]), data, purpose))


def _stamp(key: bytes, data: bytes, purpose: str) -> bytes:
    own = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"baibuting {purpose}".encode()).derive(key)
    return hmac.digest(own, data, "sha256")


def key_check_value(key: bytes) -> bytes:
    """Return a value by which a key is known again and from which it cannot be found (32 bytes); see docs/adr/0124."""
    return _stamp(key, b"", "key check value")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # its message carries the text
        raise ValueError("the text holds half a character (a lone surrogate)") from None


def _key(key_id: int) -> bytes:
    try:
        key: bytes = settings.FIELD_KEYS[key_id]
    except KeyError:
        raise KeyMissingError(f"key {key_id} is not configured") from None
    return key


@lru_cache(maxsize=8)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=8)
def _sm4_key(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=16, salt=None, info=b"baibuting SM4-GCM").derive(key)
