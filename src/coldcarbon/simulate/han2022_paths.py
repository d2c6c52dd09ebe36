r"""Planted path models of standardized variables at sites of a transect, chains and closed loops alike.

A model is a table of arrows. With A its coefficients and :math:`B = (I - A)^{-1}`, variables are :math:`B e` with
independent residuals e, whose variances follow from variances of one: :math:`(B \circ B)\, \psi = 1`. Residuals may
remember their neighbour along the transect; sums of them do so likewise. Every model here is invented: names are those
of the paper, sizes are not, except in `LOOP`, whose four coefficients are printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import published
from coldcarbon.simulate.memory import with_memory

__all__ = [
    "CHAIN",
    "LOOP",
    "MICROBIAL",
    "MILD_LOOP",
    "PLANT",
    "carbon_table",
    "coefficients",
    "correlations",
    "model_text",
    "residual_variances",
    "rows",
    "total_effects",
    "variables",
]

Floats = NDArray[np.float64]
Arrows = Mapping[tuple[str, str], float]

CHAIN: Final[dict[tuple[str, str], float]] = {
    ("rain", "moisture"): 0.6,
    ("warmth", "moisture"): -0.3,
    ("moisture", "carbon"): 0.5,
    ("carbon", "production"): 0.4,
    ("moisture", "production"): 0.3,
}
"""Climate, soil, production: (cause, effect) and coefficient."""
PLANT: Final[dict[tuple[str, str], float]] = {
    ("CIA", "EVI"): 0.4,
    ("CG", "EVI"): 0.3,
    ("CF", "CG"): 0.3,
    ("EVI", "ANPP"): 0.5,
    ("EVI", "TOP"): 0.4,
    ("CIA", "TOP"): 0.2,
    ("CG", "TOP"): 0.15,
    ("CF", "TOP"): 0.1,
    ("ANPP", "TOP"): 0.05,
}
"""Five plant factors; their total effects stand in the order that the paper prints."""
MICROBIAL: Final[dict[tuple[str, str], float]] = {
    ("BPLFA", "Cenzy"): 0.4,
    ("FPLFA", "Nenzy"): 0.3,
    ("BPLFA", "Penzy"): 0.3,
    ("Cenzy", "TOP"): 0.45,
    ("BPLFA", "TOP"): 0.2,
    ("Nenzy", "TOP"): 0.25,
    ("FPLFA", "TOP"): 0.1,
    ("Penzy", "TOP"): -0.2,
}
"""Five microbial factors; one with a negative effect, the others in the order that the paper prints."""
_CIRCLE: Final = ("climatic", "plant", "soil", "microbial")
LOOP: Final[dict[tuple[str, str], float]] = {
    (name, _CIRCLE[(place + 1) % len(_CIRCLE)]): published.get(f"han2022-sem-direct-{name}").value
    for place, name in enumerate(_CIRCLE)
}
"""One circle through the four groups with the printed coefficients, each on the arrow that leaves its group; the paper
does not say where arrows start and end."""
MILD_LOOP: Final[dict[tuple[str, str], float]] = dict(zip(LOOP, (0.7, 0.5, 0.6, 0.4), strict=True))
"""The same circle with coefficients that leave room for residuals."""


def variables(arrows: Arrows) -> tuple[str, ...]:
    """Names, in the order in which arrows mention them.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients.

    Returns
    -------
    tuple of str
    """
    return tuple(dict.fromkeys(name for arrow in arrows for name in arrow))


def model_text(arrows: Arrows) -> str:
    """The model as `coldcarbon.stats.path_models` reads it.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Their coefficients do not matter.

    Returns
    -------
    str
        One regression per line.
    """
    causes: dict[str, list[str]] = {}
    for cause, effect in arrows:
        causes.setdefault(effect, []).append(cause)
    return "\n".join(f"{effect} ~ {' + '.join(names)}" for effect, names in causes.items())


def coefficients(arrows: Arrows) -> Floats:
    """Matrix A of direct effects, columns on rows.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients.

    Returns
    -------
    numpy.ndarray, shape (k, k)
        In the order of `variables`.
    """
    place = {name: number for number, name in enumerate(variables(arrows))}
    found = np.zeros((len(place), len(place)))
    for (cause, effect), value in arrows.items():
        found[place[effect], place[cause]] = value
    return found


def _inverse(arrows: Arrows) -> Floats:
    a = coefficients(arrows)
    return np.asarray(np.linalg.inv(np.eye(len(a)) - a))


def residual_variances(arrows: Arrows) -> pd.Series:
    """Variances of residuals that give every variable a variance of one.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients; loops are allowed.

    Returns
    -------
    pandas.Series
        By variable.

    Raises
    ------
    ValueError
        If one of them would not be positive: such coefficients cannot be standardized ones.
    """
    names = variables(arrows)
    found = np.linalg.solve(_inverse(arrows) ** 2, np.ones(len(names)))
    wrong = [name for name, value in zip(names, found, strict=True) if value <= 0]
    if wrong:
        raise ValueError(f"the residual variance of {', '.join(wrong)} would not be positive: make arrows smaller")
    return pd.Series(found, index=list(names), name="residual_variance")


def correlations(arrows: Arrows) -> pd.DataFrame:
    """Correlations that a standardized path model implies.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients; loops are allowed.

    Returns
    -------
    pandas.DataFrame, shape (k, k)

    Raises
    ------
    ValueError
        As `residual_variances`.
    """
    names, b = list(variables(arrows)), _inverse(arrows)
    implied = (b * residual_variances(arrows).to_numpy()) @ b.T
    return pd.DataFrame(implied, index=names, columns=names)


def total_effects(arrows: Arrows, target: str) -> pd.Series:
    """Total effects of all others on one variable.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients.
    target : str
        The variable acted upon.

    Returns
    -------
    pandas.Series
        By cause, in standard deviations.
    """
    names = variables(arrows)
    row = _inverse(arrows)[names.index(target)]
    return pd.Series(row, index=list(names), name="total").drop(target)


def rows(arrows: Arrows, seed: int, *, replicates: int, n_sites: int | None = None, neighbours: float = 0.0) -> Floats:
    """Simulate studies of a path model.

    Parameters
    ----------
    arrows : mapping of (cause, effect) to float
        Standardized coefficients.
    seed : int
        The same seed gives the same numbers.
    replicates : int
        Studies.
    n_sites : int, optional
        Sites of each; by default the paper's 30.
    neighbours : float
        Correlation of one column at neighbouring sites, 0 to below 1.

    Returns
    -------
    numpy.ndarray, shape (replicates, n_sites, k)
        Normal columns of variance one in the order of `variables`.

    Raises
    ------
    ValueError
        If the memory leaves its range, or as `residual_variances`.
    """
    if not 0 <= neighbours < 1:
        raise ValueError(f"the correlation of neighbours must lie from 0 to below 1, not {neighbours}")
    n = int(published.get("han2022-n-sites").value) if n_sites is None else n_sites
    spread = np.sqrt(residual_variances(arrows).to_numpy())
    noise = np.random.default_rng(seed).normal(size=(replicates, n, len(spread)))
    return np.asarray((with_memory(noise, neighbours, axis=1) * spread) @ _inverse(arrows).T)


def carbon_table(seed: int, *, n_sites: int | None = None) -> pd.DataFrame:
    """Soil carbon of two kinds, their sum, and production, in the paper's units; all invented.

    Parameters
    ----------
    seed : int
        The same seed gives the same numbers.
    n_sites : int, optional
        By default the paper's 30.

    Returns
    -------
    pandas.DataFrame
        Columns SOC, SIC, TC = SOC + SIC (g kg-1), CN (ratio), production (standard deviations, about).
    """
    n = int(published.get("han2022-n-sites").value) if n_sites is None else n_sites
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"SOC": rng.normal(30, 12, n), "SIC": rng.normal(8, 4, n)}).clip(lower=0.1)
    table["TC"] = table["SOC"] + table["SIC"]
    table["CN"] = rng.normal(12, 2, n)
    table["production"] = 0.04 * table["SOC"] + 0.05 * table["SIC"] + rng.normal(0, 0.5, n)
    return table
