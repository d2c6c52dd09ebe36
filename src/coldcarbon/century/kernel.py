"""The fast model: eight sites side by side in the lanes of a vector, compiled by Numba.

`coldcarbon.century.reference` says what is computed and where it comes from; here is only how. All sites of a block
take the same steps without branching, so that LLVM turns each loop over lanes into vector instructions as wide as the
machine has them; exp, log and atan are written out for the same reason: a call into the C library would end that.
A spin-up fills a lane anew as soon as its site has come to rest, so that no lane waits for a slow neighbour. No result
depends on what runs beside it. Everything compiled is in this one file: Numba's cache looks at no other.

`fast_build` compiles the same functions once more, free to reorder sums and products and with shorter polynomials:
some 1e-11 from the exact build, which stays the default.

Numbers of a block lie in one array: row times `LANES` plus lane. Rows are named below; single letters follow the
reference's names where a formula would drown in them.
"""

# mypy: allow-untyped-defs

from __future__ import annotations

from functools import cache
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
from numba import njit

__all__ = ["fast_build", "run", "spin_up"]

LANES = 8
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": {"contract"},
    "nogil": True,
}  # contract: a * b + c is rounded once
INLINE: dict[str, Any] = OPTIONS | {"forceinline": True}
# What the fast build may do besides. Not "nnan" and "ninf": a chain must be able to meet such numbers and go on.
FREE: dict[str, Any] = {"fastmath": {"contract", "reassoc", "arcp", "nsz", "afn"}}

# fmt: off
# Rows of a block: the state, what is constant for a site and its parameters, and what a month or a pass leaves behind.
(
    SNOW, SNLQ, W1, W2, W3, W4, AGL, STD, BGL, S1, M1, S2, M2, X1, X2, X3, X4, X5,
    PRDX, PMAX, PINV, PC, PD, PCD, PWAT, PSLOPE, SHOOT, FALL, ROOT, T1, T2, T3,
    WILT, WILT1, WILT2, WILT3, WILT4, CAP1, CAP2, CAP3, CAP4, MET1, MET2, LIG1, LIG2, DRAIN,
    KS1, KM1, KS2, KM2, KX1, KX2, KMIX, KX3, KX4, KX5, R1, R2, R3, R4, R5, TOP3, TOP4, LEACH,
    NPP, SCALAR, ANAEROBIC, FLOW, OLDS1, OLDM1, OLDS2, OLDM2, CO2, DOC,
    KEPT_STD, KEPT_BGL, KEPT_S1, KEPT_M1, KEPT_S2, KEPT_M2, ON_S1, ON_M1, ON_S2, ON_M2,
    Q1, Q2, Q3, Q4, Q5, QMIX, B12, B21, B34, B35, B43, B53, B54, UP1, UP2, IN1, IN2, GAIN1, GAIN2,
    GO_S1, GO_M1, GO_S2, GO_M2, OUT,
    LIGHT, PET, SNOWFALL, RAIN, MELT, CANOPY, HEAT, SURFACE, DAY, NIGHT, DRAW, SENESCENT, DRYNESS,
    PASSES, TOLERANCE, MOVED, ROOTED, INVERSE,
    BEGIN,
) = range(127)
LANDED = BEGIN + 13  # the last pass
RESIDUAL = LANDED + 13
COLUMN = RESIDUAL + 13  # five pools for nothing and for one unit in each; the surface does not feel the soil
TALLY = COLUMN + 30  # their soil carbon over a cycle
ROWS = TALLY + 7
FAST, POOLS, FLUXES = 13, 18, 5

# Columns of the soil and of the constants.
FORCING = 13  # per month, in the order of the rows from LIGHT on
(
    A_SAND, A_CLAY, A_DRAIN, A_CAP1, A_CAP2, A_CAP3, A_CAP4, A_WILT1, A_WILT2, A_WILT3, A_WILT4, A_SHARE,
    A_MET1, A_MET2, A_LIG1, A_LIG2, A_KS1, A_KM1, A_KS2, A_KM2, A_KX1, A_KX2, A_KMIX, A_KX3, A_KX4, A_KX5,
    A_TOP3, A_TOP4, A_LEACH,
) = range(29)
(
    C_PMXBIO, C_PMXTMP, C_PMNTMP, C_ELITST, C_BIOFLG, C_BIOK5, C_SENESCENT, C_SHADING, C_SHADED, C_RTDTMP, C_DECK5,
    C_ROOTS0, C_ROOTS1, C_ROOTSN, C_FRACRO, C_PRECRO, C_WET, C_BARE, C_AWTL1, C_AWTL2, C_AWTL3, C_AWTL4,
    C_TEFF4, C_ANEREF1, C_ANEREF3, C_ANSLOPE, C_ANIMPT, C_FULL, C_PPR0, C_PPR1,
    C_RSPLIG, C_PS1, C_PS2, C_PM1, C_PM2,
) = range(35)
# fmt: on

# exp: 2^n times a polynomial on half an octave. log: 2 atanh(s) with s^2 below 0.03. atan: below tan(pi/8).
# Least-maximum polynomials; the tests hold all three against NumPy.
MAGIC = 6755399441055744.0  # adding it rounds to an integer and leaves that integer in the low bits
LOG2E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
E2, E3, E4, E5, E6 = (
    0.5000000000000019,
    0.1666666666666668,
    0.0416666666664881,
    0.008333333333319601,
    0.0013888888952314775,
)
E7, E8, E9 = 0.00019841269890047113, 2.4801485482328494e-05, 2.755724091857897e-06
E10, E11 = 2.763263963904103e-07, 2.5110037605963777e-08
G1, G2, G3, G4 = 0.33333333333333826, 0.1999999999965117, 0.1428571438032084, 0.11111098528363024
G5, G6, G7 = 0.09091815840114664, 0.07656264074182095, 0.07404855180327638
H1, H2, H3, H4 = -0.3333333333333312, 0.19999999999940893, -0.14285714279250245, 0.11111110744919658
H5, H6, H7, H8 = -0.09090896809064027, 0.07692045330902225, -0.06662951813629191, 0.05846878297330872
H9, H10, H11 = -0.05035102456601552, 0.03796525745386593, -0.017805397205419446
EIGHTH, THREE_EIGHTHS = 0.41421356237309503, 2.414213562373095
QUARTER_PI, HALF_PI, PI = 0.7853981633974483, 1.5707963267948966, 3.141592653589793
LN2 = 0.6931471805599453
D3, D4, D5, D6 = 0.16666666719028936, 0.04166666671901226, 0.00833329846980059, 0.001388885403566671
D7, D8 = 0.00019899285575896282, 2.4859589834589056e-05
F1, F2, F3, F4 = 0.33333333276762683, 0.2000006131684939, 0.14275365422386904, 0.1166645640218432
K1, K2, K3, K4 = -0.3333333333144022, 0.1999999891704028, -0.1428561249224054, 0.11107494603271183
K5, K6, K7 = -0.09028976882102906, 0.07135287552145222, -0.040431454558852234
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
MAGIC_BITS = 0x4338000000000000


@njit(**INLINE)
def vexp(x):
    """E to the x, for finite x; arguments beyond 700 count as 700."""
    x = -700.0 if x < -700.0 else x
    x = 700.0 if x > 700.0 else x
    t = x * LOG2E + MAGIC
    n = t - MAGIC
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    # by pairs, not Horner: the steps of a month wait for each other more than for the arithmetic
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + r2 * (E2 + E3 * r)
    high = (E4 + E5 * r) + r2 * (E6 + E7 * r) + r4 * ((E8 + E9 * r) + r2 * (E10 + E11 * r))
    p = low + r4 * high
    bits = (np.float64(t).view(np.int64) + np.int64(1023)) << np.int64(52)
    return p * np.int64(bits).view(np.float64)


@njit(**INLINE)
def vlog(x):
    """Natural logarithm of a normal positive number."""
    bits = np.float64(x).view(np.int64)
    k = (bits - np.int64(SQRT_HALF_BITS)) >> np.int64(52)
    m = np.int64(bits - (k << np.int64(52))).view(np.float64)
    e = np.int64(k + np.int64(MAGIC_BITS)).view(np.float64) - MAGIC
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    z2 = z * z
    p = (G1 + G2 * z) + z2 * (G3 + G4 * z) + (z2 * z2) * ((G5 + G6 * z) + z2 * G7)
    return e * LN2_HIGH + (2.0 * s + (2.0 * s * z * p + e * LN2_LOW))


@njit(**INLINE)
def vatan(x):
    """Arctangent."""
    a = x if x > 0.0 else -x
    above, far = a > EIGHTH, a > THREE_EIGHTHS
    top = -1.0 if far else (a - 1.0 if above else a)
    bottom = a if far else (a + 1.0 if above else 1.0)
    t = top / bottom
    z = t * t
    z2 = z * z
    z4 = z2 * z2
    p = (H1 + H2 * z) + z2 * (H3 + H4 * z) + z4 * ((H5 + H6 * z) + z2 * (H7 + H8 * z))
    p = p + (z4 * z4) * ((H9 + H10 * z) + z2 * H11)
    y = (HALF_PI if far else (QUARTER_PI if above else 0.0)) + (t + t * z * p)
    return y if x > 0.0 else -y


# Shorter polynomials for the fast build, to about 1e-11. They keep the strict options: adding and taking off MAGIC, if
# it may be reordered, is nothing at all.
@njit(**INLINE)
def short_exp(x):
    """E to the x, to 5e-12."""
    x = -700.0 if x < -700.0 else x
    x = 700.0 if x > 700.0 else x
    t = x * LOG2E + MAGIC
    r = x - (t - MAGIC) * LN2
    r2 = r * r
    p = (1.0 + r) + r2 * (0.5 + D3 * r) + (r2 * r2) * ((D4 + D5 * r) + r2 * ((D6 + D7 * r) + r2 * D8))
    bits = (np.float64(t).view(np.int64) + np.int64(1023)) << np.int64(52)
    return p * np.int64(bits).view(np.float64)


@njit(**INLINE)
def short_log(x):
    """Natural logarithm of a normal positive number, to 2e-11 of log(1 + s)."""
    bits = np.float64(x).view(np.int64)
    k = (bits - np.int64(SQRT_HALF_BITS)) >> np.int64(52)
    m = np.int64(bits - (k << np.int64(52))).view(np.float64)
    e = np.int64(k + np.int64(MAGIC_BITS)).view(np.float64) - MAGIC
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    return e * LN2 + (2.0 * s + 2.0 * s * z * ((F1 + F2 * z) + z * z * (F3 + F4 * z)))


@njit(**INLINE)
def short_atan(x):
    """Arctangent, to 3e-12."""
    a = x if x > 0.0 else -x
    above, far = a > EIGHTH, a > THREE_EIGHTHS
    t = (-1.0 if far else (a - 1.0 if above else a)) / (a if far else (a + 1.0 if above else 1.0))
    z = t * t
    z2 = z * z
    p = (K1 + K2 * z) + z2 * ((K3 + K4 * z) + z2 * ((K5 + K6 * z) + z2 * K7))
    y = (HALF_PI if far else (QUARTER_PI if above else 0.0)) + (t + t * z * p)
    return y if x > 0.0 else -y


@njit(**INLINE)
def least(a, b):
    """The smaller; a NaN in the first stays one."""
    return b if b < a else a


@njit(**INLINE)
def most(a, b):
    """The larger; a NaN in the first stays one."""
    return b if b > a else a


@njit(**INLINE)
def month(w, forcing, at, c):
    """Everything but organic matter, one month, all lanes."""
    pmxbio, pmxtmp, pmntmp, elitst = c[C_PMXBIO], c[C_PMXTMP], c[C_PMNTMP], c[C_ELITST]
    bioflg, biok5, senescent, shading, shaded = c[C_BIOFLG], c[C_BIOK5], c[C_SENESCENT], c[C_SHADING], c[C_SHADED]
    rtdtmp, deck5, roots0, roots1, rootsn = c[C_RTDTMP], c[C_DECK5], c[C_ROOTS0], c[C_ROOTS1], c[C_ROOTSN]
    fracro, precro, wet_share, bare_share = c[C_FRACRO], c[C_PRECRO], c[C_WET], c[C_BARE]
    awtl1, awtl2, awtl3, awtl4 = c[C_AWTL1], c[C_AWTL2], c[C_AWTL3], c[C_AWTL4]
    teff4, aneref1, aneref3, anslope = c[C_TEFF4], c[C_ANEREF1], c[C_ANEREF3], c[C_ANSLOPE]
    # The loop over lanes may touch one array only: with two, LLVM would have to test whether they overlap, and for
    # so few turns it does not.
    here = at * FORCING * LANES
    for i in range(FORCING * LANES):
        w[LIGHT * LANES + i] = forcing[here + i]
    grows = False
    for i in range(LANES):
        if w[LIGHT * LANES + i] > 0.0:
            grows = True
            break
    for i in range(LANES):
        w[NPP * LANES + i] = 0.0
        w[ROOTED * LANES + i] = 0.0
    if grows:
        for i in range(LANES):
            agl, std, s1, m1 = w[AGL * LANES + i], w[STD * LANES + i], w[S1 * LANES + i], w[M1 * LANES + i]
            shade = least(2.5 * (agl + std + elitst * (s1 + m1)), pmxbio)
            surface = w[SURFACE * LANES + i] + w[DAY * LANES + i] * vexp(pmxtmp * shade) + w[NIGHT * LANES + i] * shade
            available = (w[W1 * LANES + i] - w[WILT1 * LANES + i]) + (w[W2 * LANES + i] - w[WILT2 * LANES + i])
            available += (w[W3 * LANES + i] - w[WILT3 * LANES + i]) + (w[W4 * LANES + i] - w[WILT4 * LANES + i])
            shade = least(2.5 * agl, pmxbio)
            canopy = w[CANOPY * LANES + i] + w[HEAT * LANES + i] * vexp(pmxtmp * shade) + 0.5 * pmntmp * shade
            f = (w[PMAX * LANES + i] - canopy) * w[PINV * LANES + i]
            log_f = vlog(f if f > 0.0 else 1.0)
            pc = w[PC * LANES + i]
            warm = vexp(w[PCD * LANES + i] * (1.0 - vexp(w[PD * LANES + i] * log_f)) + pc * log_f)
            warm = warm if f > 0.0 else 0.0
            water = available + (w[SNOWFALL * LANES + i] + w[RAIN * LANES + i])
            moist = 1.0 + w[PSLOPE * LANES + i] * (water * w[DRYNESS * LANES + i] - w[PWAT * LANES + i])
            moist = least(most(moist, 0.01), 1.0)
            dead = least(most(std + 0.1 * s1, 0.01), pmxbio)
            hidden = dead / (biok5 + dead)
            openness = 1.0 - hidden
            ratio = agl / dead
            low = openness + 0.75 * hidden * ratio
            high = openness + 0.75 * hidden + 0.25 * hidden * (ratio - 1.0)
            effect = low if ratio <= 1.0 else (high if ratio <= 2.0 else 1.0)
            effect = 1.0 - bioflg * (1.0 - effect)
            net = w[LIGHT * LANES + i] * w[PRDX * LANES + i] * warm * moist * effect * 0.4
            w[NPP * LANES + i] = net if surface > 0.0 else 0.0
            w[ROOTED * LANES + i] = least(most(roots0 + roots1 * moist, rootsn), 0.99)
    for i in range(LANES):
        agl, std, s1, m1 = w[AGL * LANES + i], w[STD * LANES + i], w[S1 * LANES + i], w[M1 * LANES + i]
        w1, w2, w3, w4 = w[W1 * LANES + i], w[W2 * LANES + i], w[W3 * LANES + i], w[W4 * LANES + i]
        wilt1, wilt2 = w[WILT1 * LANES + i], w[WILT2 * LANES + i]
        wilt3, wilt4 = w[WILT3 * LANES + i], w[WILT4 * LANES + i]
        pet, snowfall, rain = w[PET * LANES + i], w[SNOWFALL * LANES + i], w[RAIN * LANES + i]
        fallen_water = snowfall + rain
        top = (w1 - wilt1) + (w2 - wilt2)
        net, roots = w[NPP * LANES + i], w[ROOTED * LANES + i]
        shade = least(2.5 * (agl + std + elitst * (s1 + m1)), pmxbio)
        surface = w[SURFACE * LANES + i] + w[DAY * LANES + i] * vexp(pmxtmp * shade) + w[NIGHT * LANES + i] * shade

        # snow
        snow = w[SNOW * LANES + i] + snowfall
        covered = snow > 0.0
        snlq = w[SNLQ * LANES + i] + (rain if covered else 0.0)
        rain = 0.0 if covered else rain
        held = snow + snlq
        sublimation = least(0.87 * pet, held) if covered else 0.0
        left = 1.0 - sublimation / (held if covered else 1.0)
        left = left if sublimation < held else 0.0
        snow = snow * left if covered else 0.0
        snlq = snlq * left if covered else snlq
        melt = least(snow, w[MELT * LANES + i])
        snow -= melt
        snlq += melt
        drained = most(snlq - 0.5 * snow, 0.0)
        snlq -= drained
        enters = rain + drained
        demand = pet - sublimation * (1.0 / 0.87)
        ratio = (drained if drained > 0.0 else top + fallen_water) * w[DRYNESS * LANES + i]

        # soil water
        enters -= most(fracro * (enters - precro), 0.0)
        alive = 2.5 * (agl + 0.25 * net)
        litter = least(2.5 * (s1 + m1), 400.0)
        cover = least(alive + 2.5 * std, 800.0)
        bare = snow <= 0.0
        caught = (0.0003 * litter + 0.0006 * cover) * wet_share if bare else 0.0
        open_soil = 0.5 * vexp(-0.002 * litter - 0.004 * cover) * bare_share if bare else 0.0
        lost = least((open_soil + caught) * enters, 0.4 * demand)
        enters -= lost
        wanted = w[DRAW * LANES + i] * demand * (1.0 - vexp(-0.02 * alive))
        wanted = most(least(wanted, demand - lost), 0.01)
        soil_demand = most(demand - wanted - lost, 0.0)
        drawn = least(wanted - 0.01, enters)
        wanted -= drawn
        enters -= drawn
        cap1, cap2, cap3 = w[CAP1 * LANES + i], w[CAP2 * LANES + i], w[CAP3 * LANES + i]
        w1 += enters
        flow = most(w1 - cap1, 0.0)
        w1 = least(w1, cap1)
        w2 += flow
        flow = most(w2 - cap2, 0.0)
        w2 = least(w2, cap2)
        w[FLOW * LANES + i] = flow
        w3 += flow
        flow = most(w3 - cap3, 0.0)
        w3 = least(w3, cap3)
        w4 = least(w4 + flow, w[CAP4 * LANES + i])
        v1, v2, v3, v4 = most(w1 - wilt1, 0.0), most(w2 - wilt2, 0.0), most(w3 - wilt3, 0.0), most(w4 - wilt4, 0.0)
        wanted = least(wanted, v1 + v2 + v3 + v4)
        share = wanted / most(awtl1 * v1 + awtl2 * v2 + awtl3 * v3 + awtl4 * v4, 1e-30)
        w1 -= least(share * awtl1 * v1, v1)
        w2 -= least(share * awtl2 * v2, v2)
        w3 -= least(share * awtl3 * v3, v3)
        w4 -= least(share * awtl4 * v4, v4)
        above = w1 - wilt1
        dried = most((above * w[INVERSE * LANES + i] - 0.25) * (1.0 / 0.75), 0.01) * soil_demand * open_soil * 0.1
        w1 -= least(dried, most(above, 0.0))
        available = (w1 - wilt1) + (w2 - wilt2) + (w3 - wilt3) + (w4 - wilt4)
        w[SNOW * LANES + i] = snow
        w[SNLQ * LANES + i] = snlq
        w[W1 * LANES + i] = w1
        w[W2 * LANES + i] = w2
        w[W3 * LANES + i] = w3
        w[W4 * LANES + i] = w4

        # what decay answers to
        cold = 0.0 if snow > 0.0 else surface
        wetness = 1.0 / (1.0 + 30.0 * vexp(-8.5 * least(ratio, 9.0)))
        wetness = 1.0 if ratio > 9.0 else wetness
        curve = w[T2 * LANES + i] + w[T3 * LANES + i] * vatan(PI * teff4 * (cold - w[T1 * LANES + i]))
        scalar = most(curve, 0.01) * wetness
        anaerobic = most(1.0 + anslope * (ratio - aneref1) * (1.0 - w[DRAIN * LANES + i]), aneref3)
        anaerobic = anaerobic if ratio > aneref1 else 1.0
        w[SCALAR * LANES + i] = scalar
        w[ANAEROBIC * LANES + i] = anaerobic

        # death and growth
        by_drought = w[SHOOT * LANES + i] * (1.0 - wetness) + (shading if agl > shaded else 0.0)
        dying = senescent if w[SENESCENT * LANES + i] > 0.5 else least(by_drought, 1.0)
        root_death = least(w[ROOT * LANES + i] * (1.0 - available / (deck5 + available)), 0.95)
        root_death = root_death if cold >= rtdtmp else 0.0
        fall = w[FALL * LANES + i]
        bgl = w[BGL * LANES + i]
        dead_shoots, dead_roots, fallen = dying * agl, root_death * bgl, fall * std
        w[AGL * LANES + i] = agl + (1.0 - roots) * net - dead_shoots
        w[STD * LANES + i] = std + dead_shoots - fallen
        w[BGL * LANES + i] = bgl + roots * net - dead_roots

        # litter; four explicit steps of a linear pool are a power
        s2, m2 = w[S2 * LANES + i], w[M2 * LANES + i]
        w[OLDS1 * LANES + i] = s1
        w[OLDM1 * LANES + i] = m1
        w[OLDS2 * LANES + i] = s2
        w[OLDM2 * LANES + i] = m2
        k1 = 1.0 - w[KS1 * LANES + i] * scalar
        k2 = 1.0 - least(w[KM1 * LANES + i] * scalar, 1.0)
        k3 = 1.0 - w[KS2 * LANES + i] * scalar * anaerobic
        k4 = 1.0 - least(w[KM2 * LANES + i] * scalar * anaerobic, 1.0)
        k1 *= k1
        k1 *= k1
        k2 *= k2
        k2 *= k2
        k3 *= k3
        k3 *= k3
        k4 *= k4
        k4 *= k4
        met1, met2 = w[MET1 * LANES + i], w[MET2 * LANES + i]
        w[S1 * LANES + i] = k1 * s1 + (1.0 - met1) * fallen
        w[M1 * LANES + i] = k2 * m1 + met1 * fallen
        w[S2 * LANES + i] = k3 * s2 + (1.0 - met2) * dead_roots
        w[M2 * LANES + i] = k4 * m2 + met2 * dead_roots

        # what a cycle keeps and passes on
        kept_std, kept_bgl = w[KEPT_STD * LANES + i], w[KEPT_BGL * LANES + i]
        fallen, dead_roots = fall * kept_std, root_death * kept_bgl
        w[ON_S1 * LANES + i] = k1 * w[ON_S1 * LANES + i] + (1.0 - met1) * fallen
        w[ON_M1 * LANES + i] = k2 * w[ON_M1 * LANES + i] + met1 * fallen
        w[ON_S2 * LANES + i] = k3 * w[ON_S2 * LANES + i] + (1.0 - met2) * dead_roots
        w[ON_M2 * LANES + i] = k4 * w[ON_M2 * LANES + i] + met2 * dead_roots
        w[KEPT_STD * LANES + i] = kept_std * (1.0 - fall)
        w[KEPT_BGL * LANES + i] = kept_bgl * (1.0 - root_death)
        w[KEPT_S1 * LANES + i] *= k1
        w[KEPT_M1 * LANES + i] *= k2
        w[KEPT_S2 * LANES + i] *= k3
        w[KEPT_M2 * LANES + i] *= k4


@njit(**INLINE)
def clear(w):
    """Start of a pass: remember the state, forget what was kept."""
    for i in range(FAST * LANES):
        w[BEGIN * LANES + i] = w[i]
    for i in range(6 * LANES):
        w[KEPT_STD * LANES + i] = 1.0
    for i in range(4 * LANES):
        w[ON_S1 * LANES + i] = 0.0


@njit(**INLINE)
def fixed_point(start, end, kept):
    """Where ``end = kept start + gained`` rests."""
    lost = 1.0 - kept
    return (end - kept * start) / lost if lost > 1e-9 else end


@njit(**INLINE)
def look(w, i, j, moved, size, along):
    """How far a pool moved, and what mixing needs to know of it."""
    new = w[j * LANES + i]
    residual = new - w[(BEGIN + j) * LANES + i]
    scale = 1.0 / most(abs(new), 1.0)
    step = abs(residual) * scale
    turned = (residual - w[(RESIDUAL + j) * LANES + i]) * scale
    moved = step if step > moved else moved
    return moved, size + turned * turned, along + turned * residual * scale


@njit(**INLINE)
def settle(w, i, j, weight):
    """Mix a pool, and remember this pass."""
    new = w[j * LANES + i]
    w[j * LANES + i] = most(new - weight * (new - w[(LANDED + j) * LANES + i]), 0.0)
    w[(RESIDUAL + j) * LANES + i] = new - w[(BEGIN + j) * LANES + i]
    w[(LANDED + j) * LANES + i] = new


@njit(**INLINE)
def finish(w):
    """End of a pass: land the affine pools, see how far the state moved, mix with the last pass."""
    for i in range(LANES):
        std0, bgl0 = w[(BEGIN + STD) * LANES + i], w[(BEGIN + BGL) * LANES + i]
        std = fixed_point(std0, w[STD * LANES + i], w[KEPT_STD * LANES + i])
        bgl = fixed_point(bgl0, w[BGL * LANES + i], w[KEPT_BGL * LANES + i])
        s1 = w[S1 * LANES + i] + w[ON_S1 * LANES + i] * (std - std0)
        m1 = w[M1 * LANES + i] + w[ON_M1 * LANES + i] * (std - std0)
        s2 = w[S2 * LANES + i] + w[ON_S2 * LANES + i] * (bgl - bgl0)
        m2 = w[M2 * LANES + i] + w[ON_M2 * LANES + i] * (bgl - bgl0)
        w[STD * LANES + i] = std
        w[BGL * LANES + i] = bgl
        w[S1 * LANES + i] = fixed_point(w[(BEGIN + S1) * LANES + i], s1, w[KEPT_S1 * LANES + i])
        w[M1 * LANES + i] = fixed_point(w[(BEGIN + M1) * LANES + i], m1, w[KEPT_M1 * LANES + i])
        w[S2 * LANES + i] = fixed_point(w[(BEGIN + S2) * LANES + i], s2, w[KEPT_S2 * LANES + i])
        w[M2 * LANES + i] = fixed_point(w[(BEGIN + M2) * LANES + i], m2, w[KEPT_M2 * LANES + i])
    for i in range(LANES):
        moved, size, along = look(w, i, SNOW, 0.0, 0.0, 0.0)
        moved, size, along = look(w, i, SNLQ, moved, size, along)
        moved, size, along = look(w, i, W1, moved, size, along)
        moved, size, along = look(w, i, W2, moved, size, along)
        moved, size, along = look(w, i, W3, moved, size, along)
        moved, size, along = look(w, i, W4, moved, size, along)
        moved, size, along = look(w, i, AGL, moved, size, along)
        moved, size, along = look(w, i, STD, moved, size, along)
        moved, size, along = look(w, i, BGL, moved, size, along)
        moved, size, along = look(w, i, S1, moved, size, along)
        moved, size, along = look(w, i, M1, moved, size, along)
        moved, size, along = look(w, i, S2, moved, size, along)
        moved, size, along = look(w, i, M2, moved, size, along)
        weight = along / (size if size > 0.0 else 1.0)
        weight = least(most(weight, -1.0), 1.0)
        # the second pass is the first with one to mix with; a lane at rest keeps what it landed on
        weight = weight if w[PASSES * LANES + i] > 1.5 else 0.0
        weight = weight if moved > w[TOLERANCE * LANES + i] else 0.0
        settle(w, i, SNOW, weight)
        settle(w, i, SNLQ, weight)
        settle(w, i, W1, weight)
        settle(w, i, W2, weight)
        settle(w, i, W3, weight)
        settle(w, i, W4, weight)
        settle(w, i, AGL, weight)
        settle(w, i, STD, weight)
        settle(w, i, BGL, weight)
        settle(w, i, S1, weight)
        settle(w, i, M1, weight)
        settle(w, i, S2, weight)
        settle(w, i, M2, weight)
        w[MOVED * LANES + i] = moved + 0.0 * size  # comparisons pass over a NaN, a sum does not


@njit(**INLINE)
def flows(w, c):
    """The matrix of organic matter for a quarter of this month, and what litter gives it."""
    animpt, full, keep_lignin = c[C_ANIMPT], c[C_FULL], 1.0 - c[C_RSPLIG]
    ps1, ps2, pm1, pm2 = 1.0 - c[C_PS1], 1.0 - c[C_PS2], 1.0 - c[C_PM1], 1.0 - c[C_PM2]
    for i in range(LANES):
        scalar, anaerobic = w[SCALAR * LANES + i], w[ANAEROBIC * LANES + i]
        wet = scalar * anaerobic
        r3, r4 = w[R3 * LANES + i], w[R4 * LANES + i]
        r5 = w[R5 * LANES + i] * anaerobic
        more = 1.0 + animpt * (1.0 - anaerobic)
        to3, to4 = w[TOP3 * LANES + i] * more, w[TOP4 * LANES + i] * more
        leach = least(w[LEACH * LANES + i] * least(w[FLOW * LANES + i] / full, 1.0), most(1.0 - r3 - to3, 0.0))
        q1, q2, qm = w[KX1 * LANES + i] * scalar, w[KX2 * LANES + i] * scalar, w[KMIX * LANES + i] * scalar
        q3, q4, q5 = w[KX3 * LANES + i] * wet, w[KX4 * LANES + i] * wet, w[KX5 * LANES + i] * wet
        w[Q1 * LANES + i] = q1
        w[Q2 * LANES + i] = q2 + qm
        w[Q3 * LANES + i] = q3
        w[Q4 * LANES + i] = q4
        w[Q5 * LANES + i] = q5
        w[QMIX * LANES + i] = qm
        w[B12 * LANES + i] = (1.0 - w[R2 * LANES + i]) * q2
        w[B21 * LANES + i] = (1.0 - w[R1 * LANES + i]) * q1
        w[B34 * LANES + i] = (1.0 - r4 - to4) * q4
        w[B35 * LANES + i] = (1.0 - r5) * q5
        w[B43 * LANES + i] = (1.0 - r3 - to3 - leach) * q3
        w[B53 * LANES + i] = to3 * q3
        w[B54 * LANES + i] = to4 * q4
        w[OUT * LANES + i] = leach * q3
        ks1, km1 = w[KS1 * LANES + i] * scalar, least(w[KM1 * LANES + i] * scalar, 1.0)
        ks2, km2 = w[KS2 * LANES + i] * wet, least(w[KM2 * LANES + i] * wet, 1.0)
        lig1, lig2 = w[LIG1 * LANES + i], w[LIG2 * LANES + i]
        w[GO_S1 * LANES + i] = ks1
        w[GO_M1 * LANES + i] = km1
        w[GO_S2 * LANES + i] = ks2
        w[GO_M2 * LANES + i] = km2
        w[UP1 * LANES + i] = lig1 * keep_lignin * ks1
        w[UP2 * LANES + i] = lig2 * keep_lignin * ks2
        w[IN1 * LANES + i] = (1.0 - lig1) * ps1 * ks1
        w[IN2 * LANES + i] = (1.0 - lig2) * ps2 * ks2
        w[GAIN1 * LANES + i] = pm1 * km1
        w[GAIN2 * LANES + i] = pm2 * km2


@njit(**INLINE)
def quarter(w, i, x, unit1, unit2, unit3, unit4, unit5):
    """A quarter month of five pools at row x; what is stored is their difference from the units."""
    q1, q2, q3, q4, q5 = (
        w[Q1 * LANES + i],
        w[Q2 * LANES + i],
        w[Q3 * LANES + i],
        w[Q4 * LANES + i],
        w[Q5 * LANES + i],
    )
    a1, a2 = w[x * LANES + i] + unit1, w[(x + 1) * LANES + i] + unit2
    a3, a4, a5 = w[(x + 2) * LANES + i] + unit3, w[(x + 3) * LANES + i] + unit4, w[(x + 4) * LANES + i] + unit5
    w[x * LANES + i] += w[B12 * LANES + i] * a2 - q1 * a1
    w[(x + 1) * LANES + i] += w[B21 * LANES + i] * a1 - q2 * a2
    w[(x + 2) * LANES + i] += w[B34 * LANES + i] * a4 + w[B35 * LANES + i] * a5 - q3 * a3
    w[(x + 3) * LANES + i] += w[B43 * LANES + i] * a3 + w[QMIX * LANES + i] * a2 - q4 * a4
    w[(x + 4) * LANES + i] += w[B53 * LANES + i] * a3 + w[B54 * LANES + i] * a4 - q5 * a5


@njit(**INLINE)
def quarter_of_soil(w, i, x, unit3, unit4, unit5):
    """The same without the surface: row x is that of the third pool."""
    q3, q4, q5 = w[Q3 * LANES + i], w[Q4 * LANES + i], w[Q5 * LANES + i]
    a3, a4, a5 = w[x * LANES + i] + unit3, w[(x + 1) * LANES + i] + unit4, w[(x + 2) * LANES + i] + unit5
    w[x * LANES + i] += w[B34 * LANES + i] * a4 + w[B35 * LANES + i] * a5 - q3 * a3
    w[(x + 1) * LANES + i] += w[B43 * LANES + i] * a3 - q4 * a4
    w[(x + 2) * LANES + i] += w[B53 * LANES + i] * a3 + w[B54 * LANES + i] * a4 - q5 * a5


@njit(**INLINE)
def columns(w):
    """Organic matter, one month: from nothing with inputs, and from one unit in each of five pools without.

    The columns from a unit hold what has changed of it, P - I: the passive pool loses 1e-4 in a year, and P itself
    would leave four digits fewer of that.
    """
    for _ in range(4):
        for i in range(LANES):
            quarter(w, i, COLUMN, 0.0, 0.0, 0.0, 0.0, 0.0)
            quarter(w, i, COLUMN + 5, 1.0, 0.0, 0.0, 0.0, 0.0)
            quarter(w, i, COLUMN + 10, 0.0, 1.0, 0.0, 0.0, 0.0)
            quarter_of_soil(w, i, COLUMN + 17, 1.0, 0.0, 0.0)
            quarter_of_soil(w, i, COLUMN + 22, 0.0, 1.0, 0.0)
            quarter_of_soil(w, i, COLUMN + 27, 0.0, 0.0, 1.0)
            s1, m1, s2, m2 = w[OLDS1 * LANES + i], w[OLDM1 * LANES + i], w[OLDS2 * LANES + i], w[OLDM2 * LANES + i]
            w[COLUMN * LANES + i] += w[IN1 * LANES + i] * s1 + w[GAIN1 * LANES + i] * m1
            w[(COLUMN + 1) * LANES + i] += w[UP1 * LANES + i] * s1
            w[(COLUMN + 2) * LANES + i] += w[IN2 * LANES + i] * s2 + w[GAIN2 * LANES + i] * m2
            w[(COLUMN + 3) * LANES + i] += w[UP2 * LANES + i] * s2
            w[OLDS1 * LANES + i] = s1 - w[GO_S1 * LANES + i] * s1
            w[OLDM1 * LANES + i] = m1 - w[GO_M1 * LANES + i] * m1
            w[OLDS2 * LANES + i] = s2 - w[GO_S2 * LANES + i] * s2
            w[OLDM2 * LANES + i] = m2 - w[GO_M2 * LANES + i] * m2
    for i in range(LANES):
        w[(TALLY + 6) * LANES + i] += w[S2 * LANES + i] + w[M2 * LANES + i]
        w[TALLY * LANES + i] += soil_of(w, i, COLUMN)
        w[(TALLY + 1) * LANES + i] += soil_of(w, i, COLUMN + 5)
        w[(TALLY + 2) * LANES + i] += soil_of(w, i, COLUMN + 10)
        w[(TALLY + 3) * LANES + i] += soil_of(w, i, COLUMN + 15)
        w[(TALLY + 4) * LANES + i] += soil_of(w, i, COLUMN + 20)
        w[(TALLY + 5) * LANES + i] += soil_of(w, i, COLUMN + 25)


@njit(**INLINE)
def soil_of(w, i, x):
    """Carbon of a column in the three pools of the soil."""
    return w[(x + 2) * LANES + i] + w[(x + 3) * LANES + i] + w[(x + 4) * LANES + i]


@njit(**INLINE)
def organic(w, c):
    """Organic matter, one month, with its CO2 and what leaches."""
    rsplig, ps1, ps2, pm1, pm2 = c[C_RSPLIG], c[C_PS1], c[C_PS2], c[C_PM1], c[C_PM2]
    for i in range(LANES):
        w[CO2 * LANES + i] = 0.0
        w[DOC * LANES + i] = 0.0
    for _ in range(4):
        for i in range(LANES):
            s1, m1, s2, m2 = w[OLDS1 * LANES + i], w[OLDM1 * LANES + i], w[OLDS2 * LANES + i], w[OLDM2 * LANES + i]
            x1, x2, x3 = w[X1 * LANES + i], w[X2 * LANES + i], w[X3 * LANES + i]
            x4, x5 = w[X4 * LANES + i], w[X5 * LANES + i]
            q1, q3, q4, q5 = w[Q1 * LANES + i], w[Q3 * LANES + i], w[Q4 * LANES + i], w[Q5 * LANES + i]
            q2 = w[KX2 * LANES + i] * w[SCALAR * LANES + i]
            fs1, fm1 = w[GO_S1 * LANES + i] * s1, w[GO_M1 * LANES + i] * m1
            fs2, fm2 = w[GO_S2 * LANES + i] * s2, w[GO_M2 * LANES + i] * m2
            lig1, lig2 = w[LIG1 * LANES + i], w[LIG2 * LANES + i]
            co2 = (lig1 * fs1 + lig2 * fs2) * rsplig + fm1 * pm1 + fm2 * pm2
            co2 += (1.0 - lig1) * fs1 * ps1 + (1.0 - lig2) * fs2 * ps2
            co2 += w[R1 * LANES + i] * q1 * x1 + w[R2 * LANES + i] * q2 * x2 + w[R3 * LANES + i] * q3 * x3
            co2 += w[R4 * LANES + i] * q4 * x4 + w[R5 * LANES + i] * w[ANAEROBIC * LANES + i] * q5 * x5
            w[CO2 * LANES + i] += co2
            w[DOC * LANES + i] += w[OUT * LANES + i] * x3
            w[X1 * LANES + i] = x1 + w[IN1 * LANES + i] * s1 + w[GAIN1 * LANES + i] * m1
            w[X2 * LANES + i] = x2 + w[UP1 * LANES + i] * s1
            w[X3 * LANES + i] = x3 + w[IN2 * LANES + i] * s2 + w[GAIN2 * LANES + i] * m2
            w[X4 * LANES + i] = x4 + w[UP2 * LANES + i] * s2
            w[X1 * LANES + i] += w[B12 * LANES + i] * x2 - q1 * x1
            w[X2 * LANES + i] += w[B21 * LANES + i] * x1 - w[Q2 * LANES + i] * x2
            w[X3 * LANES + i] += w[B34 * LANES + i] * x4 + w[B35 * LANES + i] * x5 - q3 * x3
            w[X4 * LANES + i] += w[B43 * LANES + i] * x3 + w[QMIX * LANES + i] * x2 - q4 * x4
            w[X5 * LANES + i] = x5 + (w[B53 * LANES + i] * x3 + w[B54 * LANES + i] * x4 - q5 * x5)
            w[OLDS1 * LANES + i] = s1 - fs1
            w[OLDM1 * LANES + i] = m1 - fm1
            w[OLDS2 * LANES + i] = s2 - fs2
            w[OLDM2 * LANES + i] = m2 - fm2


@njit(**OPTIONS)
def load(w, lane, soil, p, c):
    """Put the constants of one site and its parameters into a lane."""
    w[PRDX * LANES + lane] = p[0]
    w[PMAX * LANES + lane] = p[2]
    w[PINV * LANES + lane] = 1.0 / (p[2] - p[1])
    w[PC * LANES + lane] = p[3]
    w[PD * LANES + lane] = p[4]
    w[PCD * LANES + lane] = p[3] / p[4]
    w[PWAT * LANES + lane] = p[5]
    w[PSLOPE * LANES + lane] = 1.0 / (p[5] - (c[C_PPR0] + c[C_PPR1] * soil[A_SHARE]))
    w[SHOOT * LANES + lane] = p[6]
    w[FALL * LANES + lane] = p[7]
    w[ROOT * LANES + lane] = p[8]
    scale = p[15] + p[16] / PI * vatan(PI * c[C_TEFF4] * (30.0 - p[14]))
    w[T1 * LANES + lane] = p[14]
    w[T2 * LANES + lane] = p[15] / scale
    w[T3 * LANES + lane] = p[16] / PI / scale
    for j in range(4):
        w[(CAP1 + j) * LANES + lane] = soil[A_CAP1 + j]
        w[(WILT1 + j) * LANES + lane] = soil[A_WILT1 + j]
    for j in range(4):
        w[(MET1 + j) * LANES + lane] = soil[A_MET1 + j]
        w[(KS1 + j) * LANES + lane] = soil[A_KS1 + j]
    w[INVERSE * LANES + lane] = 1.0 / (soil[A_CAP1] - soil[A_WILT1])
    w[DRAIN * LANES + lane] = soil[A_DRAIN]
    w[KX1 * LANES + lane] = p[9] * soil[A_KX1]
    w[KX2 * LANES + lane] = p[12] * soil[A_KX2]
    w[KMIX * LANES + lane] = soil[A_KMIX]
    w[KX3 * LANES + lane] = p[10] * soil[A_KX3]
    w[KX4 * LANES + lane] = p[13] * soil[A_KX4]
    w[KX5 * LANES + lane] = p[11] * soil[A_KX5]
    w[R1 * LANES + lane] = p[17]
    w[R2 * LANES + lane] = p[21]
    w[R3 * LANES + lane] = p[18] + p[20] * soil[A_SAND]
    w[R4 * LANES + lane] = p[22]
    w[R5 * LANES + lane] = p[23]
    w[TOP3 * LANES + lane] = soil[A_TOP3]
    w[TOP4 * LANES + lane] = soil[A_TOP4]
    w[LEACH * LANES + lane] = soil[A_LEACH]


@njit(**OPTIONS)
def spread(forcing, lane, months, series):
    """Put the forcing of one site into a lane."""
    for i in range(months * FORCING):
        forcing[i * LANES + lane] = series[i]


@njit(**OPTIONS)
def rest(w, lane, months, state, propagator, response):
    """Solve the organic matter of a lane: two pools of the surface, then three of the soil."""
    q = COLUMN * LANES + lane
    for j in range(5):
        for i in range(5):
            propagator[i, j] = w[q + (5 * (j + 1) + i) * LANES]  # P - I for now
    for j in range(6):
        response[j] = w[(TALLY + j) * LANES + lane] / months + (1.0 if j >= 3 else 0.0)
    response[6] = w[(TALLY + 6) * LANES + lane] / months
    g1, g2 = w[q], w[q + LANES]
    a, b, c, d = -propagator[0, 0], -propagator[0, 1], -propagator[1, 0], -propagator[1, 1]
    whole = a * d - b * c
    x1, x2 = (d * g1 - b * g2) / whole, (a * g2 - c * g1) / whole
    # the soil: three equations by elimination; the diagonal leads, since every column loses carbon
    m11, m12, m13 = -propagator[2, 2], -propagator[2, 3], -propagator[2, 4]
    m21, m22, m23 = -propagator[3, 2], -propagator[3, 3], -propagator[3, 4]
    m31, m32, m33 = -propagator[4, 2], -propagator[4, 3], -propagator[4, 4]
    h1 = w[q + 2 * LANES] + propagator[2, 0] * x1 + propagator[2, 1] * x2
    h2 = w[q + 3 * LANES] + propagator[3, 0] * x1 + propagator[3, 1] * x2
    h3 = w[q + 4 * LANES] + propagator[4, 0] * x1 + propagator[4, 1] * x2
    e2, e3 = m21 / m11, m31 / m11
    m22, m23, h2 = m22 - e2 * m12, m23 - e2 * m13, h2 - e2 * h1
    m32, m33, h3 = m32 - e3 * m12, m33 - e3 * m13, h3 - e3 * h1
    e3 = m32 / m22
    x5 = (h3 - e3 * h2) / (m33 - e3 * m23)
    x4 = (h2 - m23 * x5) / m22
    x3 = (h1 - m12 * x4 - m13 * x5) / m11
    state[13], state[14], state[15], state[16], state[17] = x1, x2, x3, x4, x5
    for j in range(5):
        propagator[j, j] += 1.0


@njit(cache=True, **OPTIONS)
def spin_up(
    start,
    series,
    soil,
    group,
    parameters,
    c,
    tolerance,
    most_cycles,
    states,
    propagator,
    response,
    cycles,
    settled,
    finite,
    order,
    next_order,
):
    """Steady states of all sites under all parameter sets; item = set times sites plus site.

    Sites are taken in `order`; `next_order` has the slowest of this run first, so that in the next none is late.

    Parameters
    ----------
    start, series, soil, group, parameters, c, tolerance, most_cycles : numpy.ndarray, float or int
        Fast pools to start from (sites, 13 or more), packed climate, packed soil, group of each site, parameters
        (sets, groups, 24), packed constants, largest change of a pool from pass to pass, passes allowed.
    states, propagator, response, cycles, settled, finite : numpy.ndarray, shape (sets, sites, ...)
        Filled: state (18), P (5, 5), mean soil carbon from nothing, per unit in each pool, of litter and of the steady
        state (8), passes, whether it came to rest, whether it is finite.
    order, next_order : numpy.ndarray of int, shape (sites,)
        Order of this run, and of the next (filled).

    Returns
    -------
    bool
        Whether every item came to rest; then all are finite too.
    """
    sites, months = soil.shape[0], series.shape[1] // FORCING
    items = sites * parameters.shape[0]
    states, propagator = states.reshape(items, POOLS), propagator.reshape(items, 5, 5)
    response, cycles = response.reshape(items, 8), cycles.reshape(items)
    settled, finite = settled.reshape(items), finite.reshape(items)
    good = True
    w = np.zeros(ROWS * LANES)
    forcing = np.zeros(months * FORCING * LANES)
    inside = np.full(LANES, -1)
    following = 0
    working = 0
    for lane in range(LANES):
        # a lane without work repeats the first site and is not read
        place = following if following < items else 0
        site = order[place % sites]
        load(w, lane, soil[site], parameters[place // sites, group[site]], c)
        spread(forcing, lane, months, series[site])
        for j in range(FAST):
            w[j * LANES + lane] = start[site, j]
        w[TOLERANCE * LANES + lane] = tolerance
        w[PASSES * LANES + lane] = 0.0
        if following < items:
            inside[lane] = place - place % sites + site
            following += 1
            working += 1
    while working > 0:
        for i in range(LANES):
            w[PASSES * LANES + i] += 1.0
        clear(w)
        for at in range(months):
            month(w, forcing, at, c)
        finish(w)
        for lane in range(LANES):
            item = inside[lane]
            if item < 0:
                continue
            moved, passes = w[MOVED * LANES + lane], int(w[PASSES * LANES + lane])
            if moved > tolerance and passes < most_cycles and moved < np.inf:
                continue
            for j in range(FAST):
                states[item, j] = w[j * LANES + lane] if moved < np.inf else np.nan
            cycles[item] = passes
            settled[item] = moved <= tolerance
            good = good and moved <= tolerance
            finite[item] = True
            if following < items:
                site = order[following % sites]
                load(w, lane, soil[site], parameters[following // sites, group[site]], c)
                spread(forcing, lane, months, series[site])
                for j in range(FAST):
                    w[j * LANES + lane] = start[site, j]
                for j in range(BEGIN, COLUMN):  # what the last site left may be no number
                    w[j * LANES + lane] = 0.0
                w[PASSES * LANES + lane] = 0.0
                inside[lane] = following - following % sites + site
                following += 1
            else:
                inside[lane] = -1
                working -= 1

    first = np.zeros(most_cycles + 2, dtype=np.int64)  # place of the first site of so many passes
    for site in range(sites):
        first[cycles[site] - 1] += 1
    for passes in range(most_cycles, -1, -1):
        first[passes] += first[passes + 1]
    for site in range(sites):
        next_order[first[cycles[site]]] = site
        first[cycles[site]] += 1

    for block in range(0, items, LANES):
        for lane in range(LANES):
            item = min(block + lane, items - 1)
            site = item % sites
            load(w, lane, soil[site], parameters[item // sites, group[site]], c)
            spread(forcing, lane, months, series[site])
            for j in range(FAST):
                w[j * LANES + lane] = states[item, j]
        for i in range(COLUMN * LANES, ROWS * LANES):
            w[i] = 0.0
        for at in range(months):
            month(w, forcing, at, c)
            flows(w, c)
            columns(w)
        for lane in range(min(LANES, items - block)):
            item = block + lane
            rest(w, lane, months, states[item], propagator[item], response[item])
            total = 0.0
            for j in range(POOLS):
                total += states[item, j]
            response[item, 7] = response[item, 0]
            for j in range(5):
                response[item, 7] += response[item, 1 + j] * states[item, FAST + j]
            if not abs(total) < np.inf:
                good = False
                settled[item] = False
                finite[item] = False
                states[item] = np.nan
    return good


@njit(cache=True, **OPTIONS)
def run(states, series, lengths, steps, which, soil, group, parameters, c, fluxes, end, finite):
    """Months one after the other from `states` to `end`; the last `lengths` of `steps` are kept in `fluxes`.

    Parameters
    ----------
    states, series, lengths, steps, which, soil, group, parameters, c : numpy.ndarray
        States of all sites (sets, sites, 18), packed weather, its months, months to run (more than there are repeats
        them, if all are of one length), site of each series; the rest as in `spin_up`.
    fluxes, end, finite : numpy.ndarray
        Filled: (sets, series, 5, months), states after the run (sets, series, 18), and False for each set and site
        where a number is not finite.

    Returns
    -------
    bool
        Whether all states at the end are finite.
    """
    good = True
    runs = which.shape[0]
    items = runs * parameters.shape[0]
    longest = 1
    for r in range(runs):
        longest = max(longest, lengths[r])
    w = np.zeros(ROWS * LANES)
    forcing = np.zeros(longest * FORCING * LANES)
    own, chosen = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    for block in range(0, items, LANES):
        last = 0
        same = True
        for lane in range(LANES):
            # an item is a set of parameters for one series; sets of one series stand together
            item = min(block + lane, items - 1)
            r, given = item // parameters.shape[0], item % parameters.shape[0]
            own[lane], chosen[lane] = r, given
            load(w, lane, soil[which[r]], parameters[given, group[which[r]]], c)
            spread(forcing, lane, lengths[r], series[r])
            for j in range(POOLS):
                w[j * LANES + lane] = states[given, which[r], j]
            last = max(last, steps[r])
            same = same and lengths[r] == lengths[own[0]]
        clear(w)
        for at in range(last):
            if same:
                month(w, forcing, at % lengths[own[0]], c)
            else:
                # series of unequal length cannot repeat together; those that are over run on and are not read
                month(w, forcing, at, c)
            flows(w, c)
            organic(w, c)
            for lane in range(min(LANES, items - block)):
                r = own[lane]
                if at >= steps[r]:
                    continue
                given = chosen[lane]
                kept = at - (steps[r] - lengths[r])
                if kept >= 0:
                    x = lane
                    fluxes[given, r, 0, kept] = w[NPP * LANES + x]
                    fluxes[given, r, 1, kept] = w[CO2 * LANES + x]
                    fluxes[given, r, 2, kept] = w[DOC * LANES + x]
                    somsc = w[X3 * LANES + x] + w[X4 * LANES + x] + w[X5 * LANES + x]
                    fluxes[given, r, 3, kept] = somsc
                    fluxes[given, r, 4, kept] = somsc + w[S2 * LANES + x] + w[M2 * LANES + x]
                if at == steps[r] - 1:
                    total = 0.0
                    for j in range(POOLS):
                        end[given, r, j] = w[j * LANES + lane]
                        total += w[j * LANES + lane]
                    if not abs(total) < np.inf:
                        good = False
                        finite[given, which[r]] = False
    return good


@cache
def fast_build() -> SimpleNamespace:
    """`spin_up` and `run`, compiled once more with fewer rules of arithmetic.

    Returns
    -------
    types.SimpleNamespace
        The two under their names; to be called alike.
    """
    scope = dict(globals(), vexp=short_exp, vlog=short_log, vatan=short_atan)
    parts = (least, most, month, clear, fixed_point, look, settle, finish, soil_of, flows, quarter, quarter_of_soil)
    for strict in (*parts, columns, organic, load, spread, rest, spin_up, run):
        name = strict.py_func.__name__
        again = FunctionType(strict.py_func.__code__, scope, name)
        again.__qualname__ = f"fast_{name}"  # the cache on disk goes by it
        options = (OPTIONS if strict in (load, spread, rest, spin_up, run) else INLINE) | FREE
        scope[name] = njit(cache=strict in (spin_up, run), **options)(again)
    return SimpleNamespace(spin_up=scope["spin_up"], run=scope["run"])
