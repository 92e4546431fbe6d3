"""Sealed values open only with their key and only where they belong; digests meet only for one purpose."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common import crypto
from baibuting.common.crypto import (
    KeyMissingError,
    SealBrokenError,
    digest_candidates,
    found_by,
    key_id_of,
    looks_sealed,
    lookup_digest,
    open_sealed,
    open_sealed_bytes,
    seal,
    seal_bytes,
    stamp,
    stamp_holds,
)

HERE = "residents.resident.phone|1"
OLD, NEW = b"o" * 32, b"n" * 32
both_algorithms = pytest.mark.parametrize("algorithm", ["AES-256-GCM", "SM4-GCM"])


@both_algorithms
def test_it_works(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    sealed = seal("13812341234", bound_to=HERE)
    assert open_sealed(sealed, bound_to=HERE) == "13812341234"
    assert b"1381234" not in sealed
    assert len(sealed) == 2 + 12 + 11 + 16
    assert sealed[:2] == bytes((crypto.ALGORITHMS[algorithm], 1))
    assert key_id_of(sealed) == 1
    assert looks_sealed(sealed)


@pytest.mark.parametrize("algorithm", [1, 2])
@given(text=st.text(), bound_to=st.text(min_size=1, max_size=40))
def test_any_text_comes_back(algorithm: int, text: str, bound_to: str) -> None:
    # hypothesis and the settings fixture do not mix: the algorithm is put in by hand
    name = next(name for name, number in crypto.ALGORITHMS.items() if number == algorithm)
    with override_settings(FIELD_ALGORITHM=name):
        sealed = seal(text, bound_to=bound_to)
    assert sealed[0] == algorithm
    assert open_sealed(sealed, bound_to=bound_to) == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert len({seal("孤寡", bound_to=HERE) for _ in range(50)}) == 50


@both_algorithms
def test_every_changed_byte_is_noticed(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    settings.FIELD_KEYS = {1: OLD, 2: NEW}
    sealed = seal("王小明 13812341234", bound_to=HERE)
    for position in range(len(sealed)):
        for flip in (0x01, 0x03, 0x80):
            forged = bytearray(sealed)
            forged[position] ^= flip
            with pytest.raises((SealBrokenError, KeyMissingError)) as caught:
                open_sealed(bytes(forged), bound_to=HERE)
            assert "王" not in str(caught.value)
            assert "138" not in str(caught.value)


@both_algorithms
def test_the_key_id_is_bound_in(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    settings.FIELD_KEYS = {1: OLD, 2: OLD}  # two numbers of one key: only the binding tells them apart
    sealed = seal("13812341234", bound_to=HERE)
    with pytest.raises(SealBrokenError):
        open_sealed(bytes((sealed[0], 2)) + sealed[2:], bound_to=HERE)


@both_algorithms
def test_another_row_or_field_does_not_open_it(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    sealed = seal("13812341234", bound_to=HERE)
    for elsewhere in (
        "residents.resident.phone|2",
        "residents.resident.notes|1",
        "cadres.cadre.phone|1",
        HERE + " ",
        "",
    ):
        with pytest.raises(SealBrokenError):
            open_sealed(sealed, bound_to=elsewhere)


@given(st.binary(max_size=80))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises((SealBrokenError, KeyMissingError)):
        open_sealed(data, bound_to=HERE)


@pytest.mark.parametrize("length", range(30))
def test_a_cut_value_is_refused(length: int) -> None:
    cut = seal("13812341234", bound_to=HERE)[:length]
    assert not looks_sealed(cut)
    with pytest.raises(SealBrokenError):
        open_sealed(cut, bound_to=HERE)
    with pytest.raises(SealBrokenError):
        key_id_of(cut)


@both_algorithms
def test_keys_rotate(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {1: OLD}, 1
    before = seal("老", bound_to=HERE)

    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {1: OLD, 2: NEW}, 2
    after = seal("新", bound_to=HERE)
    assert (key_id_of(before), key_id_of(after)) == (1, 2)
    assert open_sealed(before, bound_to=HERE) == "老"
    assert open_sealed(after, bound_to=HERE) == "新"

    settings.FIELD_KEYS = {2: NEW}
    assert open_sealed(after, bound_to=HERE) == "新"
    with pytest.raises(KeyMissingError, match="key 1 is not configured"):
        open_sealed(before, bound_to=HERE)


@both_algorithms
def test_another_key_of_the_same_number_does_not_open_it(settings: Any, algorithm: str) -> None:
    settings.FIELD_ALGORITHM = algorithm
    settings.FIELD_KEYS = {1: OLD}
    sealed = seal("老", bound_to=HERE)
    settings.FIELD_KEYS = {1: NEW}
    with pytest.raises(SealBrokenError):
        open_sealed(sealed, bound_to=HERE)


def test_nothing_is_sealed_with_a_missing_key(settings: Any) -> None:
    settings.FIELD_KEY_ID = 9
    with pytest.raises(KeyMissingError):
        seal("老", bound_to=HERE)


def test_values_of_both_algorithms_live_side_by_side(settings: Any) -> None:
    settings.FIELD_ALGORITHM = "SM4-GCM"
    national = seal("一", bound_to=HERE)
    settings.FIELD_ALGORITHM = "AES-256-GCM"
    assert open_sealed(national, bound_to=HERE) == "一"


def test_an_error_never_carries_the_text() -> None:
    for call in (lambda text: seal(text, bound_to=HERE), lambda text: lookup_digest(text, purpose="phone")):
        with pytest.raises(ValueError, match="lone surrogate") as caught:
            call("王小明\ud800")
        assert not isinstance(caught.value, UnicodeError)
        assert "王" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_digests_meet_for_one_purpose_only(settings: Any) -> None:
    digest = lookup_digest("13812341234", purpose="resident.phone")
    assert len(digest) == 32
    assert digest == lookup_digest("13812341234", purpose="resident.phone")
    assert digest != lookup_digest("13812341234", purpose="cadre.phone")
    assert digest != lookup_digest("13812341235", purpose="resident.phone")
    settings.LOOKUP_KEYS = {1: b"another key of thirty-two bytes."}
    assert digest != lookup_digest("13812341234", purpose="resident.phone")


def test_digests_do_not_hang_on_the_sealing_key(settings: Any) -> None:
    digest = lookup_digest("13812341234", purpose="resident.phone")
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {2: NEW}, 2
    assert digest == lookup_digest("13812341234", purpose="resident.phone")


def test_a_file_is_sealed_like_a_text() -> None:
    content = bytes(range(256)) * 4
    sealed = seal_bytes(content, bound_to="rosters.importfile|1")
    assert content[:32] not in sealed
    assert open_sealed_bytes(sealed, bound_to="rosters.importfile|1") == content
    with pytest.raises(SealBrokenError):
        open_sealed_bytes(sealed, bound_to="rosters.importfile|2")


def test_digests_are_found_under_every_live_key(settings: Any) -> None:
    old = lookup_digest("13912345678", purpose="resident.phone")
    assert digest_candidates(old) == [old]
    assert digest_candidates(None) == []
    settings.LOOKUP_KEYS, settings.LOOKUP_KEY_ID = settings.LOOKUP_KEYS | {2: bytes(32)}, 2
    digest = lookup_digest("13912345678", purpose="resident.phone")
    assert digest_candidates(digest) == [digest, old]
    assert found_by({bytes(old): "found"}, digest) == "found"
    assert found_by({bytes(digest): "found"}, digest) == "found"
    assert found_by({b"other": "x"}, digest) is None
    assert found_by({bytes(old): "found"}, None) is None


def test_a_stamp_is_of_its_key_and_its_words(settings: Any) -> None:
    stamped = stamp(b"said", purpose="audit")
    assert stamp_holds(stamped, b"said", purpose="audit")
    assert not stamp_holds(stamped, b"Said", purpose="audit")
    assert not stamp_holds(stamped, b"said", purpose="other")
    assert not stamp_holds(b"", b"said", purpose="audit")
    settings.FIELD_KEYS = {2: bytes(32)}
    with pytest.raises(KeyMissingError):
        stamp_holds(stamped, b"said", purpose="audit")
