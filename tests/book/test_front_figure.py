"""The figure of all claims: its bars are the counts, its words too."""

from pathlib import Path

import pytest
from matplotlib.patches import Rectangle

from coldcarbon.book.front_figure import PANELS, overview, overview_alt, overview_figure
from coldcarbon.claims import VERDICTS, Claim
from coldcarbon.published import PAPERS
from support import claim_row, row_without_evidence

EVIDENCE = {verdict: evidence for evidence, verdicts in VERDICTS.items() for verdict in verdicts}
PLANTED = {"differs": 4, "same conclusion": 3, "reproduced": 2, "inconsistent": 1, "recovered": 5}


@pytest.fixture
def claims() -> list[Claim]:
    rows = [
        claim_row(f"xiao2023/mini/{verdict} {i}", verdict=verdict, evidence=EVIDENCE[verdict])
        for verdict, number in PLANTED.items()
        for i in range(number)
    ]
    return [*rows, row_without_evidence("han2022/mini/file")]


def test_every_verdict_has_a_place() -> None:
    assert sorted(verdict for panel in PANELS for verdict in (*panel.left, *panel.right)) == sorted(EVIDENCE)


def test_bars_are_as_long_as_the_counts_and_lie_on_their_side(claims: list[Claim]) -> None:
    figure = overview_figure(claims)
    bars = [bar.get_width() for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert sorted(width for width in bars if width) == [-4, 2, 3]
    ends = {text.get_text() for text in figure.axes[0].texts}
    assert {"4", "3 + 2", "differs", "same conclusion + reproduced"} <= ends
    assert [axes.get_xlim() for axes in figure.axes] == [figure.axes[0].get_xlim()] * len(PANELS)
    low, high = figure.axes[0].get_xlim()
    assert low < -4
    assert high > 5


def test_kinds_that_share_a_colour_differ_by_hatching(claims: list[Claim]) -> None:
    hatches = {bar.get_facecolor(): set() for bar in overview_figure(claims).axes[0].patches}
    for bar in overview_figure(claims).axes[0].patches:
        hatches[bar.get_facecolor()].add(bar.get_hatch())
    assert sorted(map(len, hatches.values())) == [1, 2]


def test_the_words_hold_every_number(claims: list[Claim]) -> None:
    words = overview_alt(claims)
    assert "xiao2023: 2 reproduced, 3 same conclusion, 4 differs, 1 inconsistent, 5 recovered." in words
    assert "han2022: 1 not testable." in words
    assert "liu2022: none." in words
    assert all(f"{paper}: " in words for paper in PAPERS)


def test_the_picture_is_the_same_each_time_and_says_what_is_recorded(claims: list[Claim], tmp_path: Path) -> None:
    former = claim_row("liu2022/mini/n", computed="recorded", recorded_on="2026-11-20")
    (figure,) = overview([*claims, former], tmp_path / "a", tmp_path)
    image = next(figure.findall(lambda node: node.tagname == "image"))
    assert image["uri"] == "/a/claims-by-verdict.png"
    assert image["alt"] == overview_alt([*claims, former])
    assert "All 17 rows" in figure.astext()
    assert "as recorded on 2026-11-20" in figure.astext()
    (again,) = overview(claims, tmp_path / "b", tmp_path)
    assert "recorded" not in again.astext()
    overview([*claims, former], tmp_path / "c", tmp_path)
    first, last = ((tmp_path / folder / "claims-by-verdict.png").read_bytes() for folder in "ac")
    assert first == last


def test_an_empty_ledger_draws_nothing_wrong(tmp_path: Path) -> None:
    assert "All 0 rows" in overview([], tmp_path, tmp_path)[0].astext()
