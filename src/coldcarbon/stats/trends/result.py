"""What a trend method gives: slope, interval and P per series, in the unit of the values per unit of time."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Trend"]

Floats = NDArray[np.float64]
Number = float | Floats


@dataclass(frozen=True)
class Trend:
    """A trend per series: numbers for one series, arrays of shape (series,) for many.

    The unit of replication is one value of a series; series are never pooled.

    Attributes
    ----------
    slope, standard_error, low, high : float or ndarray
        Unit of the values per unit of time (`time_unit`); the limits hold `confidence`. A Sen slope has no standard
        error (NaN).
    statistic, p : float or ndarray
        t or z, and the two-sided P of no trend.
    intercept : float or ndarray
        Value of the line at time 0.
    n : int or ndarray
        Values used.
    n_effective : float or ndarray
        Independent values they are worth, by the method's own account; n where it takes them as independent.
    autocorrelation : float or ndarray
        Lag-1 autocorrelation the method worked with (per `time_unit` for irregular times); NaN where none.
    degrees_of_freedom : float or ndarray
        Of the t distribution; infinite for z.
    converged : bool or ndarray
        Whether an iterative method found its optimum; True for closed forms.
    method : str
        In words, for a caption.
    confidence : float
        Of the interval, such as 0.95.
    time_unit : str
        Singular.
    names : tuple of str or None
        Of the series.
    details : dict
        Further columns of the method (bandwidth, sigma, log_likelihood ...).
    span : float
        Units of ``times`` that one `time_unit` holds: 1, or 10 after `per_decade`.
    times, values : ndarray
        The series, ordered in time, for `plot`.
    """

    slope: Number
    standard_error: Number
    low: Number
    high: Number
    statistic: Number
    p: Number
    intercept: Number
    n: Any
    n_effective: Number
    autocorrelation: Number
    degrees_of_freedom: Number
    converged: Any
    method: str
    confidence: float
    time_unit: str
    names: tuple[str, ...] | None = None
    details: dict[str, Any] = field(default_factory=dict)
    span: float = 1.0
    times: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    values: Floats = field(default_factory=lambda: np.empty(0), repr=False)

    def per(self, units: float, name: str) -> Trend:
        """The same trend per so many units of time.

        Parameters
        ----------
        units : float
            How many of `time_unit` make one of the new.
        name : str
            Of the new unit, singular.

        Returns
        -------
        Trend
            Slope, standard error and limits multiplied by ``units``; times and the lag-1 autocorrelation stay as
            they are.
        """
        scaled = {key: getattr(self, key) * units for key in ("slope", "standard_error", "low", "high")}
        return replace(self, **scaled, time_unit=name, span=self.span * units)

    def per_decade(self) -> Trend:
        """Slope and limits per ten years.

        Returns
        -------
        Trend
            With ``time_unit`` "decade".

        Raises
        ------
        ValueError
            If times are not in years.
        """
        if self.time_unit != "year":
            raise ValueError(f"times are counted in {self.time_unit}s, not years: use per(units, name)")
        return self.per(10.0, "decade")

    def summary(self) -> pd.DataFrame:
        """One row per series; slopes in the unit of the values per `time_unit`.

        Returns
        -------
        pandas.DataFrame
            Columns as the attributes, then the method's own; ``attrs["unit"]`` says per what.
        """
        skipped = {"method", "confidence", "time_unit", "names", "details", "span", "times", "values"}
        columns = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in skipped}
        columns |= self.details
        frame = pd.DataFrame({key: np.atleast_1d(value) for key, value in columns.items()})
        if self.names is not None:
            frame.index = pd.Index(self.names, name="series")
        frame.attrs["unit"] = f"per {self.time_unit}"
        frame.attrs["method"] = self.method
        return frame

    def plot(self, ax: Axes | None = None, *, series: int = 0, break_after: float | None = None) -> Axes:
        """One series with its line and, if given, the time after which it breaks.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.
        series : int
            Which of many.
        break_after : float, optional
            Last time before a break, as from `pettitt`; the means on either side are drawn.

        Returns
        -------
        matplotlib Axes
            Values, line and interval of the slope about the middle of the series.
        """
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        values = np.atleast_2d(self.values)[series]
        here = np.isfinite(values)
        times, values = self.times[here], values[here]
        slope, low, high, intercept = (
            np.atleast_1d(getattr(self, key)).astype(float)[series] for key in ("slope", "low", "high", "intercept")
        )
        ends = np.array([times.min(), times.max()])
        middle = ends.mean()
        centre = intercept + slope / self.span * middle
        axes.plot(times, values, "o-", color="0.45", linewidth=0.8, markersize=3.5, label="values")
        label = f"{slope:.3g} ({low:.3g} to {high:.3g}) per {self.time_unit}"
        axes.plot(ends, centre + slope / self.span * (ends - middle), color="C0", linewidth=2, label=label)
        steps = np.linspace(times.min(), times.max(), 50)
        fan = centre + np.outer([low / self.span, high / self.span], steps - middle)
        axes.fill_between(steps, fan.min(axis=0), fan.max(axis=0), color="C0", alpha=0.2, linewidth=0)
        if break_after is not None:
            for side in (times <= break_after, times > break_after):
                if side.any():
                    axes.hlines(values[side].mean(), times[side][0], times[side][-1], color="C1", linestyle="--")
            axes.axvline(break_after, color="C1", linewidth=1, label=f"break after {break_after:g}")
        axes.set_xlabel("time")
        axes.legend()
        return axes
