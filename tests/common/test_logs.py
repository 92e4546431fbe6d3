"""The log says what happened and where, never to whom."""

from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings

from baibuting.common.logs import QuietFormatter
from baibuting.common.masking import NUMBER


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(QuietFormatter("{levelname} {message}", style="{"))
    logger = logging.getLogger("tests.quiet")
    logger.handlers, logger.propagate = [handler], False
    return logger, written


def test_it_works(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        try:
            raise ValueError("Key (name)=(王小明) already exists")
        except ValueError as error:
            raise RuntimeError("王小明 again") from error
    except RuntimeError:
        logger.exception("saving failed")
    said = written.getvalue()
    assert "ERROR saving failed" in said
    assert "builtins.RuntimeError" in said
    assert "builtins.ValueError" in said
    assert "test_logs.py" in said  # where it was raised
    assert "already exists" not in said.replace('raise ValueError("Key (name)=(王小明) already exists")', "")


@pytest.mark.parametrize("number", ["13800001234", "429999197803051768", "42999919780305176X"])
def test_long_numbers_are_hidden(log: tuple[logging.Logger, io.StringIO], number: str) -> None:
    logger, written = log
    logger.warning("Not Found: /people/%s/", number)
    assert written.getvalue() == f"WARNING Not Found: /people/{NUMBER}/\n"


@pytest.mark.parametrize(
    "text", ["run 1234567890 took 20 ms", "2026-11-23 09:00:00,123", "146d68b3-51dd-4a32-92fc-080012345678"]
)
def test_what_is_nobody_s_number_stays(log: tuple[logging.Logger, io.StringIO], text: str) -> None:
    logger, written = log
    logger.warning(text)
    assert written.getvalue() == f"WARNING {text}\n"


def test_what_another_handler_has_written_out_is_not_repeated(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    loud = logging.StreamHandler(io.StringIO())
    logger.handlers.insert(0, loud)
    try:
        int("王小明")
    except ValueError:
        logger.exception("no number")
    said = written.getvalue()
    assert "invalid literal" not in said
    assert "builtins.ValueError" in said


def test_the_portal_logs_so() -> None:
    [handler] = settings.LOGGING["root"]["handlers"]
    formatter = settings.LOGGING["handlers"][handler]["formatter"]
    assert settings.LOGGING["formatters"][formatter]["()"].endswith("QuietFormatter")


def test_what_celery_says_of_a_failed_task_names_the_kind_of_error_alone() -> None:
    """Its line quotes the error, and a database's error quotes the row."""
    name = "王小明"  # what is raised must not stand in the line that raises it
    try:
        raise ValueError(f"Key (name)=({name}) already exists")
    except ValueError as error:
        context = {"name": "duties.sweep_duties", "exc": repr(error), "traceback": name}
        caught = (type(error), error, error.__traceback__)
    record = logging.LogRecord("celery", logging.ERROR, "", 0, "Task %(name)s: %(exc)s", (context,), caught)
    line = QuietFormatter("{message}", style="{").format(record)
    assert line.startswith("Task duties.sweep_duties: ValueError\n")
    assert name not in line
