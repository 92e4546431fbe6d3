"""Forms about rows of people, whatever they are rows of."""

from __future__ import annotations


def hidden_text(text: str) -> str:
    """Return what stands in a field for sealed words."""
    return "（已填写，内容已隐藏）" if text else ""
