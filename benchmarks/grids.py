"""Prediction of a map: rows a second against scikit-learn and ranger, growth with the rows, cost of the finest map.

The cases are run by harness.py like those of the other rooms. What they do not hold is recorded by this file itself:
python benchmarks/grids.py [--record] [--rows 10000,100000]

Training and new rows come from formulas that R repeats in tests/golden/r/fits.R, so that both sides predict the same
rows from forests of one size. Rows of chance differ from each other in all predictors, the worst for a tree; rows of a
map resemble their neighbours.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from harness import FOLDER, ONE_THREAD, Case

from coldcarbon.stats import forests

RECORD = FOLDER / "grids.json"
TRAINING_ROWS, COLUMNS, TREES, MTRY, NODE_SIZE = 3913, 12, 500, 4, 5
PRIMES = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41])
WAVES = np.arange(1, COLUMNS + 1)
ROWS = 10_000
ROUNDS = 3
FINEST_STEPS_PER_DEGREE = 120  # 43,200 by 21,600 cells
GROWTH = (10_000, 100_000, 1_000_000)
CHUNK = (100, 500)


def chance_rows(n: int, first: int = 0) -> np.ndarray:
    """Rows in the unit cube, spread evenly and without order: multiples of square roots of primes."""
    return (np.arange(first + 1, first + n + 1)[:, None] * np.sqrt(PRIMES[:COLUMNS])) % 1.0


def map_rows(n: int) -> np.ndarray:
    """Rows along one parallel of a map: waves of 90 to 1080 cells, and a twentieth of chance."""
    waves = (1 + np.sin(np.arange(n)[:, None] * (2 * np.pi / (90 * WAVES)) + WAVES)) / 2
    return 0.95 * waves + 0.05 * chance_rows(n, TRAINING_ROWS)


def training() -> tuple[np.ndarray, np.ndarray]:
    table = chance_rows(TRAINING_ROWS)
    noise = (np.arange(1, TRAINING_ROWS + 1) * np.sqrt(PRIMES[COLUMNS])) % 1.0
    return table, 4 * table[:, 0] + np.sin(6 * table[:, 1]) + 3 * table[:, 2] * table[:, 3] + noise


@cache
def our_forest() -> forests.Forest:
    return forests.random_forest(*training(), n_trees=TREES, mtry=MTRY, minimum_node_size=NODE_SIZE).compact()


@cache
def plain_forest() -> Any:
    from sklearn.ensemble import RandomForestRegressor

    # It counts each row once, R as often as it was drawn (1.6 times on average): four rows give trees of about the
    # same size, and the sizes are recorded.
    model = RandomForestRegressor(TREES, max_features=MTRY, min_samples_split=4, n_jobs=1, random_state=0)
    return model.fit(*training())


def ours(rows: np.ndarray) -> Callable[[], object]:
    forest = our_forest()
    return lambda: forest.predict(rows)


def plain(rows: np.ndarray) -> Callable[[], object]:
    forest = plain_forest()
    return lambda: forest.predict(rows)


WHAT = f"{ROWS:,} rows, {TREES} trees grown on {TRAINING_ROWS:,} rows and {COLUMNS} columns, one thread each"
CASES = [
    Case("forest prediction, rows of a map", lambda: ours(map_rows(ROWS)), "grid_map", 1.0, WHAT),
    Case("forest prediction, rows of chance", lambda: ours(chance_rows(ROWS, TRAINING_ROWS)), "grid_chance", 1.0, WHAT),
]
KINDS = {
    "rows of a map": (map_rows(ROWS), "grid_map"),
    "rows of chance": (chance_rows(ROWS, TRAINING_ROWS), "grid_chance"),
}


def rates() -> list[dict[str, Any]]:
    """Rows a second on one core: ours, scikit-learn's and ranger's, turn by turn."""
    from timing import RUnavailableError, r_seconds, seconds

    found = []
    for kind, (rows, r_case) in KINDS.items():
        times: dict[str, list[float]] = {"ours": [], "scikit-learn": [], "ranger": []}
        for _ in range(ROUNDS):
            times["ours"].append(seconds(ours(rows), ROUNDS))
            times["scikit-learn"].append(seconds(plain(rows), ROUNDS))
            try:
                times["ranger"].append(r_seconds(r_case, ROUNDS))
            except RUnavailableError as error:
                print(f"ranger was not timed: {error}")
        for name, spent in times.items():
            if spent:
                ratios = [own / theirs for own, theirs in zip(times["ours"], spent, strict=False)]
                found.append(
                    {
                        "rows": kind,
                        "by": name,
                        "rows_per_second_per_core": ROWS / statistics.median(spent),
                        "time_ratio_ours": statistics.median(ratios),
                        "ratio_lowest": min(ratios),
                        "ratio_highest": max(ratios),
                    }
                )
    return found


def predict_block(latitude: np.ndarray, longitude: np.ndarray, forest: forests.Forest, step: float) -> xr.Dataset:
    """Rows of chance for each cell of a block: the worst case, whatever the size of the grid."""
    rng = np.random.default_rng([round((latitude[0] + 90) / step), round((longitude[0] + 180) / step)])
    rows = rng.random((latitude.size * longitude.size, COLUMNS))
    values = forest.predict(rows).reshape(latitude.size, longitude.size)
    return xr.Dataset({"prediction": (("latitude", "longitude"), values)})


def write_block(latitude: np.ndarray, longitude: np.ndarray, forest: None, step: float) -> xr.Dataset:  # noqa: ARG001
    """The same store without a forest: what chunks and files cost by themselves."""
    rng = np.random.default_rng(int(latitude[0] / step + 1e6))
    values = rng.random((latitude.size, longitude.size))
    return xr.Dataset({"prediction": (("latitude", "longitude"), values)})


def one_size(n: int, pickled: str) -> None:
    """Predict a grid of n cells in this process and print what it took; run as a process of its own."""
    from coldcarbon.grids import compute_to_zarr

    with Path(pickled).open("rb") as stream:
        forest = pickle.load(stream)  # written by the process that started this one
    n_latitude = max(int(n**0.5) // CHUNK[0] * CHUNK[0], 1)
    n_longitude = n // n_latitude
    step = 1 / FINEST_STEPS_PER_DEGREE
    latitude, longitude = 0.5 * step + step * np.arange(n_latitude), 0.5 * step + step * np.arange(n_longitude)
    answer: dict[str, Any] = {"rows": n_latitude * n_longitude}
    forget_peak()
    with tempfile.TemporaryDirectory() as folder:
        for name, function, constant in (("", predict_block, forest), ("writing_", write_block, None)):
            start, start_core = time.perf_counter(), time.process_time()
            compute_to_zarr(
                function,
                latitude,
                longitude,
                Path(folder) / f"{name}map.zarr",
                settings={"n": n},
                constants={"forest": constant, "step": step},
                chunk=CHUNK,
            )
            answer[f"{name}seconds"] = time.perf_counter() - start
            answer[f"{name}core_seconds"] = time.process_time() - start_core
            answer.setdefault("peak_mb", peak_mb())
    print(json.dumps(answer))


def forget_peak() -> None:
    """Let the largest memory count from here, not from the reading of the forest; Linux only, else it stays."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth(sizes: list[int]) -> list[dict[str, Any]]:
    """Seconds and memory of grids of growing size, each in a process of its own."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        pickled = Path(folder) / "forest"
        pickled.write_bytes(pickle.dumps(our_forest()))
        for n in sizes:
            done = subprocess.run(
                [sys.executable, __file__, "--one", str(n), str(pickled)], check=True, capture_output=True, text=True
            )
            row = json.loads(done.stdout.splitlines()[-1])
            row["rows_per_second_per_core"] = row["rows"] / row["core_seconds"]
            row["busy_others"] = load_of_others()
            row["recorded_on"] = today()
            print(row)
            found.append(row)
    return found


def finest_map_cells() -> dict[str, Any]:
    """Land cells of a grid of 43,200 by 21,600, counted: each land cell of the climate normals holds 60 by 60."""
    from coldcarbon.readers import cru_normals

    normals = cru_normals.read()
    name = next(iter(normals.data_vars))
    land = normals[name].notnull()
    land = land.any([dimension for dimension in land.dims if dimension not in ("latitude", "longitude")])
    cells = int(land.sum())
    width = abs(float(normals["latitude"][1] - normals["latitude"][0]))
    return {
        "cells": cells * round(width * FINEST_STEPS_PER_DEGREE) ** 2,
        "counted_on": f"{cells:,} land cells of {width:g} degree of {cru_normals.SOURCE}, Antarctica left out",
        "share_of_all_cells": cells / land.size,
    }


def faster_on_a_map() -> float:
    """How many times as many rows of a map as of chance are predicted in one second of processor time."""
    n = CHUNK[0] * CHUNK[1]
    times: dict[str, list[float]] = {"map": [], "chance": []}
    for _ in range(ROUNDS):
        for name, call in (("map", ours(map_rows(n))), ("chance", ours(chance_rows(n, TRAINING_ROWS)))):
            start = time.process_time()
            call()
            times[name].append(time.process_time() - start)
    return statistics.median(times["chance"]) / statistics.median(times["map"])


def cost(cells: dict[str, Any], grown: list[dict[str, Any]]) -> dict[str, Any]:
    """Hours for one predicted field of the finest map; extrapolated from the largest grid that was measured."""
    largest = max(grown, key=lambda row: row["rows"])
    cores = os.cpu_count() or 1
    chance = largest["rows_per_second_per_core"]
    alike = chance * faster_on_a_map()
    writing = cells["cells"] * largest["writing_core_seconds"] / largest["rows"]
    hours = {
        f"{machines}": {
            kind: (cells["cells"] / (rate * cores * machines) + (writing if machines > 1 else 0.0)) / 3600
            for kind, rate in (("rows of chance", chance), ("rows of a map", alike))
        }
        for machines in (1, 10)
    }
    return {
        **cells,
        "extrapolated_from_rows": largest["rows"],
        "cores_per_machine": cores,
        "writing_hours": writing / 3600,
        "hours_by_machines": hours,
    }


def load_of_others() -> float:
    """Running tasks of the last minute beyond the cores; above zero the machine was busy."""
    return max(os.getloadavg()[0] - (os.cpu_count() or 1), 0.0)


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write grids.json")
    parser.add_argument("--rows", default=",".join(map(str, GROWTH)), help="sizes of the grids, divided by commas")
    parser.add_argument("--one", nargs=2, metavar=("ROWS", "FOREST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one_size(int(options.one[0]), options.one[1])
        return
    from machine import describe_machine
    from runner import rounded

    compared = rates()
    for row in compared:
        print(row)
    grown = growth([int(n) for n in options.rows.split(",")])
    if options.record and RECORD.exists():
        # sizes that were not run keep their record: the largest is run once
        earlier = json.loads(RECORD.read_text(encoding="utf-8"))
        ran = {row["rows"] for row in grown}
        if earlier["machine"]["processor"] == describe_machine()["processor"]:
            kept = [row for row in earlier["growth"] if row["rows"] not in ran]
            grown = sorted([*grown, *kept], key=lambda row: row["rows"])
    content = {
        "recorded_on": today(),
        "machine": describe_machine(),
        "forest": {
            "trees": TREES,
            "training_rows": TRAINING_ROWS,
            "columns": COLUMNS,
            "rows_at_once": ROWS,
            "nodes_of_a_tree": statistics.mean(tree.node_count for tree in our_forest().trees),
            "nodes_of_a_tree_scikit_learn": statistics.mean(
                tree.tree_.node_count for tree in plain_forest().estimators_
            ),
        },
        "rates": compared,
        "growth": grown,
        "finest_map": cost(finest_map_cells(), grown),
    }
    print(json.dumps(rounded(content["finest_map"]), indent=1))
    if options.record:
        RECORD.write_text(json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"written: {RECORD.name}")


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        again = subprocess.run([sys.executable, *sys.argv], env={**os.environ, **ONE_THREAD}, check=False)
        raise SystemExit(again.returncode)
    main()
