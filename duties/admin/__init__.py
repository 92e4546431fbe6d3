"""The admin of duties, and of what the sweep and its mail did about them."""

from duties.admin import duty, machinery

__all__ = ["duty", "machinery"]
