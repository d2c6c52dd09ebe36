"""The trend of an ensemble whose members share their years, in closed form, for thousands of ensembles at once.

Years and members are crossed: every member has a value in every year. What a year does to all members is not averaged
out by more members, and what a member does in all years not by more years. For a complete table the mixed model with
both has a closed form, which `crossed_slope` gives beside the errors that leave one or both out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

__all__ = ["ERRORS", "CrossedSlope", "crossed_slope"]

Floats = NDArray[np.float64]

ERRORS = ("rows", "members", "years", "crossed")
"""What is taken as a sample: every row by itself, the members, the years, or members and years."""


@dataclass(frozen=True)
class CrossedSlope:
    """Slope of the mean over members, with its error under four ideas of what was sampled.

    Attributes
    ----------
    slope : numpy.ndarray, shape (...)
        Unit of the values per unit of time; the same whatever the error.
    standard_error, degrees_of_freedom : mapping of str to numpy.ndarray, shape (...)
        By `ERRORS`; those of "crossed" are Satterthwaite's.
    members : numpy.ndarray, shape (..., members)
        Slope of each member.
    sd_slope, sd_year, sd_row : numpy.ndarray, shape (...)
        Standard deviations: of true slopes between members, of what a year does to all members alike, and of the
        rest. One that would be negative is zero.
    """

    slope: Floats
    standard_error: Mapping[str, Floats]
    degrees_of_freedom: Mapping[str, Floats]
    members: Floats
    sd_slope: Floats
    sd_year: Floats
    sd_row: Floats

    def interval(self, errors: str = "crossed", *, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Limits of the slope by t.

        Parameters
        ----------
        errors : str
            One of `ERRORS`.
        confidence : float
            Between 0 and 1.

        Returns
        -------
        low, high : numpy.ndarray, shape (...)

        Raises
        ------
        ValueError
            For another kind of error.
        """
        if errors not in ERRORS:
            raise ValueError(f"errors must be one of {', '.join(ERRORS)}, not {errors!r}")
        half = stdtrit(self.degrees_of_freedom[errors], (1 + confidence) / 2) * self.standard_error[errors]
        return self.slope - half, self.slope + half


def crossed_slope(values: ArrayLike, times: ArrayLike) -> CrossedSlope:
    r"""Fit a line with random members and random years to complete tables.

    Parameters
    ----------
    values : array_like, shape (..., n, members)
        Each member at each time, nothing missing; leading axes are ensembles of their own.
    times : array_like, shape (n,)
        Not all equal.

    Returns
    -------
    CrossedSlope

    Raises
    ------
    ValueError
        For missing values, fewer than four times or two members, or times that are all equal.

    Notes
    -----
    The model is :math:`y_{ts} = a_s + b_s t + u_t + e_{ts}` with random slopes :math:`b_s` around :math:`b`. Let
    :math:`MS_b` be the mean square between the members' slopes (times :math:`S_{tt}`), :math:`MS_u` that of the yearly
    means about their line (times the number of members :math:`m`), and :math:`MS_e` that of the rest. Then

    .. math:: \mathrm{var}(\hat b) = \frac{MS_b + MS_u - MS_e}{m\,S_{tt}},

    without the parts whose variance is estimated as zero. This is the REML fit of
    ``y ~ t + (1 + t | member) + (1 | year)`` wherever that has no variance at zero. "rows" is ordinary regression with
    an intercept per member; "members" the spread of the members' slopes; "years" the regression of the mean. Years are
    independent of each other: a memory makes the truth vary more. Cost grows with the size of the table.
    """
    table = np.asarray(values, float)
    time = np.asarray(times, float)
    if table.ndim < 2 or time.ndim != 1 or table.shape[-2] != len(time):
        raise ValueError(f"values need the shape (..., {len(time)}, members), not {table.shape}")
    n, m = table.shape[-2:]
    if n < 4 or m < 2:
        raise ValueError(f"four times and two members are needed, not {n} and {m}")
    if not np.isfinite(table).all():
        raise ValueError("values are missing or infinite: take times that all members have")
    centred = time - time.mean()
    spread = float(centred @ centred)
    if spread == 0:
        raise ValueError("the times are all equal")
    members = np.einsum("t,...tm->...m", centred / spread, table)
    slope = members.mean(axis=-1)
    left = table - table.mean(axis=-2, keepdims=True) - centred[:, None] * members[..., None, :]
    of_year = left.mean(axis=-1)
    freedom = {"members": m - 1.0, "years": n - 2.0, "error": (m - 1.0) * (n - 2.0)}
    square = {
        "members": members.var(axis=-1, ddof=1) * spread,
        "years": m * (of_year**2).sum(axis=-1) / freedom["years"],
        "error": ((left - of_year[..., None]) ** 2).sum(axis=(-2, -1)) / freedom["error"],
    }
    slopes_differ = square["members"] > square["error"]
    years_differ = square["years"] > square["error"]
    signs = {
        "members": slopes_differ * 1.0,
        "years": years_differ * 1.0,
        "error": 1.0 - slopes_differ - years_differ,
    }
    total = sum(signs[part] * square[part] for part in square)
    loose = sum((signs[part] * square[part]) ** 2 / freedom[part] for part in square)
    with np.errstate(divide="ignore", invalid="ignore"):
        satterthwaite = np.where(loose > 0, total**2 / loose, freedom["members"])
    rows_freedom = n * m - m - 1.0
    rows = sum(square[part] * freedom[part] for part in square) / rows_freedom
    variances = {"rows": rows, "members": square["members"], "years": square["years"], "crossed": total}
    freedoms = {"rows": rows_freedom, "members": freedom["members"], "years": freedom["years"]}
    return CrossedSlope(
        slope=slope,
        standard_error={name: np.sqrt(one / (m * spread)) for name, one in variances.items()},
        degrees_of_freedom={name: np.full(slope.shape, one) for name, one in freedoms.items()}
        | {"crossed": satterthwaite},
        members=members,
        sd_slope=np.sqrt(np.maximum(square["members"] - square["error"], 0) / spread),
        sd_year=np.sqrt(np.maximum(square["years"] - square["error"], 0) / m),
        sd_row=np.sqrt(square["error"]),
    )
