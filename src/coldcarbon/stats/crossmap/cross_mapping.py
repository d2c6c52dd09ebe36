"""Convergent cross mapping: whether the memory of an effect holds the states of its cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.crossmap.embedding import Neighbours, shift
from coldcarbon.stats.crossmap.series import Detrend, Series, read_series
from coldcarbon.stats.crossmap.simplex import Points, skill, states
from coldcarbon.stats.crossmap.surrogates import SurrogateKind, surrogate_series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
from coldcarbon.stats.uncertainty.resampling import simulated_p

__all__ = ["Convergence", "CrossMap", "cross_map", "lag_scan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BLOCK = 4_000_000  # ranks held at once


@dataclass(frozen=True)
class Convergence:
    """Whether skill grows with the library (`CrossMap.convergence`).

    Attributes
    ----------
    gain : float
        Mean rho at the largest library less that at the smallest.
    p_gain : float
        Share of samples, paired by draw, in which the largest library does not do better, (count + 1) / (samples + 1).
    kendall_tau, kendall_p : float
        Kendall's tau-b of mean rho with library size, two-sided P (normal); a description, since all sizes use the same
        rows. NaN for fewer than three sizes.
    rho : float
        Mean at the largest library.
    p_rho, p_surrogate_gain : float
        Share of surrogates with a mean rho, or a gain, as large, (count + 1) / (surrogates + 1); NaN without.
    """

    gain: float
    p_gain: float
    kendall_tau: float
    kendall_p: float
    rho: float
    p_rho: float
    p_surrogate_gain: float


@dataclass(frozen=True)
class CrossMap:
    """Result of `cross_map`: skill of the effect's states in estimating the cause, by library size.

    Attributes
    ----------
    cause, effect : str
        The claim under test is "cause drives effect"; in the usual notation, effect xmap cause.
    library_sizes : ndarray, shape (sizes,)
        States in the library.
    rho : ndarray, shape (sizes, samples)
        Pearson correlation of estimates and values of the cause, per random library.
    surrogate_rho : ndarray, shape (sizes, surrogates), or None
        Mean rho over random libraries with the cause (or effect) replaced by a surrogate.
    surrogates : str
        Kind, "" if none.
    n_points : int
        States estimated.
    dimension, tau, horizon : int
        E, tau, Tp.
    predictions : pandas.DataFrame
        With all states as library: by row, observed and predicted.
    engine : str
        What computed it.
    """

    cause: str
    effect: str
    library_sizes: Ints
    rho: Floats
    surrogate_rho: Floats | None
    surrogates: str
    n_points: int
    dimension: int
    tau: int
    horizon: int
    predictions: pd.DataFrame
    engine: str

    def summary(self, quantiles: tuple[float, float] = (0.025, 0.975)) -> pd.DataFrame:
        """Library-size curve.

        Parameters
        ----------
        quantiles : tuple of float
            Of rho over random libraries: columns low and high.

        Returns
        -------
        pandas.DataFrame
            By library_size: mean, median, low, high, n_samples; with surrogates surrogate_median, surrogate_95 (their
            95 % quantile) and p.
        """
        with np.errstate(invalid="ignore"):
            low, median, high = np.nanquantile(self.rho, (quantiles[0], 0.5, quantiles[1]), axis=1)
        table = pd.DataFrame(
            {"mean": np.nanmean(self.rho, axis=1), "median": median, "low": low, "high": high},
            index=pd.Index(self.library_sizes, name="library_size"),
        )
        table["n_samples"] = self.rho.shape[1]
        if self.surrogate_rho is not None:
            table["surrogate_median"] = np.median(self.surrogate_rho, axis=1)
            table["surrogate_95"] = np.quantile(self.surrogate_rho, 0.95, axis=1)
            table["p"] = _share(self.surrogate_rho, table["mean"].to_numpy())
        return table

    def convergence(self) -> Convergence:
        """Tests of convergence.

        Returns
        -------
        Convergence
            Gain from the smallest to the largest library, and P values.
        """
        from coldcarbon.stats.trends import mann_kendall

        mean = np.nanmean(self.rho, axis=1)
        gain = float(mean[-1] - mean[0])
        samples = self.rho.shape[1]
        not_better = int((self.rho[-1] <= self.rho[0]).sum())
        tau = p_tau = float("nan")
        if len(mean) > 2 and np.ptp(mean) > 0:
            test = mann_kendall(mean, self.library_sizes.astype(float))
            tau, p_tau = float(test.tau_b), float(test.p)
        p_rho = p_gain = float("nan")
        if self.surrogate_rho is not None:
            p_rho = float(_share(self.surrogate_rho[-1:], mean[-1:])[0])
            p_gain = float(_share((self.surrogate_rho[-1] - self.surrogate_rho[0])[None], np.array([gain]))[0])
        return Convergence(gain, simulated_p(not_better, samples), tau, p_tau, float(mean[-1]), p_rho, p_gain)

    def plot(self, ax: Axes | None = None, *, quantiles: tuple[float, float] = (0.025, 0.975)) -> Axes:
        """Curve of skill over library size, with the spread of libraries and of surrogates.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        quantiles : tuple of float
            Of the bands.

        Returns
        -------
        matplotlib Axes
            Labelled "effect xmap cause (cause drives effect)".
        """
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        table = self.summary(quantiles)
        name = f"{self.effect} xmap {self.cause} ({self.cause} drives {self.effect}?)"
        (line,) = axes.plot(table.index, table["mean"], marker="o", markersize=4, label=name)
        axes.fill_between(table.index, table["low"], table["high"], color=line.get_color(), alpha=0.2, linewidth=0)
        if self.surrogate_rho is not None:
            low, high = np.quantile(self.surrogate_rho, quantiles, axis=1)
            axes.fill_between(table.index, low, high, color="0.6", alpha=0.25, linewidth=0)
            label = f"{self.surrogates} surrogates"
            axes.plot(table.index, table["surrogate_median"], color=line.get_color(), linestyle="--", label=label)
        axes.axhline(0, color="0.7", linewidth=0.8)
        axes.set_xlabel("library size (states)")
        axes.set_ylabel("skill, r")
        axes.legend()
        return axes


def _share(surrogates: Floats, observed: Floats) -> Floats:
    """P with the +1 correction, by row."""
    count = (surrogates >= observed[:, None] - 1e-12).sum(axis=1)
    return simulated_p(count, surrogates.shape[1])


def _draw(m: int, size: int, n_samples: int, replace: bool, rng: np.random.Generator) -> Ints:
    if replace:
        return rng.integers(0, m, size=(n_samples, size))
    if size == m:
        return np.broadcast_to(np.arange(m), (n_samples, m))
    return np.argpartition(rng.random((n_samples, m)), size - 1, axis=1)[:, :size]


def _skills(neighbours: Neighbours, libraries: Ints, k: int, targets: Floats) -> Floats:
    """Rho by library and target series, (samples, series); targets (m, series)."""
    m, n_targets = targets.shape
    result = np.empty((len(libraries), n_targets))
    cells = m * max(libraries.shape[1], k * n_targets)
    step = max(1, BLOCK // cells)
    for first in range(0, len(libraries), step):
        found, weights = neighbours.nearest(k, libraries[first : first + step])
        if n_targets == 1:
            predicted = np.einsum("ksm,ksm->sm", weights, targets[:, 0][found])[:, :, None]
        else:
            predicted = np.zeros((*found.shape[1:], n_targets))
            for j in range(k):
                predicted += weights[j, :, :, None] * targets[found[j]]
        result[first : first + step] = skill(predicted, targets[None])
    return result


def _sizes(library_sizes: Iterable[int] | None, m: int, k: int, replace: bool) -> Ints:
    least = k + 1
    if library_sizes is None:
        return np.unique(np.rint(np.linspace(min(max(least, m // 10), m), m, 10)).astype(np.intp))
    sizes = np.unique(np.fromiter(library_sizes, dtype=np.intp))
    if len(sizes) == 0 or sizes[0] < least:
        raise ValueError(f"a library needs at least {least} states (E + 2), not {list(sizes)[:1]}")
    if not replace and sizes[-1] > m:
        raise ValueError(f"a library of {sizes[-1]} states is asked for, but there are {m} without gaps")
    return sizes


def cross_map(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    *,
    cause: str,
    effect: str,
    E: int,  # noqa: N803
    tau: int = -1,
    Tp: int = 0,  # noqa: N803
    library_sizes: Iterable[int] | None = None,
    n_samples: int = 100,
    seed: int | np.random.Generator = 0,
    exclusion_radius: int = 0,
    segments: str | ArrayLike | None = None,
    replace: bool = False,
    detrend: Detrend = "none",
    phases: str | ArrayLike | int | None = None,
    surrogates: SurrogateKind | None = None,
    n_surrogates: int = 200,
    surrogate_of: Literal["cause", "effect"] = "cause",
    surrogate_samples: int = 20,
    engine: Literal["arrays", "pyEDM"] = "arrays",
) -> CrossMap:
    """Convergent cross mapping (Sugihara et al. 2012, doi:10.1126/science.1227079) of one direction.

    Direction: if the cause drives the effect, the effect carries the cause's history, so states of the EFFECT find the
    values of the CAUSE. "effect xmap cause" with a skill that grows with the library therefore speaks for
    "cause drives effect", in R: ``CCM(columns = effect, target = cause)``, column "effect:cause". Skill without growth,
    or no better than surrogates, does not: a common driver, season or trend gives skill too.

    Parameters
    ----------
    data : pandas.DataFrame or mapping of columns
        Rows in time order, equally spaced; NaN is a gap, which no state crosses.
    cause, effect : str
        Columns.
    E, tau : int
        Embedding of the effect: dimension and lag (negative looks back, as in pyEDM and rEDM).
    Tp : int
        The cause is estimated so many steps later (negative: earlier); see `lag_scan`.
    library_sizes : iterable of int, optional
        States in the library; by default ten from a tenth of the states up to all.
    n_samples : int
        Random libraries per size.
    seed : int or numpy.random.Generator
        The same seed gives the same result.
    exclusion_radius : int
        States so many rows or fewer away are no neighbours; 0 leaves out the state itself only.
    segments : str or array_like, optional
        Replicated short series: a column name or labels. No state crosses from one into another.
    replace : bool
        Draw libraries with replacement, as for replicated series in Clark et al. (2015, doi:10.1890/14-1479.1) and R's
        ``multispatialCCM``; a state drawn twice counts as two neighbours. That package seems to take the number of
        values as the number of rows and so to leave out the last rows, as many as there are gap markers: its answers
        are those for the series cut short, and higher here where all rows count.
    detrend, phases
        As in `coldcarbon.stats.crossmap.detrend`, for both series; phases also for seasonal surrogates.
    surrogates : str, optional
        "shuffle", "seasonal", "phase" or "ar1" (`surrogate_series`), made after detrending.
    n_surrogates : int
        How many.
    surrogate_of : str
        "cause": the neighbours stay, so that thousands are quick; "effect": embedded anew each.
    surrogate_samples : int
        Random libraries per size behind each surrogate's mean.
    engine : str
        "arrays": here, with all samples at once; "pyEDM": its ``CCM``, one process, which gives means only
        (``rho`` then has one column) and knows no segments.

    Returns
    -------
    CrossMap
        `CrossMap.summary`, `CrossMap.convergence`, `CrossMap.plot`.

    Raises
    ------
    KeyError
        For a column that is not there.
    ValueError
        For constant or infinite columns, too few states, libraries too small or too large, bad options.

    Notes
    -----
    All states are estimated from each library, without themselves, as in rEDM and pyEDM; given the same libraries the
    skill equals pyEDM's to 1e-12. Cost grows with states squared (once) and with sizes x samples x states x library.
    """
    if cause == effect:
        raise ValueError("cause and effect are the same column")
    if n_samples < 1 or surrogate_samples < 1:
        raise ValueError("at least one random library per size is needed")
    series = read_series(data, [cause, effect], segments=segments, phases=phases, method=detrend)
    rng = np.random.default_rng(seed)
    k = E + 1
    ahead = shift(series[cause], Tp, series.segments)
    points = states(series, effect, [ahead], E, tau, exclusion_radius)
    m = len(points.rows)
    sizes = _sizes(library_sizes, m, k, replace)
    observed = ahead[points.rows]
    found, weights = points.neighbours.nearest(k)
    predicted = (weights[:, 0] * observed[found[:, 0]]).sum(axis=0)
    if engine == "pyEDM":
        if segments is not None or replace or not isinstance(seed, int | np.integer):
            raise ValueError("pyEDM's CCM knows no segments and no replacement, and needs a whole number as seed")
        rho = _by_pyedm(series, cause, effect, E, tau, Tp, sizes, n_samples, int(seed), exclusion_radius)
    elif engine == "arrays":
        rho = np.empty((len(sizes), n_samples))
    else:
        raise ValueError(f"engine must be 'arrays' or 'pyEDM', not {engine!r}")
    fakes = None
    if surrogates is not None:
        fakes = surrogate_series(
            series[cause if surrogate_of == "cause" else effect],
            surrogates,
            n_surrogates,
            phases=series.phases,
            segments=series.segments,
            seed=rng,
        )
    null = None if fakes is None else np.empty((len(sizes), n_surrogates))
    kept: list[Ints] = []
    for place, size in enumerate(sizes):
        libraries = _draw(m, int(size), n_samples, replace, rng)
        kept.append(libraries[:surrogate_samples])
        if engine == "arrays":
            once = size == m and not replace
            rho[place] = _skills(points.neighbours, libraries[:1] if once else libraries, k, observed[:, None])[:, 0]
    if fakes is not None and null is not None:
        if surrogate_of == "cause":
            shifted = shift(np.ascontiguousarray(fakes.T), Tp, series.segments)[points.rows]
            for place, libraries in enumerate(kept):
                some = libraries[:1] if sizes[place] == m and not replace else libraries
                null[place] = np.nanmean(_skills(points.neighbours, some, k, shifted), axis=0)
        elif surrogate_of == "effect":
            for i, fake in enumerate(fakes):
                copy = Series({effect: fake}, series.segments, series.phases)
                anew = states(copy, effect, [ahead, series[effect]], E, tau, exclusion_radius)
                for place, size in enumerate(sizes):
                    some = _draw(len(anew.rows), int(min(size, len(anew.rows))), surrogate_samples, replace, rng)
                    null[place, i] = np.nanmean(_skills(anew.neighbours, some, k, ahead[anew.rows][:, None]))
        else:
            raise ValueError(f"surrogate_of must be 'cause' or 'effect', not {surrogate_of!r}")
    index = pd.Index(points.rows, name="row")
    return CrossMap(
        cause=cause,
        effect=effect,
        library_sizes=sizes,
        rho=rho,
        surrogate_rho=null,
        surrogates=surrogates or "",
        n_points=m,
        dimension=E,
        tau=tau,
        horizon=Tp,
        predictions=pd.DataFrame({"observed": observed, "predicted": predicted}, index=index),
        engine=engine,
    )


def _by_pyedm(
    series: Series,
    cause: str,
    effect: str,
    dimension: int,
    tau: int,
    horizon: int,
    sizes: Ints,
    n_samples: int,
    seed: int,
    exclusion_radius: int,
) -> Floats:
    import pyEDM  # type: ignore[import-untyped]

    frame = pd.DataFrame({"row": np.arange(len(series[effect])), "effect": series[effect], "cause": series[cause]})
    # a list of three would be read as start, stop and step
    asked = [int(size) for size in sizes]
    asked = [*asked, asked[-1]] if len(asked) == 3 else asked
    answer = pyEDM.CCM(
        dataFrame=frame,
        columns="effect",
        target="cause",
        E=dimension,
        Tp=horizon,
        tau=tau,
        exclusionRadius=exclusion_radius,
        libSizes=asked,
        sample=n_samples,
        seed=seed,
        parallel=False,
    )
    return answer["effect:cause"].to_numpy(float)[: len(sizes), None]


def lag_scan(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    *,
    cause: str,
    effect: str,
    E: int,  # noqa: N803
    tau: int = -1,
    lags: Sequence[int] = tuple(range(-8, 9)),
    library_size: int | None = None,
    n_samples: int = 100,
    seed: int | np.random.Generator = 0,
    exclusion_radius: int = 0,
    segments: str | ArrayLike | None = None,
    detrend: Detrend = "none",
    phases: str | ArrayLike | int | None = None,
) -> pd.DataFrame:
    """Cross-map skill by lag (Ye et al. 2015, doi:10.1038/srep14750): when the cause is seen best.

    Parameters
    ----------
    data, cause, effect, E, tau, n_samples, seed, exclusion_radius, segments, detrend, phases
        As in `cross_map`.
    lags : sequence of int
        Tp: the cause so many steps after (negative: before) the effect's state.
    library_size : int, optional
        States in the library; all by default (then there is nothing random).

    Returns
    -------
    pandas.DataFrame
        By lag: rho (mean), low, high (2.5 and 97.5 %), n_points; ``attrs["best_lag"]``. All lags use the same states,
        those that have every lag. A best lag at or below 0 fits a cause that comes first; above 0, strong forcing by
        the "effect" or a common driver is likelier.

    Raises
    ------
    KeyError, ValueError
        As `cross_map`.
    """
    series = read_series(data, [cause, effect], segments=segments, phases=phases, method=detrend)
    targets = [shift(series[cause], lag, series.segments) for lag in lags]
    points: Points = states(series, effect, targets, E, tau, exclusion_radius)
    m = len(points.rows)
    size = int(_sizes(None if library_size is None else [library_size], m, E + 1, False)[-1])
    libraries = _draw(m, size, 1 if size == m else n_samples, False, np.random.default_rng(seed))
    rho = _skills(points.neighbours, libraries, E + 1, np.stack(targets, axis=1)[points.rows])
    low, high = np.nanquantile(rho, (0.025, 0.975), axis=0)
    table = pd.DataFrame(
        {"rho": np.nanmean(rho, axis=0), "low": low, "high": high, "n_points": m},
        index=pd.Index(list(lags), name="lag"),
    )
    table.attrs["best_lag"] = int(lags[int(np.nanargmax(table["rho"].to_numpy()))])
    return table
