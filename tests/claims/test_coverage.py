"""The recorded ledger leaves out no claim that matters, of the papers whose chapters are all there."""

from pathlib import Path

import pytest

from coldcarbon import published
from coldcarbon.book.project import find_project
from coldcarbon.claims import Claim, headline_coverage, recorded_rows

PROJECT = find_project(Path(__file__).parent)
# Sections of results, discussion and conclusions: by name, or by number where only numbers are printed.
RESULTS = r"\b(?:Abstract|Results|Discussion|Conclusions?)\b|(?:^|; )[345](?:\.\d+)*(?=$|[ ;])"

# Papers whose chapters are all there: every number of abstract, results and discussion has a row, but for these and for
# what the paper cites from others.
FINISHED: dict[str, dict[str, str]] = {
    "xiao2023": {
        "xiao2023-map-resolution-deg": "the same as map-resolution-km, where both are checked",
        "xiao2023-quantile-low": "which quantile is printed, no result",
        "xiao2023-quantile-high": "which quantile is printed, no result",
    },
    "liu2022": {
        "liu2022-domain-latitude-min": "where the study domain begins, no result",
        "liu2022-analysis-start-year": "which years were analysed, no result",
        "liu2022-analysis-end-year": "which years were analysed, no result",
        "liu2022-pixel-alpha": "a level of significance, no result",
        "liu2022-tc-threshold-short": "the bound of a class, no result",
        "liu2022-tc-threshold-tree": "the bound of a class, no result",
        "liu2022-tc-threshold-low": "the bound of a class, no result",
        "liu2022-tc-intermediate-min": "the bound of a class, no result",
        "liu2022-tc-intermediate-max": "the bound of a class, no result",
        "liu2022-perma-threshold-region": "the bound of a class, no result",
        "liu2022-robust-n-checks": "how many checks the text lists, no result",
    },
    "zhao2022": {
        "zhao2022-soil-depth": "how deep the soil was taken, no result",
        "zhao2022-socd-sim-start": "which years are averaged, no result",
        "zhao2022-socd-sim-end": "which years are averaged, no result",
        "zhao2022-corr-low-min": "the bound of a class, no result",
        "zhao2022-corr-low-max": "the bound of a class, no result",
        "zhao2022-discussion-unexplained-min": "what models of other studies left unexplained, no result of this paper",
        "zhao2022-discussion-unexplained-max": "what models of other studies left unexplained, no result of this paper",
        "zhao2022-n-comparison-maps": "how many maps are compared, no result",
        "zhao2022-soilgrids-res": "the cell of a map that is compared, no result",
        "zhao2022-gsocmap-year": "when a map that is compared came out, no result",
    },
    "yun2024": {
        "yun2024-period-start": "which years were observed, no result",
        "yun2024-period-end": "which years were observed, no result",
        "yun2024-n-vegetation-types": "how many types the design has, no result",
        "yun2024-core-depth": "how deep roots were sampled, no result",
    },
    "han2022": {
        "han2022-cmip5-hist-end": "which years were averaged, no result",
        "han2022-cmip5-scenario-start": "which years were projected, no result",
        "han2022-cmip5-scenario-end": "which years were projected, no result",
    },
}


@pytest.fixture(scope="module")
def rows() -> list[Claim]:
    if not PROJECT.ledger.exists():
        pytest.skip("no run on real data has been recorded yet")
    return list(recorded_rows(PROJECT.ledger).values())


@pytest.mark.parametrize("paper", FINISHED)
def test_every_headline_number_has_a_row(paper: str, rows: list[Claim]) -> None:
    _, untested = headline_coverage(rows, paper)
    assert not untested


@pytest.mark.parametrize("paper", FINISHED)
def test_every_number_of_the_results_has_a_row(paper: str, rows: list[Claim]) -> None:
    frame = published.load(paper)
    cited = frame["note"].fillna("").str.match(r"cited\b")
    results = frame["location"].str.contains(RESULTS) & ~cited
    tested = {row.published_id for row in rows}
    assert set(FINISHED[paper]) <= set(frame.index[results]), "an exception that excepts nothing"
    assert sorted(set(frame.index[results]) - tested - set(FINISHED[paper])) == []


@pytest.mark.parametrize("paper", FINISHED)
def test_no_chapter_calls_a_number_untestable_that_another_one_tests(paper: str, rows: list[Claim]) -> None:
    """Within a chapter a number may be testable for one biome and not for another; between chapters it may not."""
    by_data = {(row.published_id, row.chapter) for row in rows if row.evidence == "real"}
    given_up = [row for row in rows if row.paper == paper and row.verdict == "not testable"]
    found = [row.id for row in given_up if any(i == row.published_id and c != row.chapter for i, c in by_data)]
    assert found == []
