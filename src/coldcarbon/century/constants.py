"""Fixed constants of CENTURY 4.5+ for alpine grassland, in named sets.

Names are those of the code's fix.100 and crop.100 files in lower case. Values: DayCent 4.5 fix.100 and crop.100,
the changes to CENTURY 4.5, and Metherell et al. 1993. Pairs are (surface, soil).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CENTURY", "DAYCENT", "SETS", "Constants"]


@dataclass(frozen=True)
class Constants:
    """What the 24 parameters leave fixed. Rates in yr-1, water in cm, carbon in g C m-2, the rest shares.

    Attributes
    ----------
    name : str
        Name of the set, for the log of a run: the set moves soil carbon by a third.
    dec1, dec2 : tuple
        Decomposition rates of structural and metabolic litter.
    pligst : tuple
        Exponent of lignin in the decay of structural litter.
    rsplig, ps1co2, pmco2 : float or tuple
        Shares respired: lignin, structural rest, metabolic litter.
    peftxa, peftxb : float
        Effect of sand on the decay of the active pool.
    ps1s3, ps2s3 : tuple
        Intercept and slope on clay of the share that goes to the passive pool, from active and slow.
    omlech : tuple
        Leaching: intercept, slope on sand, water flow (cm month-1) at which it is full.
    cmix : float
        Mixing of the surface slow pool into the soil.
    spl : tuple
        Metabolic share of litter: intercept and slope on lignin to nitrogen.
    metabolic_floor : float
        Least metabolic share.
    teff4 : float
        Slope of the temperature curve of decomposition.
    aneref : tuple
        Ratio of rain to PET without effect, ratio of full effect, least value under water logging.
    animpt : float
        Effect of water logging on the flow to the passive pool.
    pprpts : tuple
        First two points of the water curve of growth; the third is a parameter.
    pmxbio, pmxtmp, pmntmp, elitst : float
        Biomass and surface temperature.
    bioflg, biok5 : float
        Whether standing dead and litter hinder growth (1) or not (0), and the level of half effect.
    fsdeth : tuple
        Shoot death: in the month of senescence, by shading, and the live carbon from which shading acts.
    rtdtmp, deck5 : float
        Soil temperature below which no roots die; available water (cm) of half effect.
    cfrtcn, cfrtcw : tuple
        Share of production to roots: largest and least under stress by nitrogen and by water.
    shoot_lignin, root_lignin : tuple
        Intercept and slope on annual precipitation (cm); clipped to `lignin_range`.
    shoot_c_to_n, root_c_to_n : float
        C:N of litter, constant: nitrogen is off.
    fwloss : tuple
        Interception and bare soil, bare soil, PET.
    tmelt : tuple
        Temperature of melting, and cm of melt per degree and langley d-1.
    fracro, precro : float
        Share of water that runs off, above this many cm in a month.
    adep, awtl : tuple
        Thickness of layers (cm) and weight of each for transpiration.
    co2ipr : float
        Production at 700 ppm over that at 350 ppm, used when a CO2 concentration is given.
    """

    name: str = "century-4.5"
    dec1: tuple[float, float] = (3.9, 4.9)
    dec2: tuple[float, float] = (14.8, 18.5)
    pligst: tuple[float, float] = (3.0, 3.0)
    rsplig: float = 0.3
    ps1co2: tuple[float, float] = (0.45, 0.55)
    pmco2: tuple[float, float] = (0.55, 0.55)
    peftxa: float = 0.25
    peftxb: float = 0.75
    ps1s3: tuple[float, float] = (0.003, 0.032)
    ps2s3: tuple[float, float] = (0.003, 0.009)
    omlech: tuple[float, float, float] = (0.03, 0.12, 1.9)
    cmix: float = 0.5
    spl: tuple[float, float] = (0.85, 0.013)
    metabolic_floor: float = 0.2
    teff4: float = 0.031
    aneref: tuple[float, float, float] = (1.5, 3.0, 1.0)
    animpt: float = 5.0
    pprpts: tuple[float, float] = (0.0, 1.0)
    pmxbio: float = 600.0
    pmxtmp: float = -0.0035
    pmntmp: float = 0.004
    elitst: float = 0.4
    bioflg: float = 1.0
    biok5: float = 60.0
    fsdeth: tuple[float, float, float] = (0.95, 0.2, 150.0)
    rtdtmp: float = 2.0
    deck5: float = 5.0
    cfrtcn: tuple[float, float] = (0.4, 0.24)
    cfrtcw: tuple[float, float] = (0.6, 0.2)
    shoot_lignin: tuple[float, float] = (0.02, 0.0012)
    root_lignin: tuple[float, float] = (0.26, -0.0015)
    lignin_range: tuple[float, float] = (0.02, 0.5)
    shoot_c_to_n: float = 50.0
    root_c_to_n: float = 52.0
    fwloss: tuple[float, float, float] = (0.8, 0.8, 0.8)
    tmelt: tuple[float, float] = (0.0, 0.002)
    fracro: float = 0.15
    precro: float = 8.0
    adep: tuple[float, float, float, float] = (15.0, 15.0, 15.0, 15.0)
    awtl: tuple[float, float, float, float] = (0.8, 0.6, 0.4, 0.3)
    co2ipr: float = 1.25


CENTURY = Constants()
# The shares respired of DayCent 4.5: more is lost on the way from litter, so that soil carbon is about a third lower.
DAYCENT = Constants(name="daycent-4.5", rsplig=0.9, ps1co2=(0.45, 0.75), pmco2=(0.55, 0.75))
SETS = {constants.name: constants for constants in (CENTURY, DAYCENT)}
