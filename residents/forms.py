"""Helpers for forms about people."""

from __future__ import annotations


def hidden_text(text: str) -> str:
    """Return a field's placeholder for sealed text."""
    return "（已填写，内容已隐藏）" if text else ""
