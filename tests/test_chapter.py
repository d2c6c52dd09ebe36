"""A chapter labels what it shows by the state of its data, and enters claims only on evidence."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from coldcarbon import catalogue
from coldcarbon import chapter as module
from coldcarbon.chapter import ANSWER_MIME, CLAIM_MIME, Chapter
from coldcarbon.figures import captioned

NAME = "schenk-jackson-root-profiles"
TEXTS = {"caption": "Shares.", "alt": "Bars"}


@pytest.fixture
def outputs(monkeypatch):
    """What the chapter publishes, in order."""
    shown = []

    def publish(data, metadata=None):
        shown.append((data, metadata or {}))

    monkeypatch.setattr(module, "publish_display_data", publish)
    monkeypatch.setattr(captioned, "publish_display_data", publish)
    monkeypatch.setattr(catalogue, "fetch", lambda *_, **__: None)
    return shown


def _set_state(monkeypatch, state):
    monkeypatch.setattr(catalogue, "state", lambda _names: state)
    monkeypatch.setattr(catalogue, "mode", lambda: "auto")
    monkeypatch.setattr(catalogue, "present", lambda _name: state == "real")


@pytest.fixture(params=["real", "simulated"])
def state(request, monkeypatch):
    _set_state(monkeypatch, request.param)
    return request.param


@pytest.fixture
def chapter(outputs, state):
    return Chapter("xiao2023/root-profiles", datasets=[NAME], same_data=True)


@pytest.fixture
def real(outputs, monkeypatch):
    _set_state(monkeypatch, "real")
    return Chapter("xiao2023/root-profiles", datasets=[NAME], same_data=True)


def rows(outputs):
    return [data[CLAIM_MIME] for data, _ in outputs if CLAIM_MIME in data]


def drawn():
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set(xlabel="depth (cm)", ylabel="share (%)")
    return figure


def test_reader_or_simulation_by_state(chapter, state):
    assert chapter.load(lambda: "read", lambda: "simulated") == ("read" if state == "real" else "simulated")


def test_figures_and_tables_are_labelled_by_state(chapter, state, outputs):
    chapter.figure(drawn(), "fig-a", **TEXTS)
    chapter.table(pd.DataFrame({"share (%)": [57.0]}), "tab-a", caption="Shares.")
    labels = [metadata["coldcarbon"]["label"] for _, metadata in outputs if "label" in metadata.get("coldcarbon", {})]
    expected = "Data (observed): " if state == "real" else "Simulated"
    assert len(labels) == 2
    assert all(label.startswith(expected) for label in labels)


@pytest.mark.parametrize(("evidence", "label"), [("simulated", "Simulated"), ("printed", "From the paper")])
def test_other_evidence_keeps_its_label(chapter, outputs, evidence, label):
    chapter.figure(drawn(), "fig-a", evidence=evidence, **TEXTS)
    assert outputs[0][1]["coldcarbon"]["label"] == label


def test_a_claim_on_data(chapter, state, outputs):
    chapter.claim("xiao2023-pdd-obs-0-20", 60.3, 56.5, 63.6, n=232, statement="Top share", variant="rescaled")
    (row,) = rows(outputs)
    assert row["id"] == "xiao2023/root-profiles/pdd-obs-0-20-rescaled"
    if state == "simulated":
        assert row["pending"] is True
        assert "verdict" not in row
    else:
        assert (row["verdict"], row["evidence"], row["published"]) == ("reproduced", "real", 60.0)
        assert row["data_hashes"] == catalogue.hashes([NAME])
        assert (row["ours"], row["low"], row["high"], row["n"]) == (60.3, 56.5, 63.6, 232)


def test_other_data_cannot_reproduce(outputs, monkeypatch):
    _set_state(monkeypatch, "real")
    Chapter("xiao2023/root-profiles", datasets=[NAME]).claim("xiao2023-pdd-obs-0-20", 60.3, n=5, statement="Top share")
    assert rows(outputs)[0]["verdict"] == "same conclusion"


def test_own_classifications_cannot_reproduce(real, outputs):
    real.claim("xiao2023-pdd-obs-0-20", 60.3, n=5, statement="Top share", same_data=False)
    assert rows(outputs)[0]["verdict"] == "same conclusion"


def test_only_a_sign_may_come_in_another_unit(real, outputs):
    chapter = Chapter("han2022/oxygen-production", datasets=[NAME])
    chapter.claim("han2022-abstract-top-rises", 0.5, n=14, statement="A region's rise", unit="Gt yr-1")
    (row,) = rows(outputs)
    assert (row["unit"], row["verdict"]) == ("Gt yr-1", "same conclusion")
    with pytest.raises(ValueError, match="only a bound of zero"):
        real.claim("xiao2023-pdd-obs-0-20", 60.3, n=5, statement="Top share", unit="kg")


def test_bounds_have_no_middle(chapter, outputs):
    readings = {"between the two": (0.19, 12.0)}
    chapter.check("xiao2023-bnpp-all-mean", readings, statement="Mean between quantiles", bounds=True)
    (row,) = rows(outputs)
    assert (row["ours"], row["low"], row["high"], row["verdict"]) == (None, 0.19, 12.0, "consistent")


def test_printed_and_simulated_claims_need_no_data(chapter, outputs):
    chapter.check("xiao2023-n-npp-profiles", {"sum of both sources": (725, 725)}, statement="Profiles add up")
    summary = {
        "coverage": 0.75,
        "coverage_low": 0.7,
        "coverage_high": 0.79,
        "bias_in_standard_errors": 0.0,
        "replicates": 400,
    }
    chapter.recovery("by-row", summary, statement="Intervals by row")
    printed, simulated = rows(outputs)
    assert (printed["verdict"], printed["evidence"]) == ("consistent", "printed")
    assert (simulated["verdict"], simulated["evidence"], simulated["ours"]) == ("not recovered", "simulated", 75.0)
    assert simulated["published"] is None


def test_not_testable_names_what_is_missing(chapter, outputs):
    chapter.not_testable("xiao2023-map-bnpp-mean", missing="the map", statement="Global mean")
    (row,) = rows(outputs)
    assert (row["verdict"], row["evidence"], row["reason"]) == ("not testable", None, "needs the map")


def test_data_on_request_that_are_absent_are_not_real(outputs, monkeypatch):
    monkeypatch.setattr(catalogue, "present", lambda _name: False)
    chapter = Chapter("xiao2023/root-profiles", datasets=["itur-precipitation"])
    assert chapter.load(lambda: "read", lambda: "simulated") == "simulated"


def test_undeclared_data_are_refused(real):
    with pytest.raises(ValueError, match="declares"):
        real.figure(drawn(), "fig-a", datasets=["srdb"], **TEXTS)


def test_unknown_evidence_is_refused(real):
    with pytest.raises(ValueError, match="use data, simulated or printed"):
        real.table(pd.DataFrame({"a": [1]}), "tab-a", caption="A.", evidence="real")


def test_a_missing_number_is_not_glued(real):
    with pytest.raises(ValueError, match="xiao2023_share is nan"):
        real.glue(xiao2023_share=float("nan"))


@pytest.mark.parametrize("name", ["root-profiles", "smith1999/roots"])
def test_a_chapter_belongs_to_a_paper(outputs, name):
    with pytest.raises(ValueError, match="PAPER/CHAPTER"):
        Chapter(name)


@pytest.mark.parametrize(
    ("value", "unit", "line"),
    [
        (np.float64(41.2567), "mm", "Answer: mean difference = 41.26 mm"),
        (np.int64(1234), "1", "Answer: mean difference = 1,234"),
        (12345.6, "km2", "Answer: mean difference = 12,346 km2"),
        (0, "degC", "Answer: mean difference = 0 degC"),
        ("steppe", "1", "Answer: mean difference = steppe"),
    ],
)
def test_an_answer_is_published_with_its_unit_and_the_state_of_the_data(chapter, state, outputs, value, unit, line):
    chapter.answer("e-rain", "mean difference", value, unit, tolerance=0.02, terms=6)
    ((data, _),) = outputs
    assert data["text/plain"] == line
    assert data[ANSWER_MIME] == {
        "chapter": "xiao2023/root-profiles",
        "exercise": "e-rain",
        "quantity": "mean difference",
        "value": value,
        "unit": unit,
        "tolerance": 0.02,
        "terms": 6,
        "state": state,
    }
    assert type(data[ANSWER_MIME]["value"]) in (int, float, str)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"exercise": " "}, "label of its exercise"),
        ({"unit": ""}, "a unit"),
        ({"value": float("nan")}, "e-rain, rain: nan is neither"),
        ({"value": True}, "neither a finite number nor a word"),
        ({"value": ""}, "neither a finite number nor a word"),
        ({"tolerance": 0.5}, "below 0.5, not 0.5"),
        ({"terms": 1}, "two terms or more, not 1"),
    ],
)
def test_an_answer_that_nobody_could_check_is_refused(real, outputs, changed, complaint):
    with pytest.raises(ValueError, match=complaint):
        real.answer(**{"exercise": "e-rain", "quantity": "rain", "value": 1.0, **changed})
    assert outputs == []
