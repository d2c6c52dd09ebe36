"""Actual evaporation in the long run from precipitation and potential evaporation (the Budyko curves).

A proxy, not a measurement: it holds for means over years, in catchments where storage does not change, and knows no
soil, no vegetation and no season. Both curves stay below both limits, E <= P (water) and E <= PET (energy).
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["FU_PARAMETER", "budyko_evaporation"]

FU_PARAMETER: Final = 2.6
"""The parameter of Fu's curve for vegetated catchments on the whole; near it the curve is close to Budyko's."""


def budyko_evaporation(
    precipitation_mm: ArrayLike | pd.Series,
    potential_mm: ArrayLike | pd.Series,
    *,
    curve: Literal["budyko", "fu"] = "budyko",
    parameter: float = FU_PARAMETER,
) -> NDArray[np.float64]:
    """Mean annual actual evaporation by a Budyko curve.

    With phi = PET / P,

    - Budyko (1974): ``E / P = sqrt(phi tanh(1 / phi) (1 - exp(-phi)))``, which has no parameter;
    - Fu (1981): ``E / P = 1 + phi - (1 + phi^w)^(1 / w)``, with ``w`` above 1.

    Parameters
    ----------
    precipitation_mm, potential_mm : array_like or pandas.Series, any shape
        Mean annual precipitation and potential evapotranspiration, in mm yr-1 (or any one unit for both). NaN gives
        NaN: this is a transformation by row, not an analysis.
    curve : {"budyko", "fu"}
        Which curve.
    parameter : float
        ``w`` of Fu's curve; not used by Budyko's.

    Returns
    -------
    numpy.ndarray
        Evaporation in the unit of the input, shape of the input; 0 where precipitation or potential is 0.

    Raises
    ------
    ValueError
        For negative or infinite input (the first place is named), unequal shapes, an unknown curve, w <= 1.

    References
    ----------
    Budyko, M. I. (1974). Climate and Life. Academic Press, New York.
    Fu, B. P. (1981). On the calculation of the evaporation from land surface. Scientia Atmospherica Sinica 5, 23-31.
    Zhang, L., et al. (2004). A rational function approach for estimating mean annual evapotranspiration. Water
    Resources Research 40, W02502, doi:10.1029/2003WR002710 (Fu's curve and its parameter).
    """
    if curve not in ("budyko", "fu"):
        raise ValueError(f"curve must be 'budyko' or 'fu', not {curve!r}")
    if not (np.isfinite(parameter) and parameter > 1):
        raise ValueError(f"the parameter of Fu's curve must be above 1, not {parameter}")
    water = _checked("precipitation_mm", precipitation_mm)
    energy = _checked("potential_mm", potential_mm)
    if water.shape != energy.shape:
        raise ValueError(f"precipitation_mm has shape {water.shape}, potential_mm {energy.shape}: they must agree")
    evaporation = np.where(np.isnan(water) | np.isnan(energy), np.nan, 0.0)
    wet = (water > 0) & (energy > 0)
    p, e = water[wet], energy[wet]
    if curve == "budyko":
        with np.errstate(over="ignore"):  # 1 / phi may be infinite, its tanh is 1
            evaporation[wet] = np.sqrt(p * e * np.tanh(p / e) * -np.expm1(-e / p))
    else:
        # (P^w + PET^w)^(1/w) from the larger of the two, so that no power overflows; the sum less the larger is the
        # smaller one, less what the root adds
        large, small = np.maximum(p, e), np.minimum(p, e)
        excess = np.expm1(np.log1p((small / large) ** parameter) / parameter)
        evaporation[wet] = small - large * excess
    return evaporation


def _checked(name: str, values: ArrayLike | pd.Series) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float)
    wrong = (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = values.index[place[0]] if isinstance(values, pd.Series) else ", ".join(map(str, place)) or "0"
        raise ValueError(f"{name} in row {where} is {numbers[place]:g}: amounts of water are finite and not negative")
    return numbers
