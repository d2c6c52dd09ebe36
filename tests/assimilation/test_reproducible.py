"""A seed means one run: whatever runs beside it or ran before, and whatever kernels linear algebra finds."""

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from coldcarbon.assimilation import Box, Calibration, Calibrations, Misfit, Relative, corrected, guided, soil_carbon
from coldcarbon.century import SYMBOLS, Simulator, Sites, defaults, priors

WARMTH = np.cos(2 * np.pi * (np.arange(12) - 6.5) / 12)
START = np.array([defaults("meadow")])


@pytest.fixture
def target():
    """Four soils."""
    mean = np.array([-1.0, 0.5, 0.0, 1.0])[:, None] + 10 * WARMTH
    rain = np.array([520.0, 450, 330, 280])[:, None] / 12 * (1 + 0.9 * WARMTH)
    sites = Sites(["a", "b", "c", "d"], [37, 35, 32, 31], 0.5, 0.35, 0.15, mean - 7, mean + 7, rain)
    soil = Misfit("SOC", [6.0, 4.0, 3.0, 2.5], Relative(0.3), list("abcd"))
    return Calibrations(Simulator(sites), Box(SYMBOLS, *priors()), [
        Calibration("Opt1", 0, [(soil, soil_carbon(range(4)))])
    ])  # fmt: skip


def walks(target):
    return [
        lambda: corrected(target, START, outside="transform", pull=True, chains=3, steps=400, searches=2, seed=1),
        lambda: corrected(target, START, outside="reflect", chains=3, steps=400, searches=2, seed=2),
        lambda: guided(target, START, steps=150, crowd=16, rounds=(100, 100), searches=2, seed=3),
    ]


def test_threads_and_earlier_calls_change_nothing(target):
    alone = [walk().formal for walk in walks(target)]
    target.model.run_many(target.box.spread(40, np.random.default_rng(1)))  # sites are now taken in another order
    with ThreadPoolExecutor(2) as pool:
        beside = [job.result().formal for job in [pool.submit(walk) for walk in walks(target)]]
    for one, other in zip(alone, beside, strict=True):
        assert np.array_equal(one.points, other.points)
        assert np.array_equal(one.log_density, other.log_density)


SCRIPT = """
import json, sys
import numpy as np
from coldcarbon.assimilation import Box, corrected, guided, linear, published
random = np.random.default_rng(1)
slopes = random.standard_normal((30, 24)) * np.geomspace(20, 0.01, 24)
data = random.random((2, 24)) @ slopes.T + random.standard_normal((2, 30))
target = linear(Box([f"p{k}" for k in range(24)], [0] * 24, [1] * 24), slopes, data)
start = np.full((2, 24), 0.5)
ends = [
    corrected(target, start, outside="transform", pull=True, steps=1500, seed=1).formal,
    corrected(target, start, outside="reflect", steps=1500, seed=2).formal,
    guided(target, start, steps=500, rounds=(200, 200), seed=3).formal,
    published(target, start, outside="reflect", scale=0.2, test_steps=1500, steps=800, seed=4).formal,
]
json.dump([end.points[:, :, -1].tolist() for end in ends], sys.stdout)
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="kernels are named for processors of this family")
def test_another_kernel_of_linear_algebra_gives_the_same_chains():
    """Last digits differ between kernels; chains that learn once made other runs, and other verdicts, of that."""
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
        )
        for kernel in ("Nehalem", "Haswell")  # any processor of the last ten years has both
    ]
    one, other = (json.loads(job.communicate()[0]) for job in jobs)
    for first, second in zip(one, other, strict=True):
        assert np.allclose(first, second, rtol=0, atol=1e-8)
