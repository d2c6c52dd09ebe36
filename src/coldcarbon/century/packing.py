"""Soil, climate and constants in the columns that the kernel reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.decay import STEP
from coldcarbon.century.prepared import Climate, Soil

__all__ = ["pack_climate", "pack_constants", "pack_soil"]

Array = NDArray[np.float64]


def pack_climate(climate: Climate, constants: Constants) -> Array:
    """Forcing, with everything worked out that no state enters.

    Parameters
    ----------
    climate : Climate
        Of n sites.
    constants : Constants
        Named set.

    Returns
    -------
    numpy.ndarray, shape (n, months times 13)
        Rows LIGHT to DRYNESS of the kernel for each month in turn.
    """
    cold = climate.mean <= 0
    height = 25.4 / (1 + 18 * np.exp(-0.2 * climate.high))
    night = climate.weight_of_low
    highest, lowest = climate.high - 0.13 * height, climate.low - 1.78
    warmth = np.where(climate.mean >= constants.tmelt[0], climate.mean - constants.tmelt[0], 0.0)
    columns = (
        np.where(climate.growing, climate.langley * climate.co2_on_production, 0.0),
        climate.pet,
        np.where(cold, climate.rain, 0.0),
        np.where(cold, 0.0, climate.rain),
        constants.tmelt[1] * warmth * climate.langley,
        (highest + lowest) / 2,
        height / 2,
        (1 - night) * highest + night * lowest,
        (1 - night) * height,
        night * constants.pmntmp,
        np.where(climate.mean < 2, 0.0, 0.65),
        climate.senescence.astype(float),
        1 / climate.pet,
    )
    return np.ascontiguousarray(np.stack(columns, axis=2).reshape(len(climate.rain), -1))


def pack_soil(soil: Soil, constants: Constants) -> Array:
    """Soil, with rates per quarter month where no parameter enters.

    Parameters
    ----------
    soil : Soil
        Of n sites.
    constants : Constants
        Named set.

    Returns
    -------
    numpy.ndarray, shape (n, 29)
        Columns A_SAND and so on of the kernel.
    """
    texture = constants.peftxa + constants.peftxb * soil.sand
    structural = [
        dec1 * np.exp(-pligst * lignin) * soil.ph_structural * STEP
        for dec1, pligst, lignin in zip(constants.dec1, constants.pligst, soil.lignin, strict=True)
    ]
    metabolic = [dec2 * soil.ph_metabolic * STEP for dec2 in constants.dec2]
    columns = (
        *(soil.sand, soil.clay, soil.drain, *soil.capacity, *soil.wilting, soil.available_share),
        *(*soil.metabolic, *soil.lignin, structural[0], metabolic[0], structural[1], metabolic[1]),
        *(soil.ph_microbes * STEP, soil.ph_surface_slow * STEP, np.full_like(soil.sand, constants.cmix * STEP)),
        *(texture * soil.ph_active * STEP, soil.ph_active * STEP, soil.ph_passive * STEP),
        constants.ps1s3[0] + constants.ps1s3[1] * soil.clay,
        constants.ps2s3[0] + constants.ps2s3[1] * soil.clay,
        constants.omlech[0] + constants.omlech[1] * soil.sand,
    )
    return np.ascontiguousarray(np.array(columns).T)


def pack_constants(constants: Constants) -> Array:
    """Constants that the kernel asks for.

    Parameters
    ----------
    constants : Constants
        Named set.

    Returns
    -------
    numpy.ndarray, shape (35,)
        C_PMXBIO and so on of the kernel.
    """
    k = constants
    start, full, least = k.aneref
    return np.array(
        [
            *(k.pmxbio, k.pmxtmp, k.pmntmp, k.elitst, k.bioflg, k.biok5, *k.fsdeth, k.rtdtmp, k.deck5),
            *(k.cfrtcw[0], k.cfrtcw[1] - k.cfrtcw[0], k.cfrtcn[1], k.fracro, k.precro, *k.fwloss[:2], *k.awtl),
            *(k.teff4, start, least, (1 - least) / (start - full), k.animpt, k.omlech[2], *k.pprpts),
            *(k.rsplig, *k.ps1co2, *k.pmco2),
        ]
    )
