"""Samplers: the four calibrations at the paper's length, and effective samples a second.

The rows stand in ``century_rows.csv`` and ``century_weather.csv`` (see `century`): 30 sites for soil carbon, three
towers for fluxes. Observations are the model's own under the defaults, with the paper's errors, so that nothing but the
table is needed; timing does not care. Effective samples count those of the worst parameter, after burn-in.

Run: python benchmarks/assimilation.py
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

if __name__ == "__main__":  # before numpy is imported
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA")}

import numpy as np
from century import BOTH, simulator
from harness import Case

from coldcarbon import assimilation
from coldcarbon.assimilation import Box, Calibration, Calibrations, Misfit, Relative
from coldcarbon.century import SYMBOLS, priors

TEST_STEPS, CHAINS, STEPS = 20_000, 3, 10_000
START = np.array([*BOTH, *BOTH])
LIMIT = 300  # seconds for the four calibrations at the paper's length
LARGE = 570  # soil samples of the paper, a site each


@cache
def calibrations() -> Calibrations:
    """Opt1 and Opt2 of meadow and steppe."""
    model, random = simulator(), np.random.default_rng(1)
    result = model.run(BOTH)
    group = np.asarray(model.groups)
    assert model.weather is not None  # for the type checker
    of_tower = [int(group[model.sites.names.index(name)]) for name in model.weather.names]
    towers = set(model.weather.names)
    terms = []
    for place in (0, 1):
        sites = [k for k, name in enumerate(model.sites.names) if group[k] == place and name not in towers]
        soil = result.soil_carbon_kg[sites] * np.exp(0.3 * random.standard_normal(len(sites)))
        rows = [(t, m) for t, g in enumerate(of_tower) if g == place for m in range(model.weather.lengths[t])]
        tower, month = np.array(rows).T
        clean = result.net_ecosystem_production[tower, month]
        nep = clean + np.maximum(0.3 * np.abs(clean), 10) * random.standard_normal(clean.size)
        terms.append((
            (Misfit("SOC", soil, Relative(0.3), [f"site {k}" for k in sites]), assimilation.soil_carbon(sites)),
            (Misfit("NEP", nep, Relative(0.3, 10), [f"{t}, {m}" for t, m in rows]), assimilation.flux(tower, month)),
        ))  # fmt: skip
    names = ("meadow", "steppe")
    problems = [Calibration(f"{names[g]}, Opt{k}", g, terms[g][:k]) for k in (1, 2) for g in (0, 1)]
    return Calibrations(model, Box(SYMBOLS, *priors()), problems)


def printed(outside: str = "redraw") -> Callable[[], object]:
    target = calibrations()
    settings = {"test_steps": TEST_STEPS, "chains": CHAINS, "steps": STEPS}
    return lambda: assimilation.published(target, START, outside=outside, seed=1, **settings).formal  # type: ignore[arg-type]


def mended(outside: str = "reflect", pull: bool = False) -> Callable[[], object]:
    target, steps = calibrations(), (TEST_STEPS + CHAINS * STEPS) // CHAINS
    return lambda: assimilation.corrected(
        target, START, outside=outside, pull=pull, chains=CHAINS, steps=steps, seed=1,  # type: ignore[arg-type]
    ).formal  # fmt: skip


def following() -> Callable[[], object]:
    target = calibrations()
    return lambda: assimilation.guided(target, START, seed=1).formal


CASES = [
    Case("Four calibrations as printed, steps drawn again", printed, None, None, "50,000 runs each, 33 rows"),
    Case("Four calibrations, reflected", mended, None, None, "50,000 runs each, 33 rows"),
]


def speeds() -> None:
    """Time and effective samples of each sampler, one core."""
    kinds = {
        "as printed, drawn again": printed("redraw"),
        "as printed, refused": printed("reject"),
        "reflected": mended(),
        "transformed": mended("transform"),
        "transformed, pulled": mended("transform", pull=True),
        "guided": following(),
    }
    target = calibrations()
    target.log_density(START[:, None])  # compiles
    for name, call in kinds.items():
        start, began = time.process_time(), time.perf_counter()
        chains = call()
        seconds, wall = time.process_time() - start, time.perf_counter() - began
        tables = [
            assimilation.summary(chains.after(problem, 0.1 if name == "guided" else 0.5), SYMBOLS)  # type: ignore[attr-defined]
            for problem in target.names
        ]
        worth = ", ".join(
            f"{table['ess_bulk'].min() / seconds:.2f} (R-hat {table['rank_rhat'].max():.2f})" for table in tables
        )
        print(
            f"{name:26s}{seconds:8.1f} s of one core ({wall:.0f} s passed) for four calibrations; "
            f"effective samples s-1 each: {worth}",
            flush=True,
        )
    walkers = assimilation.laplace(target, START[:, None]).starts(64, np.random.default_rng(1))
    for place, name in enumerate(target.names):
        start = time.process_time()
        walked = assimilation.ensemble(target.only(name), walkers[place], 50_000 // 64, seed=1)
        seconds = time.process_time() - start
        table = assimilation.summary(walked.after(name), SYMBOLS)
        rate, hat = table["ess_bulk"].min() / seconds, table["rank_rhat"].max()
        print(
            f"emcee, {name:19s}{seconds:8.1f} s; effective samples s-1: {rate:.2f}; R-hat {hat:.2f}, "
            "not converged above 1.01",
            flush=True,
        )


def four_on_two_cores() -> None:
    """Time of the paper's protocol in both readings at once, and what 570 sites would take."""
    start, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda call: call(), [printed("redraw"), printed("reject")]))
    seconds, wall = time.process_time() - start, time.perf_counter() - began
    print(
        f"both readings of the protocol at once, four calibrations each, 33 rows, two threads: {wall:.0f} s passed, "
        f"{seconds:.0f} s of the processor; allowed for one reading on two cores: {LIMIT} s",
        flush=True,
    )
    rows, runs = len(simulator().sites), TEST_STEPS + CHAINS * STEPS
    points = np.repeat(START[:, None], CHAINS, axis=1)
    start = time.process_time()
    for _ in range(300):
        calibrations().log_density(points)
    one = (time.process_time() - start) / 300 / CHAINS  # four calibrations, one set each
    more = one * (LARGE + 21) / rows * runs
    print(
        f"{1e6 * one:.0f} us for a set of each calibration; {LARGE} samples, 21 towers: {more / 60:.0f} min on one core"
    )


if __name__ == "__main__":
    speeds()
    four_on_two_cores()
