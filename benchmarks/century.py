"""CENTURY: simulations a second on one core, as ratios to a kernel that takes one site at a time.

A simulation is what a sampler asks for: 33 rows spun up to their steady state, 30 of them for soil carbon and 3 towers
for monthly fluxes as well. The rows stand in ``century_rows.csv`` and ``century_weather.csv``: the 30 sites of Chen
et al. 2021 (doi 10.1111/ele.13723, from ISRaD, Apache 2.0), a sinusoid of temperature and a bell of precipitation
scaled to the reported means; and three towers of FLUXNET2015 (doi 10.1038/s41597-020-0534-3, CC BY 4.0) with a daily
range of 14 degrees and an assumed texture. They are for timing: results rest on the readers of the package.

Run: python benchmarks/century.py [--scaling]
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

if __name__ == "__main__":  # before numpy is imported
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA")}

import numpy as np
import pandas as pd
from harness import Case

from coldcarbon.century import Simulator, Sites, Weather, defaults, priors, simulate_blocks

FOLDER = Path(__file__).parent
TOLERANCE = 1e-4  # enough for sampling
SETS = 100
TURNS = 7
BOTH = np.array([defaults("meadow"), defaults("steppe")])


def table_of(rows: pd.DataFrame, name: str) -> np.ndarray:
    return rows[[f"{name}_{month}" for month in range(1, 13)]].to_numpy()


@cache
def simulator(engine: str = "kernel") -> Simulator:
    """The 33 rows; group 0 meadow, 1 steppe."""
    rows = pd.read_csv(FOLDER / "century_rows.csv")
    sites = Sites(
        list(rows["site"]),
        *(rows[name] for name in ("latitude_degrees", "sand", "silt", "clay")),
        *(table_of(rows, name) for name in ("minimum", "maximum", "precipitation")),
    )
    towers = list(pd.read_csv(FOLDER / "century_weather.csv").groupby("site", sort=False))
    columns = ("minimum", "maximum", "precipitation")
    weather = Weather([name for name, _ in towers], *([months[c] for _, months in towers] for c in columns))
    return Simulator(sites, weather, groups=(rows["vegetation"] == "steppe").astype(int).tolist(), engine=engine)  # type: ignore[arg-type]


def parameter_sets(n: int = SETS) -> np.ndarray:
    """Around the defaults, as far as a chain gets: 15 per cent of the prior's range, clipped to it."""
    low, high = priors()
    around = BOTH + 0.15 * (high - low) * np.random.default_rng(1).normal(size=(n, 2, 24))
    return np.clip(around, low, high)


@cache
def baseline() -> Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]:
    """One simulation of the baseline: soil carbon of the rows and NEP of the towers."""
    import century_baseline

    ours = simulator()
    ours.run(BOTH)  # packs the weather
    somsc, nep = np.empty(len(ours.sites)), np.full((len(ours.weather or ()), ours._longest), np.nan)

    def run(parameters: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        century_baseline.simulate(
            ours._start, ours._packed_climate, ours._packed_soil, ours._group, parameters, ours._packed_constants,
            tolerance, 60, ours._which, ours._packed_weather, ours._lengths, somsc, nep,
        )  # fmt: skip
        return somsc, nep

    return run


def one_at_a_time() -> Callable[[], object]:
    run, sets = baseline(), parameter_sets()
    return lambda: [run(parameters, TOLERANCE) for parameters in sets]


def kernel_set_by_set(engine: str = "kernel") -> Callable[[], object]:
    ours, sets = simulator(engine), parameter_sets()
    return lambda: [ours.run(parameters, tolerance=TOLERANCE, check=False) for parameters in sets]


def kernel_many_sets(engine: str = "kernel") -> Callable[[], object]:
    ours, sets = simulator(engine), parameter_sets()
    return lambda: ours.run_many(sets, tolerance=TOLERANCE, check=False)


def brute_force() -> Callable[[], object]:
    """4,000 years of months, as the paper spins up, by the fast kernel."""
    ours, (parameters,) = simulator(), parameter_sets(1)
    return lambda: ours.run(parameters, spinup=("brute", 4000, 0.0), check=False)


def readable() -> Callable[[], object]:
    ours, (parameters,) = simulator("reference"), parameter_sets(1)
    return lambda: ours.run(parameters, tolerance=TOLERANCE, check=False)


CASES = [
    Case(f"CENTURY, {SETS} sets one by one, baseline", one_at_a_time, None, None, "one site at a time"),
    Case(f"CENTURY, {SETS} sets one by one", kernel_set_by_set, None, None, "33 rows in lanes"),
    Case(f"CENTURY, {SETS} sets at once", kernel_many_sets, None, None, "33 rows times sets in lanes"),
    Case(f"CENTURY, {SETS} sets at once, fast math", lambda: kernel_many_sets("fast"), None, None, "within 1e-9"),
    Case("CENTURY, 4,000 years by months", brute_force, None, None, "one set, 33 rows"),
    Case("CENTURY, readable model", readable, None, None, "one set, 33 rows"),
]


def check_agreement() -> None:
    """The baseline computes what the kernel computes, where both come to rest."""
    somsc, _ = baseline()(BOTH, 1e-12)
    ours = simulator().run(BOTH, tolerance=1e-12)
    same = np.abs(somsc / ours.somsc - 1) < 1e-8
    print(f"baseline and kernel agree to 1e-8 at {same.sum()} of {len(same)} rows")
    quick = simulator("fast").run(BOTH, tolerance=1e-12)
    print(f"the fast build and the exact one differ by {np.abs(quick.somsc / ours.somsc - 1).max():.0e} at most")
    if same.mean() < 0.9:  # a row may have two states that repeat, or none the plain spin-up finds
        raise SystemExit("the baseline is another model: no ratio means anything")


def speeds() -> None:
    """Simulations a second of processor time, in turns; ratios are medians over turns."""
    kinds = {
        "baseline, one site at a time": (one_at_a_time(), SETS, TURNS),
        "kernel, set by set": (kernel_set_by_set(), SETS, TURNS),
        "kernel, many sets at once": (kernel_many_sets(), SETS, TURNS),
        "fast build, set by set": (kernel_set_by_set("fast"), SETS, TURNS),
        "fast build, many sets at once": (kernel_many_sets("fast"), SETS, TURNS),
        "kernel, 4,000 years by months": (brute_force(), 1, 1),
        "readable model": (readable(), 1, 2),
    }
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for call, _, _ in kinds.values():
        call()
    for turn in range(TURNS):
        for name, (call, sets, turns) in kinds.items():
            if turn < turns:
                start = time.process_time()
                call()
                found[name].append(sets / (time.process_time() - start))
    base = found["baseline, one site at a time"]
    for name, values in found.items():
        ratio = np.median(np.array(values) / np.array(base[: len(values)]))
        print(f"{name:32s}{np.median(values):12.1f} simulations s-1 core-1{ratio:12.4f} times the baseline")


def scaling() -> None:
    """Time and memory up to 10,000 sites, spun up and run for 60 years: in blocks, then all at once."""
    rows = simulator().sites
    series = ("minimum_celsius", "maximum_celsius", "precipitation_mm")
    for way in ("in blocks", "at once"):
        for n in (100, 1_000, 10_000):
            places = np.arange(n) % len(rows)
            chosen = ("latitude_degrees", "sand", "silt", "clay", *series)
            sites = Sites(
                [f"site {i}" for i in range(n)], *(np.asarray(getattr(rows, name))[places] for name in chosen)
            )
            # one series serves all sites of a climate: the forcing is the caller's, its memory not the model's
            long = [[np.tile(values, 60) for values in np.asarray(getattr(rows, name))] for name in series]
            weather = Weather(sites.names, *([values[place] for place in places] for values in long))
            start = time.process_time()
            if way == "in blocks":
                for _, result in simulate_blocks(sites, BOTH[0], weather, tolerance=TOLERANCE):
                    result.net_ecosystem_production.sum(axis=1)
            else:
                Simulator(sites, weather).run(BOTH[0], tolerance=TOLERANCE)
            seconds = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{way}, {n:6d} sites, 720 months: {seconds:7.3f} s, {1e6 * seconds / n:6.1f} us a site, "
                f"peak {peak:5.0f} MB"
            )


if __name__ == "__main__":
    check_agreement()
    speeds()
    if "--scaling" in sys.argv:
        scaling()
