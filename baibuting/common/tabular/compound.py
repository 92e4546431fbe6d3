"""The compound file that holds an .xls or an encrypted .xlsx. Source: [MS-CFB] (sectors, FAT, directory)."""

from __future__ import annotations

import struct

from baibuting.common.tabular.limits import DAMAGED
from baibuting.common.tabular.problems import TabularError

_NO_SECTOR = 0xFFFFFFFA  # this and above: end of chain, free, table sectors
_MINI_CUTOFF = 4096
_READ = ("Workbook", "Book", "EncryptionInfo", "EncryptedPackage")


def streams_of(data: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by name. Raises TabularError for a damaged one."""
    try:
        return Container(data).streams()
    except (struct.error, IndexError, ValueError) as error:
        raise TabularError(DAMAGED) from error


class Container:
    """A compound file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sector_size = 1 << struct.unpack_from("<H", data, 30)[0]
        if self.sector_size not in (512, 4096):
            raise ValueError("sector size")
        table_count, self.first_directory = struct.unpack_from("<I", data, 44)[0], self._word(48)
        self.first_mini_table = self._word(60)
        tables = list(struct.unpack_from("<109I", data, 76))
        following, seen = self._word(68), 0
        while following < _NO_SECTOR and seen <= table_count:
            words = self._words(self._sector(following))
            tables += words[:-1]
            following, seen = words[-1], seen + 1
        self.fat: list[int] = []
        for sector in tables[:table_count]:
            if sector < _NO_SECTOR:
                self.fat += self._words(self._sector(sector))

    def streams(self) -> dict[str, bytes]:
        """Return the content, by name, of the streams that say what the file is; other streams are empty."""
        directory = self._chain(self.first_directory)
        found: dict[str, bytes] = {}
        mini = b""
        for at in range(0, len(directory) - 127, 128):
            entry = directory[at : at + 128]
            name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
            kind, (start, size) = entry[66], struct.unpack_from("<II", entry, 116)
            if kind == 5:
                mini = self._chain(start)[:size]
            elif kind == 2 and name in _READ:
                found[name] = (
                    self._mini_chain(start, mini)[:size] if size < _MINI_CUTOFF else self._chain(start)[:size]
                )
            elif kind == 2:
                found[name] = b""
        return found

    def _word(self, at: int) -> int:
        return int(struct.unpack_from("<I", self.data, at)[0])

    @staticmethod
    def _words(raw: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector_size
        return self.data[start : start + self.sector_size]

    def _chain(self, sector: int) -> bytes:
        parts = []
        while sector < _NO_SECTOR:
            parts.append(self._sector(sector))
            if len(parts) > len(self.fat):
                raise ValueError("a chain of sectors that bites its tail")
            sector = self.fat[sector]
        return b"".join(parts)

    def _mini_chain(self, sector: int, mini: bytes) -> bytes:
        table = self._words(self._chain(self.first_mini_table))
        parts = []
        while sector < _NO_SECTOR:
            parts.append(mini[sector * 64 : sector * 64 + 64])
            if len(parts) > len(table):
                raise ValueError("a chain of sectors that bites its tail")
            sector = table[sector]
        return b"".join(parts)
