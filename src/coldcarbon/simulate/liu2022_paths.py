r"""Late seasons of many towers with planted paths: what drives fluxes within a tower and what tells towers apart.

A tower i has means of its drivers, which differ between towers, and years t in which drivers and fluxes depart from
the tower's own mean:

    driver_it = m_i + x_it,    flux_it = mean + between . m_i + a_i + (within + u_i) . x_it + e_it,

for the fluxes GPP and TER; uptake is GPP - TER + gap. Residuals e of GPP and TER are correlated, since both are parted
from one measured flux. Slopes differ between towers by u_i. ``gap`` is what keeps measured towers from the exact
identity: net flux and its two parts are filled each in its own way. The planted values are round numbers of the usual
order, chosen here; none is estimated from a data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BETWEEN", "DRIVERS", "SIZES", "UNITS", "VARIABLES", "WITHIN", "PathPanel", "path_panel"]

Floats = NDArray[np.float64]

DRIVERS: Final = ("temperature", "light", "water", "pregpp")
VARIABLES: Final = (*DRIVERS, "gpp", "ter", "gap", "uptake")
UNITS: Final[dict[str, str]] = {
    "temperature": "degrees Celsius",
    "light": "umol m-2 s-1",
    "water": "% of volume",
    **dict.fromkeys(("pregpp", "gpp", "ter", "gap", "uptake"), "g C m-2 per season"),
}
WITHIN: Final[dict[str, tuple[float, ...]]] = {"gpp": (6.0, 0.5, 1.5, 0.18), "ter": (12.0, 0.1, 1.5, 0.12)}
"""Mean slope within towers, g C m-2 per season and unit of each of `DRIVERS`."""
BETWEEN: Final[dict[str, tuple[float, ...]]] = {"gpp": (-2.0, 0.2, -1.0, 0.28), "ter": (0.0, -0.2, 0.0, 0.17)}
"""Slope of a tower's mean flux on its mean drivers."""
SIZES: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15)
"""Years of each tower unless others are asked for."""

_MEANS: Final = np.array([7.0, 250.0, 30.0, 800.0])
_WITHIN_SD: Final = np.array([1.2, 20.0, 5.0, 110.0])
_BETWEEN_SD: Final = np.array([3.0, 50.0, 12.0, 320.0])
_FLUX_MEANS: Final = np.array([180.0, 190.0])
_SITE_SD: Final = np.array([50.0, 35.0])  # a_i of GPP and TER
_RESIDUAL_SD: Final = np.array([45.0, 28.0])
_RESIDUAL_R: Final = 0.5
_GAP_SD: Final = 12.0
# drivers go together: warm years are bright ones, warm places are productive ones
_WITHIN_R: Final = np.array([[1, 0.3, -0.1, 0.1], [0.3, 1, -0.3, 0], [-0.1, -0.3, 1, 0], [0.1, 0, 0, 1]])
_BETWEEN_R: Final = np.array([[1, 0.5, 0, 0.6], [0.5, 1, -0.1, 0.2], [0, -0.1, 1, 0], [0.6, 0.2, 0, 1]])


@dataclass(frozen=True, eq=False)
class PathPanel:
    """Simulated late seasons.

    Attributes
    ----------
    values : numpy.ndarray, shape (replicates, rows, 8)
        In the order of `VARIABLES`, units `UNITS`.
    sites : numpy.ndarray, shape (rows,)
        Number of the tower of each row, the same in all replicates.
    truth : pandas.DataFrame
        Index (left, right); ``slope`` within a tower in the units of the data, ``standardized`` in standard deviations
        of departures from towers' means. For uptake, the paths of the identity.
    """

    values: Floats
    sites: NDArray[np.int64]
    truth: pd.DataFrame

    def frame(self, replicate: int = 0) -> pd.DataFrame:
        """One replicate as a table.

        Parameters
        ----------
        replicate : int
            Which one.

        Returns
        -------
        pandas.DataFrame
            Column ``site`` and `VARIABLES`.
        """
        table = pd.DataFrame(self.values[replicate], columns=list(VARIABLES))
        table.insert(0, "site", [f"SM-{number:02d}" for number in self.sites])
        return table

    def anomalies(self) -> Floats:
        """Departures of `values` from the mean of each tower, same shape."""
        count = np.bincount(self.sites)
        onto = (self.sites[:, None] == np.arange(len(count))).astype(float)
        means = np.einsum("ns,rnv->rsv", onto, self.values) / count[:, None]
        return self.values - means[:, self.sites]


def _truth(slope_sd: float) -> pd.DataFrame:
    drivers = _WITHIN_SD[:, None] * _WITHIN_R * _WITHIN_SD
    slopes = np.array([WITHIN["gpp"], WITHIN["ter"]])
    fluxes = slopes @ drivers @ slopes.T
    residual = _RESIDUAL_SD[:, None] * np.array([[1.0, _RESIDUAL_R], [_RESIDUAL_R, 1.0]]) * _RESIDUAL_SD
    # slopes that differ between towers add variance: each by (slope_sd x residual SD)^2, of GPP and of TER by itself
    fluxes = fluxes + residual + np.diag(len(DRIVERS) * (slope_sd * _RESIDUAL_SD) ** 2)
    net = np.array([1.0, -1.0])
    uptake = float(net @ fluxes @ net) + _GAP_SD**2
    sd = np.sqrt(np.diag(fluxes))
    rows = [
        (left, right, slopes[n, m], slopes[n, m] * _WITHIN_SD[m] / sd[n])
        for n, left in enumerate(("gpp", "ter"))
        for m, right in enumerate(DRIVERS)
    ]
    rows += [("uptake", right, net[n], net[n] * sd[n] / np.sqrt(uptake)) for n, right in enumerate(("gpp", "ter"))]
    return pd.DataFrame(rows, columns=["left", "right", "slope", "standardized"]).set_index(["left", "right"])


def path_panel(seed: int = 0, *, sizes: Sequence[int] = SIZES, replicates: int = 1, slope_sd: float = 0.3) -> PathPanel:
    """Simulate late seasons of towers, many times.

    Parameters
    ----------
    seed : int
        The same seed gives the same panel.
    sizes : sequence of int
        Years of each tower, each at least two.
    replicates : int
        How many times.
    slope_sd : float
        How much slopes differ between towers: standard deviation of the effect of one standard deviation of a driver,
        over the residual standard deviation of the flux.

    Returns
    -------
    PathPanel
        Cost: one array operation for all replicates.

    Raises
    ------
    ValueError
        For fewer than two towers, a tower of one year, no replicate or a negative ``slope_sd``.
    """
    count = np.asarray(sizes, np.int64)
    if len(count) < 2 or (count < 2).any():
        raise ValueError("at least two towers with at least two years each are needed")
    if replicates < 1 or slope_sd < 0:
        raise ValueError("replicates must be at least 1 and slope_sd not negative")
    rng = np.random.default_rng(seed)
    n_sites, sites = len(count), np.repeat(np.arange(len(count)), count)
    shape, places = (replicates, len(sites)), (replicates, n_sites)
    means = rng.standard_normal((*places, 4)) @ np.linalg.cholesky(_BETWEEN_R).T * _BETWEEN_SD
    departures = rng.standard_normal((*shape, 4)) @ np.linalg.cholesky(_WITHIN_R).T * _WITHIN_SD
    drivers = _MEANS + means[:, sites] + departures
    root = np.linalg.cholesky(np.array([[1.0, _RESIDUAL_R], [_RESIDUAL_R, 1.0]]))
    residual = rng.standard_normal((*shape, 2)) @ root.T * _RESIDUAL_SD
    level = _FLUX_MEANS + rng.standard_normal((*places, 2)) * _SITE_SD
    fluxes = np.empty((*shape, 2))
    for n, flux in enumerate(("gpp", "ter")):
        spread = slope_sd * _RESIDUAL_SD[n] / _WITHIN_SD
        slopes = np.array(WITHIN[flux]) + rng.standard_normal((*places, 4)) * spread
        site_mean = level[..., n] + means @ np.array(BETWEEN[flux])
        fluxes[..., n] = site_mean[:, sites] + (slopes[:, sites] * departures).sum(axis=-1) + residual[..., n]
    gap = rng.standard_normal(shape) * _GAP_SD
    uptake = fluxes[..., 0] - fluxes[..., 1] + gap
    values = np.concatenate([drivers, fluxes, gap[..., None], uptake[..., None]], axis=-1)
    return PathPanel(values, sites, _truth(slope_sd))
