"""The logistic cumulative depth curve: shape, shares of layers, and fits to measured profiles.

The curve is ``r(D) = maximum / (1 + (D / d50)**c)`` with ``c < 0`` (Schenk and Jackson 2002,
doi:10.1890/0012-9615(2002)072[0311:TGBOR]2.0.CO;2). ``d50`` and ``d95`` are the depths above which 50 % and 95 %
of the whole lie. Putting ``r = 0.95`` and ``D = d95`` into it gives ``(d95 / d50)**c = 1 / 0.95 - 1 = 1 / 19``, so

    ``c = -log10(19) / (log10(d95) - log10(d50))``,

and ``log10(19) = 1.278754`` is where a printed constant of 1.27875 comes from.

Depths may have any unit as long as it is the same throughout one call.

Which pairs have a curve: both depths finite, ``0 < d50 < d95``. Everything else gives NaN, or an error if
``invalid="raise"``. A ``d50`` of zero is such a case: as it goes to zero with ``d95`` held, the curve tends to a
step of 0.95 at the surface, which no soil has; a zero in a file is a small depth rounded down, and the caller
decides what stands for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

__all__ = [
    "SHAPE_CONSTANT",
    "LogisticFit",
    "cumulative_fraction",
    "d95_from",
    "depth_of_fraction",
    "fit_counts",
    "fit_logistic",
    "fit_profiles",
    "layer_shares",
    "shape_parameter",
    "share_per_depth",
]

Floats = NDArray[np.float64]
Invalid = Literal["nan", "raise"]

SHAPE_CONSTANT: float = float(np.log10(19.0))
"""log10(0.95 / 0.05), the constant of the shape parameter (no unit)."""

_TOLERANCE = 1e-14
_CONVERGED = (1, 2, 3, 4, 6, 7, 8)  # MINPACK: 6 to 8 say that no further digit can be gained; 5 is the step limit
_START_MARGIN = 1e-3  # keeps the logit of the starting line finite where a fraction is 0 or 1


def shape_parameter(d50: ArrayLike, d95: ArrayLike, *, invalid: Invalid = "nan") -> Floats:
    """Shape c of the logistic depth curve from its 50 % and 95 % depths.

    Parameters
    ----------
    d50, d95 : array_like
        Depths above which 50 % and 95 % lie; same unit, shapes that broadcast.
    invalid : {"nan", "raise"}
        What happens where not ``0 < d50 < d95`` (see the module's text).

    Returns
    -------
    numpy.ndarray
        c, negative, no unit, in the broadcast shape.

    Raises
    ------
    ValueError
        With ``invalid="raise"``, naming how many pairs have no curve and the first of them.

    Examples
    --------
    >>> round(float(shape_parameter(10.0, 100.0)), 5)
    -1.27875
    """
    upper, lower = np.broadcast_arrays(np.asarray(d50, float), np.asarray(d95, float))
    with np.errstate(invalid="ignore"):
        valid = np.isfinite(upper) & np.isfinite(lower) & (upper > 0) & (lower > upper)
    if invalid == "raise" and not valid.all():
        first = tuple(int(i) for i in np.argwhere(~valid)[0])
        raise ValueError(
            f"{int((~valid).sum())} of {valid.size} pairs have no curve (needs 0 < d50 < d95); "
            f"first at {first}: d50 = {upper[first]}, d95 = {lower[first]}"
        )
    if invalid not in ("nan", "raise"):
        raise ValueError(f"invalid must be 'nan' or 'raise', not {invalid!r}")
    shape = np.full(upper.shape, np.nan)
    shape[valid] = -SHAPE_CONSTANT / (np.log10(lower[valid]) - np.log10(upper[valid]))
    return shape


def cumulative_fraction(depth: ArrayLike, d50: ArrayLike, c: ArrayLike) -> Floats:
    """Fraction of the whole that lies above a depth: ``1 / (1 + (depth / d50)**c)``.

    Parameters
    ----------
    depth : array_like
        Depth below the surface, at least 0, in the unit of ``d50``; infinity gives 1.
    d50, c : array_like
        Median depth and (negative) shape; all three broadcast.

    Returns
    -------
    numpy.ndarray
        Fractions from 0 to 1; NaN where ``d50`` or ``c`` is NaN.

    Raises
    ------
    ValueError
        If a depth is negative or a shape is not negative.
    """
    depths, medians, shapes = np.asarray(depth, float), np.asarray(d50, float), np.asarray(c, float)
    if np.any(depths < 0):
        raise ValueError("depth must not be negative")
    if np.any(shapes >= 0):
        raise ValueError("c must be negative: the curve rises with depth")
    with np.errstate(divide="ignore"):
        # the logistic function of the log depth: no overflow however steep the curve
        return np.asarray(special.expit(-shapes * (np.log(depths) - np.log(medians))))


def depth_of_fraction(fraction: ArrayLike, d50: ArrayLike, c: ArrayLike) -> Floats:
    """Depth above which a fraction of the whole lies, the inverse of `cumulative_fraction`.

    Parameters
    ----------
    fraction : array_like
        Between 0 and 1.
    d50, c : array_like
        Median depth and (negative) shape; all three broadcast.

    Returns
    -------
    numpy.ndarray
        Depths in the unit of ``d50``.

    Raises
    ------
    ValueError
        If a fraction lies outside 0 to 1.
    """
    fractions = np.asarray(fraction, float)
    if np.any((fractions < 0) | (fractions > 1)):
        raise ValueError("fraction must lie between 0 and 1")
    with np.errstate(divide="ignore"):
        return np.asarray(np.asarray(d50, float) * np.exp(special.logit(fractions) / -np.asarray(c, float)))


def d95_from(d50: ArrayLike, c: ArrayLike) -> Floats:
    """Depth above which 95 % lies, from median depth and shape: ``d50 * 19**(-1 / c)``.

    Parameters
    ----------
    d50, c : array_like
        Median depth and (negative) shape.

    Returns
    -------
    numpy.ndarray
        d95 in the unit of ``d50``.
    """
    return np.asarray(np.asarray(d50, float) * 19.0 ** (-1.0 / np.asarray(c, float)))


def _checked_bounds(bounds: ArrayLike) -> Floats:
    edges = np.asarray(bounds, float)
    if edges.ndim != 1 or edges.size < 2 or edges[0] < 0 or np.any(np.diff(edges) <= 0):
        raise ValueError("bounds must be one rising sequence of at least two depths, none negative")
    return edges


def layer_shares(
    d50: ArrayLike, d95: ArrayLike, bounds: ArrayLike, *, rescale: bool = False, invalid: Invalid = "nan"
) -> Floats:
    """Share of the whole in each layer, for many profiles at once.

    Parameters
    ----------
    d50, d95 : array_like, shape (n,)
        Depths above which 50 % and 95 % lie.
    bounds : array_like, shape (layers + 1,)
        Rising layer bounds in the same unit, such as 0, 20, 40 ...
    rescale : bool
        False: shares of everything down to any depth, so a row sums to less than 1 by what lies below the last
        bound (and above the first). True: divided by that sum, so that each row sums to 1.
    invalid : {"nan", "raise"}
        As in `shape_parameter`.

    Returns
    -------
    numpy.ndarray, shape (n, layers)
        Shares (0 to 1); a row of NaN where the pair has no curve. Scalars give shape (1, layers).
    """
    edges = _checked_bounds(bounds)
    shape = np.atleast_1d(shape_parameter(d50, d95, invalid=invalid))
    if shape.ndim != 1:
        raise ValueError("d50 and d95 must be one-dimensional")
    median = np.where(np.isnan(shape), np.nan, np.broadcast_to(np.asarray(d50, float), shape.shape))
    shares = np.diff(cumulative_fraction(edges, median[:, None], shape[:, None]), axis=1)
    if rescale:
        shares = shares / shares.sum(axis=1, keepdims=True)
    return np.asarray(shares)


def share_per_depth(shares: ArrayLike, bounds: ArrayLike) -> Floats:
    """Share per unit of depth: layers of unequal thickness made comparable.

    Parameters
    ----------
    shares : array_like, shape (..., layers)
        Shares of layers.
    bounds : array_like, shape (layers + 1,)
        Their bounds; in cm the result is per cm.

    Returns
    -------
    numpy.ndarray
        ``shares / thickness``, same shape.
    """
    return np.asarray(np.asarray(shares, float) / np.diff(_checked_bounds(bounds)))


@dataclass(frozen=True)
class LogisticFit:
    """Least-squares fit of the logistic depth curve to one profile.

    Depths in the unit of the input; standard errors are those of non-linear least squares, which take the
    residuals as independent. The points of a cumulative curve built from counts are not, so there the standard
    errors are too small.
    """

    d50: float
    c: float
    d95: float
    maximum: float
    standard_error_d50: float
    standard_error_c: float
    standard_error_d95: float
    standard_error_maximum: float
    residual_sum_of_squares: float
    n_points: int
    converged: bool


_FAILED: dict[str, object] = {
    **dict.fromkeys(LogisticFit.__dataclass_fields__, np.nan),
    "n_points": 0,
    "converged": False,
}


def _starting_values(log_depth: Floats, fraction: Floats) -> tuple[float, float]:
    """Median depth (log) and shape from the line logit(r) = -c log(D) + c log(d50)."""
    slope, intercept = np.polyfit(log_depth, special.logit(np.clip(fraction, _START_MARGIN, 1 - _START_MARGIN)), 1)
    slope = max(float(slope), 0.1)  # a flat or falling profile still needs a rising start
    return float(-intercept / slope), -slope


def fit_logistic(depth: ArrayLike, fraction: ArrayLike, *, free_maximum: bool = False) -> LogisticFit:
    """Fit the logistic curve to cumulative fractions measured at depths, by least squares (MINPACK).

    Parameters
    ----------
    depth : array_like, shape (n,)
        Positive depths. Missing pairs are left out.
    fraction : array_like, shape (n,)
        Cumulative fraction above each depth.
    free_maximum : bool
        False: the curve tends to 1, right when the fractions refer to all that there is. True: its upper limit is
        a third parameter, needed when the fractions refer to what lies above a sampling depth only.

    Returns
    -------
    LogisticFit
        Estimates with standard errors (residual variance with n minus number of parameters degrees of freedom;
        that of d95 by the delta method).

    Raises
    ------
    ValueError
        If fewer points than parameters plus one are left, a depth is not positive, or shapes differ.

    Notes
    -----
    Fitted in log(d50) and log(-c), which keeps both in range; estimates and standard errors agree with R's ``nls``.
    """
    x, y = np.asarray(depth, float), np.asarray(fraction, float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"depth and fraction must be one-dimensional of one length, not {x.shape} and {y.shape}")
    present = np.isfinite(x) & np.isfinite(y)
    x, y = x[present], y[present]
    n_parameters = 3 if free_maximum else 2
    if x.size <= n_parameters:
        raise ValueError(f"{x.size} points cannot carry {n_parameters} parameters and a residual")
    if np.any(x <= 0):
        raise ValueError("depths must be positive: the fraction above depth 0 is 0 by definition")
    log_depth = np.log(x)

    def curve(parameters: Floats) -> Floats:
        limit = parameters[2] if free_maximum else 1.0
        return np.asarray(limit * special.expit(np.exp(parameters[1]) * (log_depth - parameters[0])))

    def residuals(parameters: Floats) -> Floats:
        return curve(parameters) - y

    def jacobian(parameters: Floats) -> Floats:
        steep = np.exp(parameters[1])
        logistic = special.expit(steep * (log_depth - parameters[0]))
        limit = parameters[2] if free_maximum else 1.0
        gradient = limit * logistic * (1 - logistic) * steep
        columns = [-gradient, gradient * (log_depth - parameters[0])]
        return np.column_stack([*columns, logistic] if free_maximum else columns)

    scale = max(float(y.max()), _START_MARGIN) * 1.02 if free_maximum else 1.0
    log_median, shape = _starting_values(log_depth, y / scale)
    start = np.array([log_median, np.log(-shape), scale][:n_parameters])
    # MINPACK itself: least_squares wraps the same routine at several times the cost per small profile
    best, covariance, _, _, status = optimize.leastsq(
        residuals, start, Dfun=jacobian, full_output=True, ftol=_TOLERANCE, xtol=_TOLERANCE, gtol=0.0, maxfev=500
    )
    rss = float(np.sum(residuals(best) ** 2))
    d50, c = float(np.exp(best[0])), float(-np.exp(best[1]))
    d95 = float(d95_from(d50, c))
    if covariance is None:
        errors, error_d95 = np.full(3, np.nan), np.nan
    else:
        covariance = covariance * rss / (x.size - n_parameters)
        errors = np.sqrt(np.append(np.diag(covariance), 0.0))[:3] * np.array([d50, -c, 1.0])
        # log d95 = log d50 - log(19) / c, and c = -exp(parameter): its gradient in the fitted parameters
        gradient_d95 = np.array([1.0, np.log(19.0) / c, 0.0])[:n_parameters]
        error_d95 = d95 * float(np.sqrt(gradient_d95 @ covariance @ gradient_d95))
    return LogisticFit(
        d50=d50,
        c=c,
        d95=d95,
        maximum=float(best[2]) if free_maximum else 1.0,
        standard_error_d50=float(errors[0]),
        standard_error_c=float(errors[1]),
        standard_error_d95=float(error_d95),
        standard_error_maximum=float(errors[2]) if free_maximum else 0.0,
        residual_sum_of_squares=rss,
        n_points=int(x.size),
        converged=bool(status in _CONVERGED and covariance is not None),
    )


def fit_profiles(
    profile: ArrayLike, depth: ArrayLike, fraction: ArrayLike, *, free_maximum: bool = False
) -> pd.DataFrame:
    """Fit the logistic curve to each profile of a long table.

    Parameters
    ----------
    profile : array_like, shape (n,)
        Label of the profile of each row.
    depth, fraction : array_like, shape (n,)
        As in `fit_logistic`.
    free_maximum : bool
        As in `fit_logistic`.

    Returns
    -------
    pandas.DataFrame
        One row per profile in order of first appearance, the fields of `LogisticFit` as columns. A profile with
        too few points has NaN and ``converged`` False: none is dropped.
    """
    labels = pd.Series(np.asarray(profile))
    depths, fractions = np.asarray(depth, float), np.asarray(fraction, float)
    rows: dict[Hashable, dict[str, object]] = {}
    for label, positions in labels.groupby(labels, sort=False).indices.items():
        x, y = depths[positions], fractions[positions]
        usable = int(np.sum(np.isfinite(x) & np.isfinite(y)))
        if usable <= (3 if free_maximum else 2):
            rows[label] = _FAILED | {"n_points": usable}
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # reported in `converged` instead
            rows[label] = asdict(fit_logistic(x, y, free_maximum=free_maximum))
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(LogisticFit.__dataclass_fields__))
    frame.index.name = "profile"
    return frame


_COUNT_COLUMNS = (
    "d50",
    "c",
    "d95",
    "standard_error_d50",
    "standard_error_c",
    "standard_error_d95",
    "log_likelihood",
)
_LARGEST_STEP = 1.0  # in log(d50) and log(-c): a first guess far away must not jump out of range
_COUNT_ITERATIONS = 100
_COUNT_TOLERANCE = 1e-9


def _layer_probabilities(parameters: Floats, log_edges: Floats, sampled: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Chance of each sampled layer given that a root lies in one, and its gradient of the logarithm.

    Parameters have shape (profiles, 2), log(d50) and log(-c); chances (profiles, layers), gradients (..., 2).
    """
    steep = np.exp(parameters[:, 1, None])
    distance = log_edges - parameters[:, 0, None]
    above = special.expit(steep * distance)
    density = above * special.expit(-steep * distance) * steep
    with np.errstate(invalid="ignore"):
        # the surface and infinity add nothing: there the density falls faster than the distance grows
        slope = np.where(density > 0, density * distance, 0.0)
    raw = np.where(sampled, np.diff(above, axis=1), 0.0)
    gradient = np.stack([np.diff(-density, axis=1), np.diff(slope, axis=1)], axis=-1) * sampled[..., None]
    total = raw.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(raw[..., None] > 0, gradient / raw[..., None], 0.0)
        score = score - (gradient.sum(axis=1) / total)[:, None, :]
        return raw / total, score


def fit_counts(bounds: ArrayLike, counts: ArrayLike) -> pd.DataFrame:
    """Fit the logistic curve to roots counted in layers, by maximum likelihood, many profiles at once.

    Each root lies in a layer independently of the others, with the chance that the curve gives; what lies outside
    the sampled layers was not seen, so chances are those given that a root lies in a sampled layer (a multinomial
    likelihood of grouped and truncated data; McLachlan and Jones 1988, doi:10.2307/2531869). Unlike a fit to
    cumulative fractions it needs no assumption on roots below the deepest sample, and its standard errors know that
    the points of a cumulative curve hang together.

    Parameters
    ----------
    bounds : array_like, shape (layers + 1,)
        Rising bounds of the layers, none negative; the last may be infinite.
    counts : array_like, shape (layers,) or (profiles, layers)
        Roots found in each layer; missing (NaN) where no sample was taken.

    Returns
    -------
    pandas.DataFrame
        One row per profile: d50, c, d95 with their standard errors (expected information; depths in the unit of
        ``bounds``; that of d95 by the delta method), log_likelihood (without the multinomial constant), n_roots,
        n_layers (sampled), converged. A profile with fewer than three sampled layers or without roots in two of them,
        or whose likelihood has no maximum within reach, has NaN and ``converged`` False: none is dropped.

    Raises
    ------
    ValueError
        If bounds do not rise, shapes do not fit, or a count is negative, infinite or not a whole number.

    Notes
    -----
    Fisher scoring in log(d50) and log(-c) with halved steps. Shallow pits hold little on d95: where roots thin out
    beyond the deepest sample without a bend above it, the standard error is large, as it should be.
    """
    edges = _checked_bounds(bounds)
    table = np.atleast_2d(np.asarray(counts, float))
    if table.ndim != 2 or table.shape[1] != edges.size - 1:
        raise ValueError(f"{edges.size} bounds need {edges.size - 1} counts per profile, not shape {table.shape}")
    sampled = ~np.isnan(table)
    roots = np.where(sampled, table, 0.0)
    if np.any((roots < 0) | (roots != np.round(roots)) | np.isinf(roots)):
        raise ValueError("counts must be whole numbers, none negative")
    usable = (sampled.sum(axis=1) >= 3) & ((roots > 0).sum(axis=1) >= 2)
    with np.errstate(divide="ignore"):
        log_edges = np.log(edges)
    fitted = np.full((len(table), len(_COUNT_COLUMNS)), np.nan)
    if usable.any():
        fitted[usable] = _score_counts(roots[usable], sampled[usable], log_edges)
    frame = pd.DataFrame(fitted, index=pd.RangeIndex(len(table), name="profile"), columns=list(_COUNT_COLUMNS))
    frame["n_roots"] = roots.sum(axis=1).astype(int)
    frame["n_layers"] = sampled.sum(axis=1)
    frame["converged"] = frame["d50"].notna()
    return frame


def _score_counts(roots: Floats, sampled: NDArray[np.bool_], log_edges: Floats) -> Floats:
    """Fisher scoring for profiles that can be fitted; a row of NaN where it does not settle."""
    total = roots.sum(axis=1)
    parameters = _count_start(roots, log_edges)

    def likelihood(at: Floats) -> tuple[Floats, Floats, Floats]:
        chance, score = _layer_probabilities(at, log_edges, sampled)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(roots > 0, roots * np.log(chance), 0.0).sum(axis=1)
        return value, chance, score

    value, chance, score = likelihood(parameters)
    settled = np.zeros(len(roots), bool)
    for _ in range(_COUNT_ITERATIONS):
        gradient = np.einsum("pl,pli->pi", roots, score)
        information = np.einsum("p,pl,pli,plj->pij", total, chance, score, score)
        step = np.einsum("pij,pj->pi", np.linalg.pinv(information, hermitian=True), gradient)
        settled = np.isfinite(value) & (np.abs(step).max(axis=1) < _COUNT_TOLERANCE)
        if settled.all():
            break
        step = step * np.minimum(1.0, _LARGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        for _ in range(20):
            trial, chance, score = likelihood(parameters + step)
            worse = ~(trial >= value - 1e-9)
            if not worse.any():
                break
            step[worse] /= 2
        step[worse] = 0.0
        parameters = parameters + step
        value, chance, score = likelihood(parameters)
    information = np.einsum("p,pl,pli,plj->pij", total, chance, score, score)
    covariance = np.linalg.pinv(information, hermitian=True)
    d50, c = np.exp(parameters[:, 0]), -np.exp(parameters[:, 1])
    d95 = d95_from(d50, c)
    gradient_d95 = np.column_stack([np.ones(len(c)), np.log(19.0) / c])
    variance = np.column_stack(
        [covariance[:, 0, 0], covariance[:, 1, 1], np.einsum("pi,pij,pj->p", gradient_d95, covariance, gradient_d95)]
    )
    errors = np.sqrt(variance) * np.column_stack([d50, -c, d95])
    good = settled & (np.linalg.matrix_rank(information, hermitian=True) == 2)
    fitted = np.column_stack([d50, c, d95, errors, value])
    fitted[~good] = np.nan
    return np.asarray(fitted)


def _count_start(roots: Floats, log_edges: Floats) -> Floats:
    """Starting log(d50) and log(-c) from the line of the logit of cumulative fractions, as for least squares."""
    inner = np.isfinite(log_edges[1:])
    share = roots.cumsum(axis=1) / roots.sum(axis=1, keepdims=True)
    logit = special.logit(np.clip(share, 0.01, 0.99))[:, inner]
    x = log_edges[1:][inner]
    slope = ((x - x.mean()) * (logit - logit.mean(axis=1, keepdims=True))).sum(axis=1) / ((x - x.mean()) ** 2).sum()
    slope = np.maximum(slope, 0.1)
    return np.column_stack([x.mean() - logit.mean(axis=1) / slope, np.log(slope)])
