"""Python's cyclic garbage collector, while many objects are made that all stay alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Switch the cyclic collector off inside the block; reference counting still frees what is no longer used.

    For work whose objects live until its end, like the rows of a file: the collector would traverse all of them
    repeatedly and free nothing (a sixth of an import's time, `benchmarks/import_speed.py`).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
