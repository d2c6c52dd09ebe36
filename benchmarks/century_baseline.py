"""The baseline of the CENTURY benchmark: the same model one site at a time, as one would first write it for Numba.

Scalar arithmetic with the exp, log, pow and atan of the C library, branches where they save work, and the plain
semi-analytical spin-up (each affine pool jumps to its own fixed point). It reads the same packed soil, climate and
constants as the fast kernel and returns the same numbers; the benchmark checks that before it compares times.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from coldcarbon.century.kernel import (
    A_CAP1,
    A_DRAIN,
    A_KMIX,
    A_KS1,
    A_KX1,
    A_KX2,
    A_KX3,
    A_KX4,
    A_KX5,
    A_LEACH,
    A_MET1,
    A_SAND,
    A_SHARE,
    A_TOP3,
    A_TOP4,
    A_WILT1,
    AGL,
    ANAEROBIC,
    BGL,
    C_ANEREF1,
    C_ANEREF3,
    C_ANIMPT,
    C_ANSLOPE,
    C_AWTL1,
    C_AWTL2,
    C_AWTL3,
    C_AWTL4,
    C_BARE,
    C_BIOFLG,
    C_BIOK5,
    C_DECK5,
    C_ELITST,
    C_FRACRO,
    C_FULL,
    C_PM1,
    C_PM2,
    C_PMNTMP,
    C_PMXBIO,
    C_PMXTMP,
    C_PPR0,
    C_PPR1,
    C_PRECRO,
    C_PS1,
    C_PS2,
    C_ROOTS0,
    C_ROOTS1,
    C_ROOTSN,
    C_RSPLIG,
    C_RTDTMP,
    C_SENESCENT,
    C_SHADED,
    C_SHADING,
    C_TEFF4,
    C_WET,
    CANOPY,
    CAP1,
    CAP2,
    CAP3,
    CAP4,
    DAY,
    DRAIN,
    DRAW,
    FALL,
    FAST,
    FLOW,
    FORCING,
    HEAT,
    KEPT_BGL,
    KEPT_M1,
    KEPT_M2,
    KEPT_S1,
    KEPT_S2,
    KEPT_STD,
    KM1,
    KM2,
    KMIX,
    KS1,
    KS2,
    KX1,
    KX2,
    KX3,
    KX4,
    KX5,
    LEACH,
    LIG1,
    LIG2,
    LIGHT,
    M1,
    M2,
    MELT,
    MET1,
    MET2,
    NIGHT,
    NPP,
    OLDM1,
    OLDM2,
    OLDS1,
    OLDS2,
    PC,
    PD,
    PET,
    PI,
    PINV,
    PMAX,
    PRDX,
    PSLOPE,
    PWAT,
    R1,
    R2,
    R3,
    R4,
    R5,
    RAIN,
    ROOT,
    ROWS,
    S1,
    S2,
    SCALAR,
    SENESCENT,
    SHOOT,
    SNLQ,
    SNOW,
    SNOWFALL,
    STD,
    SURFACE,
    T1,
    T2,
    T3,
    TOP3,
    TOP4,
    W1,
    W2,
    W3,
    W4,
    WILT1,
    WILT2,
    WILT3,
    WILT4,
)


@njit(error_model="numpy")
def load(w, soil, p, c):
    """Constants of one site and its parameters."""
    w[PRDX] = p[0]
    w[PMAX] = p[2]
    w[PINV] = 1.0 / (p[2] - p[1])
    w[PC] = p[3]
    w[PD] = p[4]
    w[PWAT] = p[5]
    w[PSLOPE] = 1.0 / (p[5] - (c[C_PPR0] + c[C_PPR1] * soil[A_SHARE]))
    w[SHOOT] = p[6]
    w[FALL] = p[7]
    w[ROOT] = p[8]
    scale = p[15] + p[16] / PI * math.atan(PI * c[C_TEFF4] * (30.0 - p[14]))
    w[T1] = p[14]
    w[T2] = p[15] / scale
    w[T3] = p[16] / PI / scale
    for j in range(4):
        w[CAP1 + j] = soil[A_CAP1 + j]
        w[WILT1 + j] = soil[A_WILT1 + j]
    for j in range(4):
        w[MET1 + j] = soil[A_MET1 + j]
        w[KS1 + j] = soil[A_KS1 + j]
    w[DRAIN] = soil[A_DRAIN]
    w[KX1] = p[9] * soil[A_KX1]
    w[KX2] = p[12] * soil[A_KX2]
    w[KMIX] = soil[A_KMIX]
    w[KX3] = p[10] * soil[A_KX3]
    w[KX4] = p[13] * soil[A_KX4]
    w[KX5] = p[11] * soil[A_KX5]
    w[R1] = p[17]
    w[R2] = p[21]
    w[R3] = p[18] + p[20] * soil[A_SAND]
    w[R4] = p[22]
    w[R5] = p[23]
    w[TOP3] = soil[A_TOP3]
    w[TOP4] = soil[A_TOP4]
    w[LEACH] = soil[A_LEACH]


@njit(error_model="numpy")
def month(w, forcing, at, c):
    """Everything but organic matter, one month."""
    pmxbio, pmxtmp, pmntmp, elitst = c[C_PMXBIO], c[C_PMXTMP], c[C_PMNTMP], c[C_ELITST]
    bioflg, biok5, senescent, shading, shaded = c[C_BIOFLG], c[C_BIOK5], c[C_SENESCENT], c[C_SHADING], c[C_SHADED]
    rtdtmp, deck5, roots0, roots1, rootsn = c[C_RTDTMP], c[C_DECK5], c[C_ROOTS0], c[C_ROOTS1], c[C_ROOTSN]
    fracro, precro, wet_share, bare_share = c[C_FRACRO], c[C_PRECRO], c[C_WET], c[C_BARE]
    awtl1, awtl2, awtl3, awtl4 = c[C_AWTL1], c[C_AWTL2], c[C_AWTL3], c[C_AWTL4]
    teff4, aneref1, aneref3, anslope = c[C_TEFF4], c[C_ANEREF1], c[C_ANEREF3], c[C_ANSLOPE]
    here = at * FORCING
    agl, std, s1, m1 = w[AGL], w[STD], w[S1], w[M1]
    w1, w2, w3, w4 = w[W1], w[W2], w[W3], w[W4]
    wilt1, wilt2 = w[WILT1], w[WILT2]
    wilt3, wilt4 = w[WILT3], w[WILT4]
    pet, snowfall, rain = (
        forcing[here + PET - LIGHT],
        forcing[here + SNOWFALL - LIGHT],
        forcing[here + RAIN - LIGHT],
    )
    fallen_water = snowfall + rain
    top = (w1 - wilt1) + (w2 - wilt2)
    available = top + (w3 - wilt3) + (w4 - wilt4)

    # surface temperature and growth
    shade = min(2.5 * (agl + std + elitst * (s1 + m1)), pmxbio)
    surface = forcing[here + SURFACE - LIGHT] + forcing[here + DAY - LIGHT] * math.exp(pmxtmp * shade)
    surface += forcing[here + NIGHT - LIGHT] * shade
    shade = min(2.5 * agl, pmxbio)
    light = forcing[here]
    warm = 0.0
    if light > 0.0 and surface > 0.0:
        canopy = (
            forcing[here + CANOPY - LIGHT]
            + forcing[here + HEAT - LIGHT] * math.exp(pmxtmp * shade)
            + 0.5 * pmntmp * shade
        )
        f = (w[PMAX] - canopy) * w[PINV]
        if f > 0.0:
            warm = math.exp(w[PC] / w[PD] * (1.0 - f ** w[PD])) * f ** w[PC]
    pwat = w[PWAT]
    moist = 1.0 + w[PSLOPE] * ((available + fallen_water) / pet - pwat)
    moist = min(max(moist, 0.01), 1.0)
    dead = min(max(std + 0.1 * s1, 0.01), pmxbio)
    hidden = dead / (biok5 + dead)
    openness = 1.0 - hidden
    ratio = agl / dead
    low = openness + 0.75 * hidden * ratio
    high = openness + 0.75 * hidden + 0.25 * hidden * (ratio - 1.0)
    effect = low if ratio <= 1.0 else (high if ratio <= 2.0 else 1.0)
    effect = 1.0 - bioflg * (1.0 - effect)
    net = light * w[PRDX] * warm * moist * effect * 0.4
    roots = min(max(roots0 + roots1 * moist, rootsn), 0.99)

    # snow
    snow = w[SNOW] + snowfall
    covered = snow > 0.0
    snlq = w[SNLQ] + (rain if covered else 0.0)
    rain = 0.0 if covered else rain
    held = snow + snlq
    sublimation = min(0.87 * pet, held) if covered else 0.0
    left = 1.0 - sublimation / (held if covered else 1.0)
    left = left if sublimation < held else 0.0
    snow = snow * left if covered else 0.0
    snlq = snlq * left if covered else snlq
    melt = min(snow, forcing[here + MELT - LIGHT])
    snow -= melt
    snlq += melt
    drained = max(snlq - 0.5 * snow, 0.0)
    snlq -= drained
    enters = rain + drained
    demand = pet - sublimation / 0.87
    ratio = (drained if drained > 0.0 else top + fallen_water) / pet

    # soil water
    enters -= max(fracro * (enters - precro), 0.0)
    alive = 2.5 * (agl + 0.25 * net)
    litter = min(2.5 * (s1 + m1), 400.0)
    cover = min(alive + 2.5 * std, 800.0)
    bare = snow <= 0.0
    caught = (0.0003 * litter + 0.0006 * cover) * wet_share if bare else 0.0
    open_soil = 0.5 * math.exp(-0.002 * litter - 0.004 * cover) * bare_share if bare else 0.0
    lost = min((open_soil + caught) * enters, 0.4 * demand)
    enters -= lost
    wanted = forcing[here + DRAW - LIGHT] * demand * (1.0 - math.exp(-0.02 * alive))
    wanted = max(min(wanted, demand - lost), 0.01)
    soil_demand = max(demand - wanted - lost, 0.0)
    drawn = min(wanted - 0.01, enters)
    wanted -= drawn
    enters -= drawn
    cap1, cap2, cap3 = w[CAP1], w[CAP2], w[CAP3]
    w1 += enters
    flow = max(w1 - cap1, 0.0)
    w1 = min(w1, cap1)
    w2 += flow
    flow = max(w2 - cap2, 0.0)
    w2 = min(w2, cap2)
    w[FLOW] = flow
    w3 += flow
    flow = max(w3 - cap3, 0.0)
    w3 = min(w3, cap3)
    w4 = min(w4 + flow, w[CAP4])
    v1, v2, v3, v4 = max(w1 - wilt1, 0.0), max(w2 - wilt2, 0.0), max(w3 - wilt3, 0.0), max(w4 - wilt4, 0.0)
    wanted = min(wanted, v1 + v2 + v3 + v4)
    share = wanted / max(awtl1 * v1 + awtl2 * v2 + awtl3 * v3 + awtl4 * v4, 1e-30)
    w1 -= min(share * awtl1 * v1, v1)
    w2 -= min(share * awtl2 * v2, v2)
    w3 -= min(share * awtl3 * v3, v3)
    w4 -= min(share * awtl4 * v4, v4)
    above = w1 - wilt1
    dried = max((above / (cap1 - wilt1) - 0.25) / 0.75, 0.01) * soil_demand * open_soil * 0.1
    w1 -= min(dried, max(above, 0.0))
    available = (w1 - wilt1) + (w2 - wilt2) + (w3 - wilt3) + (w4 - wilt4)
    w[SNOW] = snow
    w[SNLQ] = snlq
    w[W1] = w1
    w[W2] = w2
    w[W3] = w3
    w[W4] = w4

    # what decay answers to
    cold = 0.0 if snow > 0.0 else surface
    wetness = 1.0 / (1.0 + 30.0 * math.exp(-8.5 * min(ratio, 9.0)))
    wetness = 1.0 if ratio > 9.0 else wetness
    curve = w[T2] + w[T3] * math.atan(PI * teff4 * (cold - w[T1]))
    scalar = max(curve, 0.01) * wetness
    anaerobic = max(1.0 + anslope * (ratio - aneref1) * (1.0 - w[DRAIN]), aneref3)
    anaerobic = anaerobic if ratio > aneref1 else 1.0
    w[NPP] = net
    w[SCALAR] = scalar
    w[ANAEROBIC] = anaerobic

    # death and growth
    by_drought = w[SHOOT] * (1.0 - wetness) + (shading if agl > shaded else 0.0)
    dying = senescent if forcing[here + SENESCENT - LIGHT] > 0.5 else min(by_drought, 1.0)
    root_death = min(w[ROOT] * (1.0 - available / (deck5 + available)), 0.95)
    root_death = root_death if cold >= rtdtmp else 0.0
    fall = w[FALL]
    bgl = w[BGL]
    dead_shoots, dead_roots, fallen = dying * agl, root_death * bgl, fall * std
    w[AGL] = agl + (1.0 - roots) * net - dead_shoots
    w[STD] = std + dead_shoots - fallen
    w[BGL] = bgl + roots * net - dead_roots

    # litter; four explicit steps of a linear pool are a power
    s2, m2 = w[S2], w[M2]
    w[OLDS1] = s1
    w[OLDM1] = m1
    w[OLDS2] = s2
    w[OLDM2] = m2
    k1 = 1.0 - w[KS1] * scalar
    k2 = 1.0 - min(w[KM1] * scalar, 1.0)
    k3 = 1.0 - w[KS2] * scalar * anaerobic
    k4 = 1.0 - min(w[KM2] * scalar * anaerobic, 1.0)
    k1 *= k1
    k1 *= k1
    k2 *= k2
    k2 *= k2
    k3 *= k3
    k3 *= k3
    k4 *= k4
    k4 *= k4
    met1, met2 = w[MET1], w[MET2]
    w[S1] = k1 * s1 + (1.0 - met1) * fallen
    w[M1] = k2 * m1 + met1 * fallen
    w[S2] = k3 * s2 + (1.0 - met2) * dead_roots
    w[M2] = k4 * m2 + met2 * dead_roots

    # what a cycle keeps
    w[KEPT_STD] *= 1.0 - fall
    w[KEPT_BGL] *= 1.0 - root_death
    w[KEPT_S1] *= k1
    w[KEPT_M1] *= k2
    w[KEPT_S2] *= k3
    w[KEPT_M2] *= k4


@njit(error_model="numpy")
def matrix(w, c, b):
    """What a quarter of this month takes from one pool of organic matter and gives to another; leaching comes back."""
    scalar, wet = w[SCALAR], w[SCALAR] * w[ANAEROBIC]
    more = 1.0 + c[C_ANIMPT] * (1.0 - w[ANAEROBIC])
    to3, to4 = w[TOP3] * more, w[TOP4] * more
    leach = min(w[LEACH] * min(w[FLOW] / c[C_FULL], 1.0), max(1.0 - w[R3] - to3, 0.0))
    q1, q2, qm, q3, q4, q5 = (
        w[KX1] * scalar,
        w[KX2] * scalar,
        w[KMIX] * scalar,
        w[KX3] * wet,
        w[KX4] * wet,
        w[KX5] * wet,
    )
    b[0, 0], b[0, 1], b[1, 0], b[1, 1], b[3, 1] = q1, (1.0 - w[R2]) * q2, (1.0 - w[R1]) * q1, q2 + qm, qm
    b[2, 2], b[2, 3], b[2, 4] = q3, (1.0 - w[R4] - to4) * q4, (1.0 - w[R5] * w[ANAEROBIC]) * q5
    b[3, 2], b[3, 3], b[4, 2], b[4, 3], b[4, 4] = (1.0 - w[R3] - to3 - leach) * q3, q4, to3 * q3, to4 * q4, q5
    return leach * q3


@njit(error_model="numpy")
def litter(w, c, g):
    """What litter gives in this quarter; CO2 comes back."""
    ks1, km1 = w[KS1] * w[SCALAR], min(w[KM1] * w[SCALAR], 1.0)
    wet = w[SCALAR] * w[ANAEROBIC]
    ks2, km2 = w[KS2] * wet, min(w[KM2] * wet, 1.0)
    s1, m1, s2, m2 = ks1 * w[OLDS1], km1 * w[OLDM1], ks2 * w[OLDS2], km2 * w[OLDM2]
    g[0] = (1.0 - c[C_PS1]) * (1.0 - w[LIG1]) * s1 + (1.0 - c[C_PM1]) * m1
    g[1] = (1.0 - c[C_RSPLIG]) * w[LIG1] * s1
    g[2] = (1.0 - c[C_PS2]) * (1.0 - w[LIG2]) * s2 + (1.0 - c[C_PM2]) * m2
    g[3] = (1.0 - c[C_RSPLIG]) * w[LIG2] * s2
    w[OLDS1] -= s1
    w[OLDM1] -= m1
    w[OLDS2] -= s2
    w[OLDM2] -= m2
    return s1 + m1 + s2 + m2 - g[0] - g[1] - g[2] - g[3]


@njit(error_model="numpy")
def quarter(x, b, g, units):
    """A quarter month of five pools that hold their difference from `units`."""
    a0, a1 = x[0] + (units == 0), x[1] + (units == 1)
    a2, a3, a4 = x[2] + (units == 2), x[3] + (units == 3), x[4] + (units == 4)
    x[0] += b[0, 1] * a1 - b[0, 0] * a0 + g[0]
    x[1] += b[1, 0] * a0 - b[1, 1] * a1 + g[1]
    x[2] += b[2, 3] * a3 + b[2, 4] * a4 - b[2, 2] * a2 + g[2]
    x[3] += b[3, 2] * a2 + b[3, 1] * a1 - b[3, 3] * a3 + g[3]
    x[4] += b[4, 2] * a2 + b[4, 3] * a3 - b[4, 4] * a4


@njit(error_model="numpy")
def quarter_of_soil(x, b, units):
    """The same of the three pools of the soil alone, without inputs."""
    a2, a3, a4 = x[2] + (units == 2), x[3] + (units == 3), x[4] + (units == 4)
    x[2] += b[2, 3] * a3 + b[2, 4] * a4 - b[2, 2] * a2
    x[3] += b[3, 2] * a2 - b[3, 3] * a3
    x[4] += b[4, 2] * a2 + b[4, 3] * a3 - b[4, 4] * a4


@njit(error_model="numpy")
def solve(lost, gained, x):
    """Two pools of the surface, then three of the soil."""
    a, b, c, d = -lost[0, 0], -lost[1, 0], -lost[0, 1], -lost[1, 1]
    whole = a * d - b * c
    x[0], x[1] = (d * gained[0] - b * gained[1]) / whole, (a * gained[1] - c * gained[0]) / whole
    h0 = gained[2] + lost[0, 2] * x[0] + lost[1, 2] * x[1]
    h1 = gained[3] + lost[0, 3] * x[0] + lost[1, 3] * x[1]
    h2 = gained[4] + lost[0, 4] * x[0] + lost[1, 4] * x[1]
    e1, e2 = lost[2, 3] / lost[2, 2], lost[2, 4] / lost[2, 2]
    m11, m12 = -lost[3, 3] + e1 * lost[3, 2], -lost[4, 3] + e1 * lost[4, 2]
    m21, m22 = -lost[3, 4] + e2 * lost[3, 2], -lost[4, 4] + e2 * lost[4, 2]
    h1, h2 = h1 - e1 * h0, h2 - e2 * h0
    e1 = m21 / m11
    x[4] = (h2 - e1 * h1) / (m22 - e1 * m12)
    x[3] = (h1 - m12 * x[4]) / m11
    x[2] = (h0 + lost[3, 2] * x[3] + lost[4, 2] * x[4]) / -lost[2, 2]


@njit(error_model="numpy")  # not cached: Numba would not see that the kernel, whose layout this shares, has changed
def simulate(start, series, soil, group, parameters, c, tolerance, most_cycles, which, weather, lengths, somsc, nep):
    """Steady state of each site in turn, its mean soil carbon, then its weather if it has any."""
    sites, months = soil.shape[0], series.shape[1] // FORCING
    w = np.zeros(ROWS)
    begin = np.zeros(FAST)
    x = np.zeros((6, 5))
    b, g, nothing, pools = np.zeros((5, 5)), np.zeros(5), np.zeros(5), np.zeros(5)
    for site in range(sites):
        load(w, soil[site], parameters[group[site]], c)
        forcing = series[site]
        for j in range(FAST):
            w[j] = start[site, j]
        for _ in range(most_cycles):
            for j in range(FAST):
                begin[j] = w[j]
            for j in range(6):
                w[KEPT_STD + j] = 1.0
            for at in range(months):
                month(w, forcing, at, c)
            for j in range(6):
                pool = STD + j
                lost = 1.0 - w[KEPT_STD + j]
                if lost > 1e-9:
                    w[pool] = (w[pool] - w[KEPT_STD + j] * begin[pool]) / lost
            moved = 0.0
            for j in range(FAST):
                moved = max(moved, abs(w[j] - begin[j]) / max(abs(w[j]), 1.0))
            if moved <= tolerance:
                break
        x[:] = 0.0
        total = 0.0
        tally = np.zeros(6)
        for at in range(months):
            month(w, forcing, at, c)
            matrix(w, c, b)
            for _ in range(4):
                litter(w, c, g)
                quarter(x[5], b, g, 9)
                quarter(x[0], b, nothing, 0)
                quarter(x[1], b, nothing, 1)
                for j in range(2, 5):
                    quarter_of_soil(x[j], b, j)
            for j in range(6):
                tally[j] += x[j, 2] + x[j, 3] + x[j, 4] + (2 <= j < 5)
        solve(x, x[5], pools)
        total = tally[5]
        for j in range(5):
            total += tally[j] * pools[j]
        somsc[site] = total / months
        for k in range(which.shape[0]):
            if which[k] != site:
                continue
            for at in range(lengths[k]):
                month(w, weather[k], at, c)
                leaching = matrix(w, c, b)
                respired = 0.0
                for _ in range(4):
                    before = pools[0] + pools[1] + pools[2] + pools[3] + pools[4]
                    leached = leaching * pools[2]
                    respired += litter(w, c, g)
                    gained = g[0] + g[1] + g[2] + g[3]
                    quarter(pools, b, g, 9)
                    after = pools[0] + pools[1] + pools[2] + pools[3] + pools[4]
                    respired += before + gained - after - leached
                nep[k, at] = w[NPP] - respired
