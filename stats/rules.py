"""The figures that the portals declare."""

from __future__ import annotations

from collections.abc import Mapping

from baibuting.common.portal import Figure, Portal, collected


@collected
def more_figures(portals: Mapping[str, Portal]) -> dict[str, Figure]:
    """Return the figures of all portals by code, in their order; those of this app itself are not among them."""
    figures = [figure for portal in portals.values() for figure in portal.figures]
    return {figure.code: figure for figure in sorted(figures, key=lambda figure: figure.position)}
