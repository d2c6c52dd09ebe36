"""The registries are whole, readable, and say what the papers print."""

import pandas as pd
import pytest

from coldcarbon import published


def test_a_registry_that_was_changed_is_as_it_was_for_others() -> None:
    frame = published.load("liu2022")
    frame.loc[:, "value"] = 0.0
    assert published.load("liu2022")["value"].abs().max() > 0
    assert published.get(str(frame.index[0])).value == published.load("liu2022")["value"].iloc[0]


@pytest.mark.parametrize("paper", published.PAPERS)
def test_registry_is_readable(paper):
    frame = published.load(paper)
    assert len(frame) > 100
    assert frame.index.is_unique
    assert frame.index.str.startswith(f"{paper}-").all()
    assert frame["value"].notna().all()
    assert set(frame["comparison"]) <= set(published.COMPARISONS)
    assert (frame["location"] != "").all()


def test_a_number_keeps_its_printed_digits():
    number = published.get("xiao2023-bnpp-obs-0-20")
    assert (number.printed, number.value, number.decimals) == ("1.60", 1.6, 2)
    assert number.unit == "Mg ha-1 yr-1"


def test_an_exponent_moves_the_last_printed_digit():
    assert published.get("liu2022-area-permafrost").decimals == -5


@pytest.mark.parametrize(
    ("name", "half"),
    [
        ("xiao2023-bnpp-obs-0-20", 0.005),  # 1.60
        ("xiao2023-map-pdd-0-20", 0.5),  # 57
        ("xiao2023-disc-bnpp-total", 0.5),  # about 21
        ("xiao2023-pdd-obs-0-20", 5),  # about 60: the zero says nothing
        ("liu2022-area-permafrost", 5e4),  # 15.7e6
    ],
)
def test_half_of_the_last_printed_digit(name, half):
    assert published.get(name).half_last_digit == half


def test_an_uncertainty_keeps_its_printed_digits():
    assert published.get("liu2022-gamma-egs-spring-np-aci").uncertainty_decimals == 3  # 0.020
    assert published.get("liu2022-mat-sens-permafrost").uncertainty_decimals == 0
    assert published.get("liu2022-analysis-start-year").uncertainty_decimals == 0


def test_liu2022_has_headline_numbers_though_its_abstract_prints_none():
    frame = published.load("liu2022")
    headline = frame[frame["headline"]]
    assert headline["location"].str.contains("Results").all()
    words = headline[headline["quantity"].str.startswith("lead of ")]
    assert words["location"].str.contains("Abstract").all()
    assert set(headline.index.str.removeprefix("liu2022-")) == {
        "models-compensation-lead",
        "models-lgs-respiration-lead",
        "gradient-tc-r2",
        "trend-permafrost-annual",
        "trend-nonpermafrost-annual",
        "trend-permafrost-lgs",
        "trend-nonpermafrost-lgs",
        "uptake-permafrost-early",
        "uptake-permafrost-late",
    }


def test_numbers_of_released_scripts_say_so():
    frame = published.load("liu2022")
    code = frame[frame.index.str.contains("-code-")]
    assert code["location"].str.startswith("Released code: ").all()
    assert code.loc[code.index.str.contains("-cells-"), "value"].sum() == 4135


@pytest.mark.parametrize("paper", published.PAPERS)
def test_a_claim_in_words_is_a_lead_of_more_than_nothing(paper):
    frame = published.load(paper)
    leads = frame[frame["quantity"].str.startswith("lead of ")]
    assert (leads["value"] == 0).all()
    assert (leads["comparison"] == "gt").all()
    assert leads["note"].str.contains("in words").all()


def test_unknown_id_names_the_nearest():
    with pytest.raises(KeyError, match="xiao2023-pdd-obs-0-20"):
        published.get("xiao2023-pdd-obs-0-21")


def test_unknown_paper_names_the_papers():
    with pytest.raises(KeyError, match="yun2024"):
        published.load("smith1999")


@pytest.mark.parametrize(
    ("column", "text", "complaint"),
    [
        ("printed", "1,6", "row 3, column 'printed'"),
        ("comparison", "about", "row 3, column 'comparison'"),
        ("uncertainty", "±2", "row 3, column 'uncertainty'"),
        ("headline", "", "row 3, column 'headline'"),
        ("id", "a-1", "repeated id 'a-1'"),
    ],
)
def test_an_unreadable_cell_is_named(column, text, complaint):
    row = {"id": "a-1", "printed": "1.6", "uncertainty": "", "comparison": "eq", "headline": "no"}
    frame = pd.DataFrame([row, {**row, "id": "a-2", column: text}])
    with pytest.raises(ValueError, match=complaint):
        published._check(frame, "paper.csv")


def test_table1_holds_24_parameters_and_keeps_lost_cells_missing():
    table = published.load_table1()
    assert len(table) == 24
    means = table[[column for column in table if column.endswith("_mean")]]
    assert means.isna().sum().sum() == 6
    assert (table["prior_min"] < table["prior_max"]).all()


def test_zhao2022_has_its_claims_of_the_abstract_in_words():
    frame = published.load("zhao2022")
    headline = frame[frame["headline"]]
    words = headline[headline["quantity"].str.startswith("lead of ")]
    assert set(words.index.str.removeprefix("zhao2022-abstract-")) == {
        "bias-opt1",
        "bias-opt2",
        "nep-opt2",
        "nep-uncertainty",
        "aboveground-opt2",
        "other-maps",
    }
    assert headline["location"].str.contains(r"Abstract|(?:^|; )5$").all()


def test_table1_and_the_registry_say_the_same():
    table, frame = published.load_table1(), published.load("zhao2022")
    compared = 0
    for parameter, row in table.iterrows():
        name = f"zhao2022-{parameter.lower().replace('(', '-').replace(')', '')}"
        assert frame.loc[f"{name}-prior-min", "value"] == row["prior_min"]
        assert frame.loc[f"{name}-prior-max", "value"] == row["prior_max"]
        for column in ("m_opt1", "m_opt2", "s_opt1", "s_opt2"):
            cell = f"{name}-post-{column.replace('_', '-')}"
            assert (cell in frame.index) == pd.notna(row[f"{column}_mean"])
            if cell in frame.index:
                assert frame.loc[cell, "value"] == row[f"{column}_mean"]
                assert frame.loc[cell, "uncertainty"] == row[f"{column}_cv"]
                compared += 1
    assert compared == 90


def test_yun2024_has_its_claims_of_abstract_and_conclusion_in_words():
    frame = published.load("yun2024")
    headline = frame[frame["headline"]]
    words = headline[headline["quantity"].str.startswith("lead of ")]
    assert set(words.index.str.removeprefix("yun2024-")) == {
        "abstract-growth-over-composition",
        "abstract-wetter-aboveground",
        "abstract-drier-belowground",
        "abstract-moisture-modulates",
        "conclusion-types-differ",
        "conclusion-soil-temperature",
        "conclusion-wet-sensitive",
        "conclusion-models-miss",
    }
    assert headline["location"].str.contains("Abstract|Significance|Conclusion").all()


def test_yun2024_names_the_sites_of_its_lists():
    frame = published.load("yun2024")
    lists = frame[frame["note"].str.startswith("sites named in the group")]
    assert (lists["group"].str.split().str.len() == lists["value"]).all()
    assert len(lists) == 6


def test_han2022_has_its_claims_of_abstract_and_conclusions_in_words():
    frame = published.load("han2022")
    headline = frame[frame["headline"]]
    words = headline[headline["quantity"].str.startswith("lead of ")]
    assert set(words.index.str.removeprefix("han2022-")) == {
        "abstract-loop-positive",
        "abstract-top-rises",
        "abstract-imbalance-accelerates",
        "conclusion-phases-in-turn",
        "conclusion-meadow-resistance",
        "conclusion-steppe-resilience",
    }
    assert headline["location"].str.contains("Abstract|Conclusions").all()


def test_han2022_counts_its_factors_and_sites_without_rest():
    value = published.load("han2022")["value"].rename(lambda name: name.removeprefix("han2022-"))
    groups = ["climatic", "plant", "soil", "microbial"]
    assert value[[f"n-factors-{name}" for name in groups]].sum() == value["n-factors"] == value["corr-matrix-n"]
    assert value[["n-sites-meadow", "n-sites-steppe"]].sum() == value["n-sites"]
    assert value[[f"zone-{name}-n" for name in ("low", "middle", "high")]].sum() == value["n-sites"]
