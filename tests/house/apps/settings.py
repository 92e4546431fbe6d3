"""The product's settings with the sample app on a floor of its own below the channels: the one line it takes."""

from baibuting import floors

_at = next(at for at, floor in enumerate(floors.FLOORS) if "rosters" in floor.apps)
floors.FLOORS = (*floors.FLOORS[:_at], floors.Floor("benches", ("sample",)), *floors.FLOORS[_at:])
floors.APPS = tuple(app for floor in floors.FLOORS for app in floor.apps)

from baibuting.settings import *  # noqa: E402, F403
