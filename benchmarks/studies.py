"""Simulation studies of the chapters at full size: twenty thousand studies where a page shows a tenth or less.

The pages keep their sizes in their cells of parameters; here the same functions run in batches, so that memory stays
that of one batch. Nothing in R does the same, so the times stand alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from harness import Case
from scipy import stats

from coldcarbon.simulate import han2022_factors, han2022_projections, yun2024
from coldcarbon.stats.path_chains import chain_fits
from coldcarbon.stats.stepwise import stepwise_selection

STUDIES = 20_000
BATCH = 1_000


def search_for_chains() -> Callable[[], object]:
    """han2022/small-samples: every chain of every group in studies of noise, neighbours alike."""
    groups = han2022_factors.group_columns().values()

    def call() -> float:
        found = 0
        for seed in range(STUDIES // BATCH):
            table, production = han2022_factors.factors(seed, replicates=BATCH, neighbours=0.5)
            accepted = [chain_fits(table[..., columns], production).accepted().any(axis=(1, 2)) for columns in groups]
            found += int(np.any(accepted, axis=0).sum())
        return found / STUDIES

    return call


def ensembles_of_models() -> Callable[[], object]:
    """han2022/oxygen-production: false alarms over years and over models."""

    def call() -> list[float]:
        alarms = []
        for seed in range(STUDIES // BATCH):
            nep, _ = han2022_projections.nep_panel(seed, replicates=BATCH)
            mean = nep.mean(axis=1)
            years = stats.ttest_ind(mean[:, :16], mean[:, 16:], axis=1).pvalue
            step = nep[..., 16:].mean(axis=-1) - nep[..., :16].mean(axis=-1)
            alarms.append([np.mean(p < 0.05) for p in (years, stats.ttest_1samp(step, 0, axis=1).pvalue)])
        return [float(share) for share in np.mean(alarms, axis=0)]

    return call


def panels_of_ratios() -> Callable[[], object]:
    """yun2024, all simulated chapters: the study design itself."""

    def call() -> float:
        means = [yun2024.panel(seed, replicates=BATCH // 2).site_mean().mean() for seed in range(2 * STUDIES // BATCH)]
        return float(np.mean(means))

    return call


def selections() -> Callable[[], object]:
    """yun2024/drivers: stepwise selection by AIC where nothing is planted."""
    rng = np.random.default_rng(1)
    predictors = rng.standard_normal((80, 8))

    def call() -> object:
        return [
            stepwise_selection(predictors, rng.standard_normal((80, BATCH))).kept.any(axis=0).mean()
            for _ in range(STUDIES // BATCH)
        ]

    return call


CASES = [
    Case("search for chains in noise", search_for_chains, None, None, f"{STUDIES:,} studies of 44 factors at 30 sites"),
    Case("tests over years and models", ensembles_of_models, None, None, f"{STUDIES:,} ensembles of 14 models"),
    Case("panels of biomass ratios", panels_of_ratios, None, None, f"{STUDIES:,} studies of 21 site x type, 27 years"),
    Case("stepwise selection", selections, None, None, f"{STUDIES:,} responses, 80 rows, 8 predictors"),
]
