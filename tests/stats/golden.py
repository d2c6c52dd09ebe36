"""R's answers and their inputs."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

GOLDEN = Path(__file__).parents[1] / "golden"


@cache
def results(name: str) -> dict[str, Any]:
    """What R gave, for example ``results("04_lmm")["sleep_rs"]``."""
    return json.loads((GOLDEN / "results" / f"{name}.json").read_text(encoding="utf-8"))


def frame(name: str) -> pd.DataFrame:
    """An input, for example ``frame("sleepstudy")``."""
    return pd.read_csv(GOLDEN / "data" / f"{name}.csv")
