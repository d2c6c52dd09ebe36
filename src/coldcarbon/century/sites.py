"""What a run is told of its sites: soil, climate of an average year or cycle of years, and weather to follow it."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Sites", "Weather"]

Array = NDArray[np.float64]
MILLIMETRES_PER_CENTIMETRE = 10.0
TEXTURE_TOLERANCE = 1e-6
BOUNDS = {  # wide enough for any land; beyond them a unit is wrong
    "latitude_degrees": (-90.0, 90.0),
    "sand": (0.0, 1.0),
    "silt": (0.0, 1.0),
    "clay": (0.0, 1.0),
    "ph": (3.0, 11.0),
    "rock_fraction": (0.0, 0.95),
    "organic_matter_percent": (0.0, 30.0),
    "drain": (0.0, 1.0),
}
TEMPERATURES = (-70.0, 60.0)  # degC


def month_name(month: int, months: int) -> str:
    """Name of a month for a message, with the year of the series if it has several."""
    name = calendar.month_name[month % 12 + 1]
    return name if months == 12 else f"{name} of year {month // 12 + 1}"


def check_climate(names: Sequence[str], low: Array, high: Array, rain_mm: Array) -> None:
    """Refuse climate that is missing, infinite, negative or upside down; site, month and variable are named."""
    months = low.shape[1]
    tests = (
        ("minimum temperature", low, ~np.isfinite(low), "is missing or infinite"),
        ("maximum temperature", high, ~np.isfinite(high), "is missing or infinite"),
        ("precipitation", rain_mm, ~np.isfinite(rain_mm), "is missing or infinite"),
        ("precipitation", rain_mm, rain_mm < 0, "is negative"),
        ("minimum temperature", low, (low < TEMPERATURES[0]) | (low > TEMPERATURES[1]), "is not in degrees Celsius"),
        ("maximum temperature", high, (high < TEMPERATURES[0]) | (high > TEMPERATURES[1]), "is not in degrees Celsius"),
        ("maximum temperature", high, high < low, "is below the minimum"),
    )
    for variable, values, bad, fault in tests:
        if bad.any():
            site, month = (int(i) for i in np.argwhere(bad)[0])
            raise ValueError(
                f"site {names[site]!r}, {month_name(month, months)}: {variable} {fault} ({values[site, month]:g})"
            )


@dataclass(frozen=True)
class Sites:
    """Soil and average climate of n sites.

    The climate is a cycle of whole years that begins in January: 12 months of an average year, or more.

    Attributes
    ----------
    names : sequence of str, length n
        Unique names, used in messages.
    latitude_degrees : array_like, shape (n,)
        North positive.
    sand, silt, clay : array_like, shape (n,)
        Shares of the fine earth; they sum to one.
    minimum_celsius, maximum_celsius : array_like, shape (n, months)
        Monthly means of daily extremes.
    precipitation_mm : array_like, shape (n, months)
        Millimetres per month.
    ph : array_like, shape (n,) or scalar
        Soil pH.
    rock_fraction : array_like, shape (n,) or scalar
        Share of the soil's volume that is stone; it holds no water.
    organic_matter_percent : array_like, shape (n,) or scalar
        For the water a soil holds only; 3 unless told.
    drain : array_like, shape (n,) or scalar
        1: excess water leaves at once; 0: it stays, and decay may suffer (ANEREF).
    growing : array_like of bool, shape (n, 12), optional
        Months of growth; those with a mean above 0 degC unless told.
    co2_ppm : float, optional
        Concentration during the cycle; None leaves CO2 without effect.

    Raises
    ------
    ValueError
        For input that cannot be used; site, month and name are in the message.
    """

    names: Sequence[str]
    latitude_degrees: ArrayLike
    sand: ArrayLike
    silt: ArrayLike
    clay: ArrayLike
    minimum_celsius: ArrayLike
    maximum_celsius: ArrayLike
    precipitation_mm: ArrayLike
    ph: ArrayLike = 7.5
    rock_fraction: ArrayLike = 0.0
    organic_matter_percent: ArrayLike = 3.0
    drain: ArrayLike = 1.0
    growing: ArrayLike | None = None
    co2_ppm: float | None = None
    months: int = field(init=False)

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        names = tuple(str(name) for name in self.names)
        if not names:
            raise ValueError("no sites were given")
        repeated = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        if repeated:
            raise ValueError(f"site names repeat: {', '.join(sorted(repeated)[:5])}")
        put("names", names)
        for name, (low, high) in BOUNDS.items():
            values = np.asarray(getattr(self, name), dtype=float)
            if values.ndim and values.shape != (len(names),):
                raise ValueError(f"{name} has shape {values.shape}; there are {len(names)} sites")
            values = np.broadcast_to(values, (len(names),)).copy()
            bad = ~((values >= low) & (values <= high))
            if bad.any():
                site = int(np.argmax(bad))
                raise ValueError(f"site {names[site]!r}: {name} = {values[site]:g} is outside {low:g} to {high:g}")
            put(name, values)
        total = np.asarray(self.sand) + np.asarray(self.silt) + np.asarray(self.clay)
        wrong = np.abs(total - 1) > TEXTURE_TOLERANCE
        if wrong.any():
            site = int(np.argmax(wrong))
            raise ValueError(f"site {names[site]!r}: sand, silt and clay sum to {total[site]:g}, not to 1")
        for name in ("minimum_celsius", "maximum_celsius", "precipitation_mm"):
            values = np.array(getattr(self, name), dtype=float)
            if values.ndim != 2 or not len(values):
                raise ValueError(f"{name} must have one row per site; got shape {values.shape}")
            if len(values) < len(names):
                raise ValueError(f"site {names[len(values)]!r} has no climate ({name} has {len(values)} rows)")
            if len(values) > len(names):
                raise ValueError(f"{name} has {len(values)} rows for {len(names)} sites")
            put(name, values)
        minimum, maximum, rain = (
            np.asarray(getattr(self, name)) for name in ("minimum_celsius", "maximum_celsius", "precipitation_mm")
        )
        months = minimum.shape[1]
        if not minimum.shape == maximum.shape == rain.shape:
            raise ValueError(f"climate of unequal shapes: {minimum.shape}, {maximum.shape}, {rain.shape}")
        if months == 0 or months % 12:
            raise ValueError(f"site {names[0]!r}: months are missing, {months} is not a number of whole years")
        check_climate(names, minimum, maximum, rain)
        put("months", months)
        if self.growing is None:
            mean = ((minimum + maximum) / 2).reshape(len(names), -1, 12).mean(axis=1)
            put("growing", mean > 0)
        else:
            growing = np.array(self.growing, dtype=bool)
            if growing.shape != (len(names), 12):
                raise ValueError(
                    f"growing has shape {growing.shape}; it needs 12 months for each of {len(names)} sites"
                )
            put("growing", growing)
        check_co2(self.co2_ppm)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def senescence(self) -> NDArray[np.bool_]:
        """Months, shape (n, 12), that follow the end of growth."""
        growing = np.asarray(self.growing)
        return np.roll(growing, 1, axis=1) & ~growing

    def select(self, chosen: ArrayLike) -> Sites:
        """Some of the sites.

        Parameters
        ----------
        chosen : array_like
            Positions, a slice's worth of them, or a mask.

        Returns
        -------
        Sites
        """
        places = np.arange(len(self))[np.asarray(chosen)]
        per_site = (*BOUNDS, "minimum_celsius", "maximum_celsius", "precipitation_mm", "growing")
        values = {name: np.asarray(getattr(self, name))[places] for name in per_site}
        return Sites(names=[self.names[i] for i in places], co2_ppm=self.co2_ppm, **values)


@dataclass(frozen=True)
class Weather:
    """Months that follow the cycle at some of the sites. Each series begins in January; lengths may differ.

    Attributes
    ----------
    names : sequence of str, length k
        Sites, by name.
    minimum_celsius, maximum_celsius, precipitation_mm : sequence of k arrays
        Monthly series; a matrix of shape (k, months) will do. Arrays of floats are not copied: leave them as they are.
    co2_ppm : sequence of k arrays, optional
        Concentration per month; None leaves CO2 without effect.

    Raises
    ------
    ValueError
        For input that cannot be used; site, month and name are in the message.
    """

    names: Sequence[str]
    minimum_celsius: Sequence[ArrayLike]
    maximum_celsius: Sequence[ArrayLike]
    precipitation_mm: Sequence[ArrayLike]
    co2_ppm: Sequence[ArrayLike] | None = None

    def __post_init__(self) -> None:
        names = tuple(str(name) for name in self.names)
        object.__setattr__(self, "names", names)
        if not names or len(set(names)) < len(names):
            raise ValueError("weather needs the names of its sites, each once")
        for name in ("minimum_celsius", "maximum_celsius", "precipitation_mm", "co2_ppm"):
            series = getattr(self, name)
            if series is None:
                continue
            series = tuple(np.asarray(values, dtype=float) for values in series)  # no copies: 60 MB per 10,000 sites
            if len(series) != len(names):
                raise ValueError(f"{name} has {len(series)} series for {len(names)} sites")
            object.__setattr__(self, name, series)
        for place, name in enumerate(names):
            low, high, rain = (
                np.asarray(series[place])
                for series in (self.minimum_celsius, self.maximum_celsius, self.precipitation_mm)
            )
            if not low.ndim == high.ndim == rain.ndim == 1 or not low.shape == high.shape == rain.shape or not low.size:
                raise ValueError(
                    f"site {name!r}: months are missing in the weather; its series have shapes "
                    f"{low.shape}, {high.shape} and {rain.shape}"
                )
            check_climate([name], low[None], high[None], rain[None])
            if self.co2_ppm is not None:
                co2 = np.asarray(self.co2_ppm[place])
                if co2.shape != low.shape:
                    raise ValueError(f"site {name!r}: {co2.size} months of CO2 for {low.size} months of weather")
                check_co2(co2, name)

    def __len__(self) -> int:
        return len(self.names)

    def select(self, chosen: Sequence[int]) -> Weather:
        """Some of the series.

        Parameters
        ----------
        chosen : sequence of int
            Positions, in the order wanted.

        Returns
        -------
        Weather
        """
        series = (self.minimum_celsius, self.maximum_celsius, self.precipitation_mm, self.co2_ppm)
        picked = [None if values is None else [values[place] for place in chosen] for values in series]
        return Weather([self.names[place] for place in chosen], *picked)  # type: ignore[arg-type]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Months of each series, shape (k,)."""
        return np.array([len(np.asarray(series)) for series in self.minimum_celsius])


def check_co2(ppm: ArrayLike | None, name: str = "") -> None:
    """Refuse a concentration that is no concentration of air."""
    if ppm is None:
        return
    values = np.atleast_1d(np.asarray(ppm, dtype=float))
    bad = ~((values > 100) & (values < 2000))
    if bad.any():
        where = f"site {name!r}, {month_name(int(np.argmax(bad)), len(values))}: " if name else ""
        raise ValueError(f"{where}CO2 of {values[int(np.argmax(bad))]:g} ppm is not that of air")
