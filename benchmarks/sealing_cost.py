"""What sealing and opening a short text costs, beside the bare cipher of the same library.

Run: make bench, or .venv/bin/python benchmarks/sealing_cost.py [texts]

The bare cipher has one object and one associated text for all; ours finds the key, draws a nonce and binds each text to its row.
Processor time; best of three.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

TIMES = 3
PHONE = "13812341234"


def main() -> None:
    import django

    django.setup()
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from django.test import override_settings

    from baibuting.common.crypto import open_sealed, seal

    texts = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    names = [f"residents.resident.phone|{number}" for number in range(texts)]
    cipher = AESGCM(AESGCM.generate_key(256))
    bare = best(lambda: [cipher.encrypt(os.urandom(12), PHONE.encode(), b"phone") for _ in names])
    print(f"{texts:,} texts{'':>14} {'ms':>8} {'ratio':>7}")
    print(f"{'bare AES-256-GCM':>22} {bare * 1000:>8.0f} {1:>7.1f}")
    for algorithm in ("AES-256-GCM", "SM4-GCM"):
        with override_settings(FIELD_ALGORITHM=algorithm):
            sealing = best(lambda: [seal(PHONE, bound_to=name) for name in names])
            sealed = [(seal(PHONE, bound_to=name), name) for name in names]
            opening = best(lambda sealed=sealed: [open_sealed(data, bound_to=name) for data, name in sealed])
        for what, took in (("seal", sealing), ("open", opening)):
            print(f"{what + ' ' + algorithm:>22} {took * 1000:>8.0f} {took / bare:>7.1f}")


def best(work: Callable[[], object]) -> float:
    """Return the least processor time of several runs, in seconds."""
    found = []
    for _ in range(TIMES):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


if __name__ == "__main__":
    main()
