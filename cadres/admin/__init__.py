"""The admin of cadres: who serves, in which posts, six to a building, and the party organisations."""

from cadres.admin import appointment, cadre, organisation, staff

__all__ = ["appointment", "cadre", "organisation", "staff"]
