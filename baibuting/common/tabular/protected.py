"""Encrypted workbooks that open without a password: those only protected against changes.

Excel and WPS encrypt them with a well-known default password, and do not ask for it. No other password is ever
tried. Source: [MS-OFFCRYPTO] 2.3.4.10 to 2.3.4.15 (agile encryption).
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from baibuting.common.tabular.limits import ENCRYPTED
from baibuting.common.tabular.problems import TabularError

_KNOWN_TO_EVERYBODY = "VelvetSweatshop".encode("utf-16-le")
_AGILE = (4, 4)
_SEGMENT = 4096
_MOST_SPINS = 1_000_000  # Office uses 100 000; the limit keeps a crafted file from occupying a process
_FOR_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_FOR_HASH = bytes.fromhex("d7aa0f6d3061344e")
_FOR_KEY = bytes.fromhex("146e0be7abacd0d6")
_HASHES = ("SHA1", "SHA256", "SHA384", "SHA512")
_KEY_DATA = "{http://schemas.microsoft.com/office/2006/encryption}keyData"
_ENCRYPTED_KEY = "{http://schemas.microsoft.com/office/2006/keyEncryptor/password}encryptedKey"


def package_in(streams: Mapping[str, bytes]) -> bytes | None:
    """Return the .xlsx inside a protected workbook; None for a file that is not an encrypted package.

    Raises TabularError for one with a password of its own, or encrypted in another way.
    """
    package, info = streams.get("EncryptedPackage"), streams.get("EncryptionInfo", b"")
    if package is None:
        return None
    try:
        if struct.unpack_from("<HH", info) != _AGILE or b"<!" in info:
            raise TabularError(ENCRYPTED)
        tree = ElementTree.fromstring(info[8:].rstrip(b"\0"))  # noqa: S314 - a DTD has just been refused
        return _decrypted(package, _Cipher.of(tree, _KEY_DATA), _key_of(tree))
    except (struct.error, ValueError, KeyError, ElementTree.ParseError) as error:
        raise TabularError(ENCRYPTED) from error


@dataclass(frozen=True, slots=True)
class _Cipher:
    """One set of parameters of the encryption."""

    salt: bytes
    hash_name: str
    key_bytes: int
    block_bytes: int
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, tree: ElementTree.Element, tag: str) -> _Cipher:
        """Return the parameters in an element. Raises KeyError or ValueError for missing or unsupported ones."""
        found = next(tree.iter(tag), None)
        given = found.attrib if found is not None else {}
        if given["hashAlgorithm"] not in _HASHES or given["cipherChaining"] != "ChainingModeCBC":
            raise ValueError("another kind of encryption")
        salt = base64.b64decode(given["saltValue"])
        return cls(
            salt, given["hashAlgorithm"].lower(), int(given["keyBits"]) // 8, int(given["blockSize"]), given
        )

    def hash(self, data: bytes) -> bytes:
        return hashlib.new(self.hash_name, data).digest()

    def vector(self, seed: bytes) -> bytes:
        """Return the initialisation vector from a seed: cut to a block, padded with 0x36."""
        return seed[: self.block_bytes].ljust(self.block_bytes, b"\x36")

    def value(self, name: str) -> bytes:
        return base64.b64decode(self.attributes[name])


def _key_of(tree: ElementTree.Element) -> bytes:
    """Return the key of the package. Raises TabularError where it has a password of its own."""
    cipher = _Cipher.of(tree, _ENCRYPTED_KEY)
    spins = int(cipher.attributes["spinCount"])
    if spins > _MOST_SPINS:
        raise TabularError(ENCRYPTED)
    password = cipher.hash(cipher.salt + _KNOWN_TO_EVERYBODY)
    for spin in range(spins):
        password = cipher.hash(struct.pack("<I", spin) + password)

    def opened(name: str, purpose: bytes) -> bytes:
        key = cipher.hash(password + purpose)[: cipher.key_bytes].ljust(cipher.key_bytes, b"\x36")
        return _decrypt(cipher.value(name), key, cipher.vector(cipher.salt))

    told = opened("encryptedVerifierHashValue", _FOR_HASH)
    made = cipher.hash(opened("encryptedVerifierHashInput", _FOR_INPUT))
    if not compare_digest(told[: len(made)], made):
        raise TabularError(ENCRYPTED)
    return opened("encryptedKeyValue", _FOR_KEY)[: cipher.key_bytes]


def _decrypted(package: bytes, cipher: _Cipher, key: bytes) -> bytes:
    (size,) = struct.unpack_from("<Q", package)
    parts = [
        _decrypt(
            package[at : at + _SEGMENT],
            key,
            cipher.vector(cipher.hash(cipher.salt + struct.pack("<I", number))),
        )
        for number, at in enumerate(range(8, len(package), _SEGMENT))
    ]
    return b"".join(parts)[:size]


def _decrypt(data: bytes, key: bytes, vector: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(data[: len(data) // 16 * 16]) + decryptor.finalize()
