"""The 24 parameters that zhao2022 estimates: code name, full name, default, prior range and the unit they really have.

The paper's Table 1 gives several units that the code contradicts (rates of decay in g C month-1, shapes in degrees).
Here a unit is what the equations ask for; what was printed stays in `coldcarbon.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from coldcarbon import published

__all__ = ["PARAMETERS", "VEGETATION", "Parameter", "as_vector", "defaults", "midpoints", "priors", "table"]

VEGETATION = ("meadow", "steppe")

# symbol: (name, unit, meaning). The order is that of Table 1 and of every parameter vector.
DESCRIBED: dict[str, tuple[str, str, str]] = {
    "PRDX(1)": (
        "potential_production",
        "g biomass m-2 month-1 (langley d-1)-1",
        "total production per unit of radiation outside the atmosphere",
    ),
    "PPDF(1)": ("optimum_temperature", "degC", "temperature at which growth is fastest"),
    "PPDF(2)": ("maximum_temperature", "degC", "temperature above which nothing grows"),
    "PPDF(3)": ("growth_curve_left_shape", "1", "shape of the growth curve below the optimum"),
    "PPDF(4)": ("growth_curve_right_shape", "1", "shape of the growth curve above the optimum"),
    "PPRPTS(3)": ("unrestricted_water_ratio", "1", "available water over PET from which water no longer limits growth"),
    "FSDETH(1)": ("shoot_death", "month-1", "largest share of shoots that dies in a very dry month"),
    "FALLRT": ("fall_of_standing_dead", "month-1", "share of standing dead that falls"),
    "RDR": ("root_death", "month-1", "largest share of roots that dies in very dry soil"),
    "DEC3(1)": ("surface_microbe_rate", "yr-1", "decomposition rate of surface microbes, SOM1C(1)"),
    "DEC3(2)": ("active_rate", "yr-1", "decomposition rate of the active pool, SOM1C(2)"),
    "DEC4": ("passive_rate", "yr-1", "decomposition rate of the passive pool, SOM3C"),
    "DEC5(1)": ("surface_slow_rate", "yr-1", "decomposition rate of the slow pool of the surface, SOM2C(1)"),
    "DEC5(2)": ("slow_rate", "yr-1", "decomposition rate of the slow pool of the soil, SOM2C(2)"),
    "TEFF(1)": ("decomposition_inflection_temperature", "degC", "where the temperature curve of decay bends"),
    "TEFF(2)": ("decomposition_inflection_height", "1", "height of that curve there, before it is scaled"),
    "TEFF(3)": ("decomposition_step", "1", "height between the ends of that curve"),
    "P1CO2A(1)": ("surface_microbe_respired", "1", "share respired when SOM1C(1) decays"),
    "P1CO2A(2)": ("active_respired_without_sand", "1", "share respired when SOM1C(2) decays, soil without sand"),
    "P1CO2B(1)": (
        "surface_microbe_sand_slope",
        "1",
        "slope of that share on sand at the surface; the code never uses it",
    ),
    "P1CO2B(2)": ("active_sand_slope", "1", "slope of that share on sand in the soil"),
    "P2CO2(1)": ("surface_slow_respired", "1", "share respired when SOM2C(1) decays"),
    "P2CO2(2)": ("slow_respired", "1", "share respired when SOM2C(2) decays"),
    "P3CO2": ("passive_respired", "1", "share respired when SOM3C decays"),
}
ROUNDING = 1e-12  # a proposal reflected at a bound may miss it by rounding, as a share of the range


@dataclass(frozen=True)
class Parameter:
    """One of the 24.

    Attributes
    ----------
    symbol, name : str
        Name in the CENTURY code, and in words.
    unit, meaning : str
        Unit that the equations ask for ("1": none), and what it does.
    low, high : float
        Bounds of the uniform prior.
    meadow, steppe : float
        Defaults.
    """

    symbol: str
    name: str
    unit: str
    meaning: str
    low: float
    high: float
    meadow: float
    steppe: float

    @property
    def midpoint(self) -> float:
        """Middle of the prior."""
        return (self.low + self.high) / 2


@cache
def _parameters() -> tuple[Parameter, ...]:
    printed = published.load_table1()
    if list(printed.index) != list(DESCRIBED):
        raise ValueError("the parameters of zhao2022-table1.csv are not those the model knows")
    return tuple(
        Parameter(
            str(symbol),
            *DESCRIBED[str(symbol)],
            low=float(row["prior_min"]),
            high=float(row["prior_max"]),
            meadow=float(row["default_meadow"]),
            steppe=float(row["default_steppe"]),
        )
        for symbol, row in printed.iterrows()
    )


PARAMETERS: tuple[Parameter, ...] = _parameters()
SYMBOLS = tuple(parameter.symbol for parameter in PARAMETERS)


def table() -> pd.DataFrame:
    """The 24 parameters.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``symbol``, with the attributes of `Parameter`, ``midpoint`` and ``prior_sd``; then posterior means
        and coefficients of variation (per cent) as printed. Six printed cells are lost and stay missing.
    """
    rows = [{**vars(parameter), "midpoint": parameter.midpoint} for parameter in PARAMETERS]
    frame = pd.DataFrame(rows).set_index("symbol")
    frame["prior_sd"] = (frame["high"] - frame["low"]) / np.sqrt(12)
    printed = published.load_table1()
    columns = [name for name in printed if str(name).endswith(("_mean", "_cv"))]
    return frame.join(printed[columns])


def priors() -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the uniform priors.

    Returns
    -------
    low, high : numpy.ndarray, shape (24,)
    """
    return np.array([p.low for p in PARAMETERS]), np.array([p.high for p in PARAMETERS])


def midpoints() -> np.ndarray:
    """Middles of the priors; where a printed mean is lost they let the model run, and stand for no result.

    Returns
    -------
    numpy.ndarray, shape (24,)
    """
    return np.array([p.midpoint for p in PARAMETERS])


def defaults(vegetation: str) -> np.ndarray:
    """Default values.

    Parameters
    ----------
    vegetation : str
        ``"meadow"`` or ``"steppe"``.

    Returns
    -------
    numpy.ndarray, shape (24,)
    """
    if vegetation not in VEGETATION:
        raise ValueError(f"no defaults for {vegetation!r}; there are {' and '.join(VEGETATION)}")
    return np.array([getattr(p, vegetation) for p in PARAMETERS])


def as_vector(values: Mapping[str, float], base: Sequence[float] | np.ndarray) -> np.ndarray:
    """A parameter vector with some values changed.

    Parameters
    ----------
    values : mapping
        Values by symbol or by name.
    base : array_like, shape (24,)
        The others.

    Returns
    -------
    numpy.ndarray, shape (24,)

    Raises
    ------
    KeyError
        If no parameter has that symbol or name.
    ValueError
        As `refuse_outside`.
    """
    vector = np.array(base, dtype=float)
    places = {name: place for place, p in enumerate(PARAMETERS) for name in (p.symbol, p.name)}
    for name, value in values.items():
        if name not in places:
            raise KeyError(f"no parameter {name!r}; the parameters are {', '.join(SYMBOLS)}")
        vector[places[name]] = value
    refuse_outside(vector)
    return vector


def refuse_outside(vectors: np.ndarray) -> None:
    """Refuse parameters that are not 24, outside their prior, or have the optimum of growth above its maximum.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (..., 24)
        Parameter vectors.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its prior.
    """
    vectors = np.asarray(vectors, dtype=float)
    if vectors.ndim == 0 or vectors.shape[-1] != len(PARAMETERS):
        raise ValueError(f"a parameter vector has {len(PARAMETERS)} values; got an array of shape {vectors.shape}")
    low, high = priors()
    room = ROUNDING * (high - low)
    outside = ~((vectors >= low - room) & (vectors <= high + room))
    if outside.any():
        where = tuple(int(i) for i in np.argwhere(outside)[0])
        p = PARAMETERS[where[-1]]
        row = f" in row {where[0]}" if len(where) > 1 else ""
        raise ValueError(f"{p.symbol} = {vectors[where]:g}{row} is outside its prior, {p.low:g} to {p.high:g}")
    optimum, maximum = (SYMBOLS.index(f"PPDF({i})") for i in (1, 2))
    if (vectors[..., maximum] <= vectors[..., optimum]).any():
        raise ValueError("PPDF(2), the maximum temperature of growth, must be above PPDF(1), the optimum")
