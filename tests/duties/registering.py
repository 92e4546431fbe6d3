"""Kinds of duty that are registered for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from duties import choices, kinds, sources
from duties.kinds import Kind


@contextmanager
def registered(monkeypatch: pytest.MonkeyPatch, kind: Kind, reader: sources.Reader) -> Iterator[None]:
    """A kind and the reader of its facts, beside those of the apps."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(sources, "_readers", dict(sources._readers))
    labels = dict(choices.KIND_LABELS)
    sources.register(kind.source, reader)
    kinds.register(kind)
    yield
    choices.KIND_LABELS.clear()
    choices.KIND_LABELS.update(labels)
