"""The two calibrations of a vegetation type: Opt1 sees soil carbon, Opt2 sees soil carbon and fluxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.assimilation.box import Box
from coldcarbon.assimilation.cost import Error, Misfit
from coldcarbon.assimilation.protocol import Guided, guided
from coldcarbon.assimilation.target import Calibration, Calibrations, Model, flux, soil_carbon

__all__ = ["OPTS", "fit_opts", "opts"]

OPTS = ("Opt1", "Opt2")


def opts(
    name: str, group: int, soil: pd.DataFrame, nep: pd.DataFrame, errors: Sequence[Error]
) -> tuple[Calibration, Calibration]:
    """Problems of one type: they share the misfit of soil carbon, so it is worked out once.

    Parameters
    ----------
    name : str
        Of the type or of the fit; the problems are called ``"name, Opt1"`` and ``"name, Opt2"``.
    group : int
        Group of sites of the model.
    soil : pandas.DataFrame
        Sites that are fitted: site, position (in the model), soil_carbon_kg_per_m2.
    nep : pandas.DataFrame
        Months that are fitted: site, tower and position (series and month in the model), nep_g_C_per_m2_per_month.
    errors : two errors
        Of soil carbon and of a month's NEP.

    Returns
    -------
    tuple of two Calibration
    """
    of_soil, of_nep = errors
    carbon = Misfit("SOC", soil["soil_carbon_kg_per_m2"], of_soil, list(soil["site"])), soil_carbon(soil["position"])
    fluxes = (
        Misfit("NEP", nep["nep_g_C_per_m2_per_month"], of_nep, list(nep["site"])),
        flux(nep["tower"], nep["position"]),
    )
    return Calibration(f"{name}, Opt1", group, [carbon]), Calibration(f"{name}, Opt2", group, [carbon, fluxes])


def fit_opts(
    models: Sequence[Model],
    box: Box,
    starts: Mapping[str, ArrayLike],
    soil: pd.DataFrame,
    nep: pd.DataFrame,
    errors: Sequence[Error],
    *,
    settings: Sequence[Mapping[str, Any]],
) -> tuple[Guided, Guided]:
    """Sample the posteriors of Opt1 and of Opt2 for each type.

    Opt1 has a model of its own, which need not know towers and is faster without them.

    Parameters
    ----------
    models : two Model
        For Opt1 and for Opt2. Both have the sites of ``soil`` in the same positions.
    box : Box
        Priors of d parameters.
    starts : mapping of str to array_like, shape (d,)
        Defaults by type. The order of the types is that of the groups of the models.
    soil, nep : pandas.DataFrame
        As in `opts`, of all types, with the type in the column vegetation.
    errors : two errors
        As in `opts`.
    settings : two mappings
        For Opt1 and for Opt2: options of `guided`, its seed among them.

    Returns
    -------
    tuple of two Guided
        Of Opt1 and of Opt2, with the types as problems, ``"meadow, Opt1"`` for one.

    Raises
    ------
    ValueError
        If a type has no soils or no months; as `guided`.
    """
    problems: list[tuple[Calibration, Calibration]] = []
    for group, place in enumerate(starts):
        s, n = (table[table["vegetation"] == place] for table in (soil, nep))
        if s.empty or n.empty:
            raise ValueError(f"{place!r} has {len(s)} soils and {len(n)} months; Opt2 needs both")
        problems.append(opts(place, group, s, n, errors))
    begin = np.array([np.asarray(start, dtype=np.float64) for start in starts.values()])
    first, second = (
        guided(Calibrations(model, box, calibrations), begin, **options)
        for model, calibrations, options in zip(models, zip(*problems, strict=True), settings, strict=True)
    )
    return first, second
