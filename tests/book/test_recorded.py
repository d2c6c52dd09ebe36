"""A record is shown only beside the inputs it was made from."""

import json
from pathlib import Path

import pytest

from coldcarbon.book import recorded

FINGERPRINT = {"data": {"srdb": "ab"}, "folds": {"rows": "cd"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = {"fingerprint": FINGERPRINT, "scores": {"rows": 0.5}, "recorded_on": "2026-01-01"}
    (tmp_path / "cubist.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


def test_a_record_of_the_same_inputs_is_found(folder: Path) -> None:
    found = recorded.matching("cubist", FINGERPRINT, folder)
    assert found is not None
    assert found["scores"] == {"rows": 0.5}


@pytest.mark.parametrize("part", ["data", "folds"])
def test_other_inputs_find_nothing(folder: Path, part: str) -> None:
    assert recorded.matching("cubist", {**FINGERPRINT, part: {"srdb": "other"}}, folder) is None
    assert recorded.matching("cubist", {}, folder) is None


def test_nothing_is_found_where_nothing_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorded.matching("another", FINGERPRINT, folder) is None
    monkeypatch.chdir(folder)
    assert recorded.matching("cubist", FINGERPRINT) is None


def test_a_broken_record_is_named(folder: Path) -> None:
    for text in ("{", "[]", "{}"):
        (folder / "cubist.json").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"cubist\.json is no record"):
            recorded.matching("cubist", FINGERPRINT, folder)
