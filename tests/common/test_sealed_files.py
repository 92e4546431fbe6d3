"""A file of a row is sealed and bound to its owner and its purpose; those of before still open."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from baibuting.common.crypto import SealBrokenError, seal_bytes
from phone.models import Photo
from reports.models import ReportFile, ReportRun
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun
from tests.rosters.uploads import opened, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(now: datetime) -> ImportRun:
    return opened(places(), now)


def test_it_works(run: ImportRun) -> None:
    ImportFile.keep(run, Purpose.ERRORS, b"rows to mend")
    assert ImportFile.find(run, Purpose.ERRORS) == b"rows to mend"
    assert b"rows" not in bytes(ImportFile.objects.get(purpose=Purpose.ERRORS).sealed)
    ImportFile.keep(run, Purpose.ERRORS, b"fewer rows")
    assert ImportFile.find(run, Purpose.ERRORS) == b"fewer rows"
    assert ImportFile.objects.filter(run=run).count() == 2  # the upload is the other


def test_what_is_gone_is_none(run: ImportRun) -> None:
    assert ImportFile.has(run, Purpose.UPLOAD)
    ImportFile.objects.all().delete()
    assert ImportFile.find(run, Purpose.UPLOAD) is None
    assert not ImportFile.has(run, Purpose.UPLOAD)


def test_under_another_purpose_or_owner_it_opens_no_more(run: ImportRun) -> None:
    file = ImportFile.objects.get()
    ImportFile.objects.update(purpose=Purpose.ERRORS)
    with pytest.raises(SealBrokenError):
        ImportFile.find(run, Purpose.ERRORS)
    ImportFile.objects.update(purpose=Purpose.UPLOAD)
    assert ImportFile.find(run, Purpose.UPLOAD) == places()
    ImportRun.objects.update(uid=uuid4())
    file.refresh_from_db()
    with pytest.raises(SealBrokenError):
        file.content()


def test_what_files_are_bound_to_is_what_it_was(run: ImportRun) -> None:
    """Names that stand in every sealed byte of a running installation."""
    report, photo = ReportRun(uid=uuid4()), Photo(uid=uuid4())
    names = {
        f"rosters.importfile.upload|{run.uid}": ImportFile(run=run, purpose="upload"),
        f"reports.reportfile.book|{report.uid}": ReportFile(run=report, purpose="book"),
        f"phone.photo.sealed|{photo.uid}": photo,
    }
    for name, file in names.items():
        assert file.sealed_name() == name
        file.sealed = seal_bytes(b"of before", bound_to=name)
        assert file.content() == b"of before"
