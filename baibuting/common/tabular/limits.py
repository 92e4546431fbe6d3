"""Limits on a file's size, measured on its actual content, never on what the file claims."""

from __future__ import annotations

MAX_FILE_BYTES = 30 * 1024 * 1024
MAX_ARCHIVE_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_PART_BYTES = (
    64 * 1024 * 1024
)  # any part of a workbook other than a worksheet: these are held in memory whole
# Worksheets full of borders reach 40:1. Only parts above RATIO_FROM_BYTES are checked: small ones do no harm.
MAX_RATIO = 200
RATIO_FROM_BYTES = 4 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 300
MAX_CELLS = 4_000_000  # rows × columns up to the last filled cell: what a reader allocates
# Excel writes the whole sheet as its dimension when all of it was coloured; a claim beyond this is no office's.
MAX_DECLARED_CELLS = 100_000_000
MAX_SHEETS = 100
MAX_CELL_TEXT = 32_767  # Excel's own limit

TOO_LARGE = "文件太大。请只留下要导入的那张表，或分成几个文件分别导入。"
DAMAGED = "文件已损坏，打不开。请在 Excel 或 WPS 中打开原文件，另存为 .xlsx 后再导入。"
ENCRYPTED = "文件设有打开密码或加密保护，读不了。请在 Excel 或 WPS 中打开它，取消密码和工作簿保护，另存为 .xlsx 后再导入。"
