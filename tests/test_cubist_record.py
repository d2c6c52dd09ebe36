"""The record of Cubist belongs to the data, the folds and the settings it names."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from coldcarbon import catalogue

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "results" / "cubist.json"


def test_the_record_says_what_it_was_made_from() -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert set(record) == {"recorded_on", "versions", "settings", "folds", "fingerprint", "scores"}
    assert record["settings"]["n_rules"] == 100
    assert record["settings"]["extrapolation"] == 1.0
    splits = {"rows", "profiles", "references", "blocks"}
    assert set(record["fingerprint"]["folds"]) == set(record["folds"]) == set(record["scores"]) == splits
    for table in record["scores"].values():
        assert {"r2", "rmse", "r2_within"} <= set(table)
        for row in table.values():
            assert row["low"] <= row["estimate"] <= row["high"]


@pytest.mark.soak
def test_the_record_is_what_cubist_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cubist", reason="the extra coldcarbon[cubist] is not installed")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    if catalogue.state(list(record["fingerprint"]["data"])) != "real":
        pytest.skip("needs the data")
    monkeypatch.chdir(ROOT)
    path = ROOT / "benchmarks" / "cubist_scores.py"
    spec = importlib.util.spec_from_file_location("cubist_scores", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "cubist_scores", module)
    spec.loader.exec_module(module)
    names = module.chapter_inputs()
    assert names["fingerprint"] == record["fingerprint"]
    again = module.scores(names, ("references",))["references"]
    for score in ("r2", "r2_within", "rmse"):
        assert again[score]["estimate"] == pytest.approx(record["scores"]["references"][score]["estimate"], rel=1e-3)
