"""Whatever way an office writes a flat of a listed building, it is read as that flat; and never as another building's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.models import Place

NAMES = ("1栋", "2栋", "12栋", "12-1栋", "12-2栋", "21号楼", "A座", "丙栋", "望江楼", "121#")


def directory() -> PlaceDirectory:
    """Without a database: places as they would be loaded."""
    community = Place(pk=1, level=Level.COMMUNITY, name="临江社区", path="/1/")
    made = PlaceDirectory(community, areas={Level.QUARTER: {}, Level.PRECINCT: {}})
    quarter = Place(pk=2, level=Level.QUARTER, name="柳园", path="/1/2/", parent=community)
    precinct = Place(pk=3, level=Level.PRECINCT, name="第一片区", path="/1/2/3/", parent=quarter)
    made.areas = {Level.QUARTER: {"柳园": [quarter]}, Level.PRECINCT: {"000001片区": [precinct]}}
    made.by_id = {1: community, 2: quarter, 3: precinct}
    for pk, name in enumerate(NAMES, start=4):
        made.add(Place(pk=pk, level=Level.BUILDING, name=name, path=f"/1/2/3/{pk}/", parent=precinct))
    return made


DIRECTORY = directory()
FORMS = {
    "1栋": ("1栋", "１号楼", "一栋", "1#", "第1幢", "01栋"),
    "2栋": ("2栋", "二号楼"),
    "12栋": ("12栋", "十二栋", "12幢", "12#楼"),
    "12-1栋": ("12-1栋", "１２－１栋", "12—1号楼", "第12-1幢", "12-1#"),
    "12-2栋": ("12-2栋",),
    "21号楼": ("21号楼", "21栋", "21"),
    "A座": ("A座", "a座", "Ａ栋"),
    "丙栋": ("丙栋", "丙座"),
    "望江楼": ("望江楼",),
    "121#": ("121#", "121栋"),
}
BUILDINGS = st.sampled_from(NAMES).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(FORMS[name]))
)
ROOMS = st.tuples(st.integers(3, 33), st.integers(1, 8)).map(lambda at: f"{at[0]}{at[1]:02d}")
FLATS = ("{e}单元{r}室", "{e}单元{r}", " {e}单元 {r}号", "-{e}-{r}", "{e}单元0{r}")


@given(BUILDINGS, st.sampled_from(("柳园", "柳园小区", "临江社区柳园", "柳园第一片区", "")), st.integers(1, 9), ROOMS, st.sampled_from(FLATS))  # fmt: skip
def test_every_writing_is_read_as_that_flat(
    building: tuple[str, str], area: str, entrance: int, room: str, form: str
) -> None:
    name, written = building
    if written == "21" and not form.startswith("-"):
        written = "21栋"  # a number alone is a building only before a dash
    found = DIRECTORY.find(area + written + form.format(e=entrance, r=room))
    assert found.building is not None
    assert (found.building.name, found.entrance, found.room) == (name, str(entrance), room)


PIECES = ("1", "2", "12", "-", "栋", "号楼", "#", "A", "座", "丙", "望江", "楼", "单元", "301", "、", "至", "室", "附", " ", "柳园")  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_no_text_leads_to_a_building_whose_name_it_does_not_begin_with(text: str) -> None:
    found = DIRECTORY.find(text)
    if found.building is None:
        return
    stem = found.building.name.rstrip("栋座#").removesuffix("号楼")
    rest = "".join(text.split()).removeprefix("柳园")
    assert rest.upper().startswith(stem)
    assert not rest.upper()[len(stem) :][:1].isdigit()
    following = rest[len(stem) :].lstrip("栋号楼#座")
    assert not any(word in following for word in ("栋", "号楼", "#"))
