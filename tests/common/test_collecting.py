"""Python's cyclic collector rests inside the block and is afterwards as it was before."""

from __future__ import annotations

import gc

import pytest

from baibuting.common.collecting import collector_paused
from rosters import imports


def test_it_works() -> None:
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_does_not_leave_it_off() -> None:
    with pytest.raises(ValueError, match="a row"), collector_paused():
        raise ValueError("a row")
    assert gc.isenabled()


def test_one_block_inside_another_ends_nothing() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.django_db
def test_an_import_runs_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        raise RuntimeError(f"collector on: {gc.isenabled()}")

    monkeypatch.setattr(imports, "_import", look)
    with pytest.raises(RuntimeError, match="collector on: False"):
        imports.roster_import(kind="care", data=b"", community_name="", now=None, user=None)  # type: ignore[arg-type]
    assert gc.isenabled()
