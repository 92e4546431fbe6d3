"""The demo's notice boards: a duty line, and the numbers of those who have agreed."""

from __future__ import annotations

from datetime import datetime

from boards.services import contact_agree, duty_line_set
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre

LINE = "027-00000000"  # no exchange begins with 0: not in use
AGREE = (Post.BUILDING_HEAD, Post.PROPERTY_STEWARD)


def agree_to_boards(community: Place, now: datetime) -> None:
    """Publish a duty line and the numbers of every other 楼栋长 and 物业房管员; the rest have not been asked yet."""
    duty_line_set(community=community, phone=LINE, by=None, now=now)
    serving = Cadre.objects.filter(
        community=community, appointments__post__in=AGREE, appointments__ended_on=None
    )
    for cadre in serving.exclude(phone=b"").distinct().order_by("pk")[::2]:
        contact_agree(cadre=cadre, by=cadre.user, now=now)
