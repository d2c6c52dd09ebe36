"""Which verdicts of a build are held against the ledger; the build itself is looked at in tests/built."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coldcarbon import claims
from coldcarbon.book.build import changed_verdicts
from coldcarbon.book.project import Project
from support import HEADER

RECORDED = claims.Claim(
    id="",
    published_id=None,
    paper="xiao2023",
    chapter="",
    statement="A planted slope comes back",
    headline=False,
    published=None,
    unit="",
    comparison=None,
    ours=0.95,
    low=0.9,
    high=0.99,
    n=200,
    evidence="simulated",
    tolerance=None,
    tolerance_kind=None,
    verdict="recovered",
    reason="95 % of intervals hold the truth",
    page="",
)
DATASETS = {"printed": "[]", "measured": '["schenk-jackson-root-profiles"]'}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two chapters, one of them without data, whose planted truth had another verdict when it was recorded."""
    found = Project(tmp_path)
    former = []
    for name, datasets in DATASETS.items():
        chapter = f"xiao2023/{name}"
        path = tmp_path / "notebooks" / f"{chapter}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        cell = f'chapter = Chapter("{chapter}", datasets={datasets})'
        path.write_text(f"{HEADER}\n```{{code-cell}} ipython3\n{cell}\n```\n", encoding="utf-8")
        former.append(replace(RECORDED, id=f"{chapter}/slope", chapter=chapter, page=f"notebooks/{chapter}.html#claim"))
    claims.update(found.ledger, former, version="0.1")
    now = [replace(claim, verdict="not recovered").to_dict() for claim in former]
    found.claims.parent.mkdir(parents=True)
    found.claims.write_text(json.dumps(now), encoding="utf-8")
    return found


def test_a_planted_truth_is_compared_where_its_chapter_has_its_data(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    assert changed_verdicts(project) == [("xiao2023/printed/slope", "recovered", "not recovered")]


def test_on_real_data_all_are_compared(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coldcarbon.catalogue.state", lambda names=None: "real")
    assert [row for row, _, _ in changed_verdicts(project)] == ["xiao2023/printed/slope", "xiao2023/measured/slope"]


def test_a_verdict_as_recorded_is_no_change(project: Project) -> None:
    rows = [row.to_dict() for row in claims.recorded_rows(project.ledger).values()]
    project.claims.write_text(json.dumps([row | {"computed": "here"} for row in rows]), encoding="utf-8")
    assert changed_verdicts(project) == []
