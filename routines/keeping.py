"""What erasing a person means for routines: their clocks hang on nobody under care, and they hold no words."""

from __future__ import annotations

from baibuting.common.keeping import RowErasure

ERASURES = (RowErasure("routines.routine", "定期事项"),)
