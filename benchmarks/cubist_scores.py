"""Score Cubist on the rows and folds of a chapter, once, for builds that do not have it.

Cubist is under the GPL and comes with ``pip install "coldcarbon[cubist]"`` only. This runs the first cells of the
chapter, as far as the one tagged ``cubist-inputs``, so that rows, predictors and folds are the chapter's own. It writes
scores, versions and the fingerprint of the inputs to ``results/cubist.json``, and the chapter shows them where the
fingerprint is still its own.

    COLDCARBON_DATA=real python benchmarks/cubist_scores.py
"""

from __future__ import annotations

import json
import os
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jupytext

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "xiao2023" / "model-comparison.md"
RECORD = ROOT / "results" / "cubist.json"
TAG = "cubist-inputs"
COMMITTEES = (1, 5, 20)
# As many rules as R allows by default; predictions may leave the range of the training rows as far as in R
SETTINGS = {"n_rules": 100, "extrapolation": 1.0}


def chapter_inputs(notebook: Path = NOTEBOOK) -> dict[str, Any]:
    """Names that the chapter's cells define, as far as the tagged one."""
    os.environ.setdefault("MPLBACKEND", "agg")
    names: dict[str, Any] = {}
    for cell in jupytext.read(notebook).cells:
        if cell.cell_type != "code":
            continue
        exec(compile(cell.source, str(notebook), "exec"), names)
        if TAG in cell.metadata.get("tags", []):
            if names["chapter"].state != "real":
                raise SystemExit("the data are not all here: scores on simulated data are not recorded")
            return names
    raise SystemExit(f"{notebook} has no cell tagged {TAG}")


def scores(names: dict[str, Any], splits: tuple[str, ...] = ()) -> dict[str, dict[str, dict[str, float]]]:
    """Scores of Cubist by split, as `coldcarbon.stats.forests.skill_intervals` gives them."""
    from cubist import Cubist

    from coldcarbon.stats import forests

    candidates = {n: Cubist(n_committees=n, random_state=0, **SETTINGS) for n in COMMITTEES}
    learners = {
        "layer mean": names["layer_mean"],
        "Cubist": forests.Tuned(candidates, n_folds=names["n_inner_folds"]),
    }
    found = {}
    for split in splits or tuple(names["splits"]):
        result = forests.compare_learners(
            learners, names["rows"], names["share"], names["splits"][split], within=names["layer"]
        )
        table = forests.skill_intervals(
            result, names["layer"], names["reference"], n_resamples=names["n_resamples"]
        ).loc["Cubist"]
        found[split] = {score: {k: float(v) for k, v in row.items()} for score, row in table.iterrows()}
    return found


def main() -> None:
    """Write the record."""
    # it is fitted to numbers without names and says so at each prediction
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    names = chapter_inputs()
    record = {
        "recorded_on": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in ("cubist", "numpy", "scikit-learn", "coldcarbon")},
        "settings": {**SETTINGS, "n_committees": list(COMMITTEES), "n_inner_folds": names["n_inner_folds"]},
        "folds": {name: folds.description for name, folds in names["splits"].items()},
        "fingerprint": names["fingerprint"],
        "scores": scores(names),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"written to {RECORD}")


if __name__ == "__main__":
    main()
