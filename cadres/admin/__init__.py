"""The admin of cadres: people, their posts, the six posts of a building, and party organisations."""

from cadres.admin import appointment, cadre, organisation, staff

__all__ = ["appointment", "cadre", "organisation", "staff"]
