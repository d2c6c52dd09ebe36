"""The model as others use it: sites and weather in, soil carbon and monthly fluxes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.century import reference
from coldcarbon.century.constants import CENTURY, Constants
from coldcarbon.century.packing import pack_climate, pack_constants, pack_soil
from coldcarbon.century.parameters import PARAMETERS, refuse_outside
from coldcarbon.century.prepared import Climate, prepare_climate, prepare_soil
from coldcarbon.century.sites import Sites, Weather
from coldcarbon.century.state import FAST, NAMES, SOIL_ORGANIC, cold_start

__all__ = ["FLUXES", "Counts", "Result", "Simulator", "SpinUp", "depth_factor", "simulate", "simulate_blocks"]

Array = NDArray[np.float64]
Engine = Literal["auto", "kernel", "fast", "reference"]
SpinUp = Literal["steady"] | tuple[Literal["years", "brute"], int, ArrayLike]
FLUXES = ("net_production", "respiration", "leached_carbon", "somsc", "somtc")
GRAMS_PER_KILOGRAM = 1000.0
MONTHS_AT_ONCE = 500_000  # months of weather packed together: 48 MB, so that memory does not grow with the sites
TOLERANCE = 1e-8
MOST_CYCLES = 60


@dataclass
class Counts:
    """What a simulator has met: simulations of all its sites, and how many of them did not go well.

    Attributes
    ----------
    runs : int
        Parameter sets run.
    non_finite : int
        Sets with a non-finite number at some site.
    not_converged : int
        Sets whose steady state was not reached at some site within the allowed cycles.
    """

    runs: int = 0
    non_finite: int = 0
    not_converged: int = 0


@dataclass(frozen=True)
class Result:
    """What came of one parameter set, or of several: then every array has them as a first axis.

    Attributes
    ----------
    states : numpy.ndarray, shape (n, 18)
        State after the spin-up, in January's beginning, in the order of `coldcarbon.century.NAMES`.
    somsc, somtc : numpy.ndarray, shape (n,)
        Soil organic carbon without and with the litter in the soil, mean over the cycle after the spin-up, g C m-2.
    propagator : numpy.ndarray, shape (n, 5, 5)
        What a cycle leaves of SOM1C(1), SOM2C(1), SOM1C(2), SOM2C(2), SOM3C; rows receive.
    cycles : numpy.ndarray of int, shape (n,)
        Cycles that plants, water and litter took to come to rest.
    converged, finite : numpy.ndarray of bool, shape (n,)
        Whether they did; whether all numbers of the site, its weather included, are finite.
    fluxes : numpy.ndarray, shape (k, 5, months)
        Of the k sites with weather, in the order of `FLUXES`: monthly NPP, respiration and leaching (g C m-2 month-1),
        and somsc and somtc at the end of the month (g C m-2). NaN after the end of a series.
    end : numpy.ndarray, shape (k, 18)
        Their states after the weather.
    """

    states: Array
    somsc: Array
    somtc: Array
    propagator: Array
    cycles: NDArray[np.int64]
    converged: NDArray[np.bool_]
    finite: NDArray[np.bool_]
    fluxes: Array
    end: Array

    @property
    def net_ecosystem_production(self) -> Array:
        """NPP minus respiration of the sites with weather, shape (k, months), g C m-2 month-1; uptake is positive."""
        return self.fluxes[..., 0, :] - self.fluxes[..., 1, :]

    @property
    def soil_carbon_kg(self) -> Array:
        """`somsc` in kg m-2, shape (n,): what zhao2022 compares with measured density."""
        return self.somsc / GRAMS_PER_KILOGRAM

    def flux(self, name: str) -> Array:
        """One of the fluxes.

        Parameters
        ----------
        name : str
            One of `FLUXES`, or ``"net_ecosystem_production"``.

        Returns
        -------
        numpy.ndarray, shape (k, months)
        """
        if name == "net_ecosystem_production":
            return self.net_ecosystem_production
        return self.fluxes[..., FLUXES.index(name), :]

    def pool(self, name: str) -> Array:
        """One pool after the spin-up.

        Parameters
        ----------
        name : str
            As in `coldcarbon.century.NAMES`.

        Returns
        -------
        numpy.ndarray, shape (n,)
            g C m-2, or cm of water.
        """
        return self.states[..., NAMES.index(name)]


def depth_factor(scale_cm: float, simulated_cm: float = 20.0, observed_cm: float = 30.0) -> float:
    """What carbon of the model's depth becomes over the depth observed, if density falls exponentially.

    CENTURY simulates 20 cm; zhao2022 compares with 30 cm and applies no factor (the default elsewhere here).

    Parameters
    ----------
    scale_cm : float
        Depth over which density falls to a third (1/e).
    simulated_cm, observed_cm : float
        Depths.

    Returns
    -------
    float
        ``(1 - e^(-observed/scale)) / (1 - e^(-simulated/scale))``.
    """
    return float(np.expm1(-observed_cm / scale_cm) / np.expm1(-simulated_cm / scale_cm))


@dataclass
class Simulator:
    """The model for fixed sites and weather, ready for many parameter sets.

    Soil and climate are worked out once; a run costs some microseconds per site, and grows linearly with sites and
    parameter sets. Runs of one simulator depend on nothing but their parameters.

    Attributes
    ----------
    sites : Sites
        Soil and climate.
    weather : Weather, optional
        What follows the spin-up at some of the sites.
    constants : Constants
        Named set.
    groups : sequence of int, length n, optional
        Which row of the parameters each site follows (say 0 meadow, 1 steppe); all the first unless told.
    engine : {"auto", "kernel", "fast", "reference"}
        ``kernel`` needs Numba; ``auto`` takes the readable and slow model where it cannot be had. ``fast`` is the
        kernel with the rules of arithmetic relaxed: within 1e-9 of the exact one, and little faster.
    counts : Counts
        What the runs met.

    Raises
    ------
    ValueError
        For weather at a site without climate, groups of another length, an unknown engine.
    ImportError
        If the kernel is asked for and Numba cannot be imported.
    """

    sites: Sites
    weather: Weather | None = None
    constants: Constants = CENTURY
    groups: Sequence[int] | None = None
    engine: Engine = "auto"
    counts: Counts = field(default_factory=Counts, init=False)

    def __post_init__(self) -> None:
        n = len(self.sites)
        groups = np.zeros(n, dtype=np.int64) if self.groups is None else np.array(self.groups, dtype=np.int64)
        if groups.shape != (n,) or (groups < 0).any():
            raise ValueError(f"groups has shape {groups.shape}; it needs a number from 0 on for each of {n} sites")
        self._group = groups
        self._soil = prepare_soil(self.sites, self.constants)
        s = self.sites
        self._climate = prepare_climate(
            s.latitude_degrees, s.minimum_celsius, s.maximum_celsius, s.precipitation_mm,
            np.asarray(s.growing), s.senescence, s.co2_ppm, self.constants,
        )  # fmt: skip
        self._start = cold_start(self._soil.wilting)
        self._which = np.zeros(0, dtype=np.int64)
        self._lengths = np.zeros(0, dtype=np.int64)
        if self.weather is not None:
            places = {name: place for place, name in enumerate(s.names)}
            unknown = [name for name in self.weather.names if name not in places]
            if unknown:
                raise ValueError(f"site {unknown[0]!r} has weather but no climate: it is not among the sites")
            self._which = np.array([places[name] for name in self.weather.names])
            self._lengths = self.weather.lengths
        self._longest = int(self._lengths.max()) if len(self._lengths) else 0
        self._even = bool((self._lengths == self._longest).all())
        self._last_group = int(groups.max())
        if self.engine not in get_args(Engine):
            raise ValueError(f"no engine {self.engine!r}; there are {', '.join(get_args(Engine))}")
        self._kernel: Any = None
        if self.engine != "reference":
            try:
                from coldcarbon.century import kernel
            except ImportError:
                if self.engine != "auto":
                    raise
            else:
                self._kernel = kernel.fast_build() if self.engine == "fast" else kernel
                self._packed_soil = pack_soil(self._soil, self.constants)
                self._packed_constants = pack_constants(self.constants)
                self._order = np.arange(n)
                self._packed_climate = pack_climate(self._climate, self.constants)
        self._packed_weather: Array | None = None

    def run(
        self,
        parameters: ArrayLike,
        *,
        spinup: SpinUp = "steady",
        tolerance: float = TOLERANCE,
        relaxation: float = 1.0,
        cycles: int = MOST_CYCLES,
        check: bool = True,
    ) -> Result:
        """Spin up and run the weather under one parameter set.

        Parameters
        ----------
        parameters : array_like, shape (24,) or (groups, 24)
            In the order of `coldcarbon.century.PARAMETERS`.
        spinup : "steady", ("years", n, s0) or ("brute", n, s0)
            The periodic steady state; organic matter n years after s0 (g C m-2 of the five pools, scalar or one row per
            site) with plants and litter at rest, ``s* + P^n (s0 - s*)``; or n years month by month from a cold start
            with organic matter s0.
        tolerance : float
            Largest relative change of a pool from cycle to cycle: 1e-4 is enough for sampling, 1e-8 for derivatives.
        relaxation : float
            Soil organic matter is multiplied by this after the spin-up, so that it may take up or lose carbon.
        cycles : int
            After so many a site is given up; its last state stands and is counted.
        check : bool
            Whether parameters outside their priors are refused.

        Returns
        -------
        Result

        Raises
        ------
        ValueError
            For parameters outside their prior or of another shape, and an unknown spin-up.
        """
        values = np.array(parameters, dtype=np.float64)
        values = values.reshape(1, -1, values.shape[-1] if values.ndim else 1)
        arrays = self._run(values, spinup, tolerance, relaxation, cycles, check)
        return Result(*[array[0] for array in arrays])

    def run_many(
        self,
        parameters: ArrayLike,
        *,
        spinup: SpinUp = "steady",
        tolerance: float = TOLERANCE,
        relaxation: float = 1.0,
        cycles: int = MOST_CYCLES,
        check: bool = True,
    ) -> Result:
        """As `run`, under many parameter sets at once, which fills the lanes of the kernel better.

        Parameters
        ----------
        parameters : array_like, shape (sets, 24) or (sets, groups, 24)
            In the order of `coldcarbon.century.PARAMETERS`.
        spinup, tolerance, relaxation, cycles, check
            As in `run`.

        Returns
        -------
        Result
            Every array has the sets as its first axis.

        Raises
        ------
        ValueError
            As in `run`.
        """
        values = np.ascontiguousarray(parameters, dtype=np.float64)
        if values.ndim == 2:
            values = values[:, None, :]
        return Result(*self._run(values, spinup, tolerance, relaxation, cycles, check))

    def _run(
        self, values: Array, spinup: SpinUp, tolerance: float, relaxation: float, cycles: int, check: bool
    ) -> tuple[Any, ...]:
        """What a `Result` of several sets holds, in its order; counted."""
        if values.ndim != 3 or values.shape[-1] != len(PARAMETERS):
            raise ValueError(f"parameters of shape {values.shape}; a set is {len(PARAMETERS)} values per group")
        if values.shape[1] <= self._last_group:
            raise ValueError(f"parameters for {values.shape[1]} groups; the sites follow {self._last_group + 1}")
        if check:
            refuse_outside(values)
        kind, years, origin = self._years(spinup)
        engine = self._by_reference if self._kernel is None else self._by_kernel
        good, arrays = engine(values, kind, years, origin, tolerance, relaxation, cycles)
        self.counts.runs += len(values)
        if not good:
            converged, finite = arrays[5], arrays[6]
            self.counts.non_finite += int((~finite).any(axis=1).sum())
            self.counts.not_converged += int((~converged).any(axis=1).sum())
        return arrays

    def _years(self, spinup: SpinUp) -> tuple[str, int, Array]:
        """Kind of spin-up, years and origin, refused if they make no sense."""
        if isinstance(spinup, str):
            if spinup != "steady":
                raise ValueError(f"no spin-up {spinup!r}; there are 'steady', ('years', n, s0) and ('brute', n, s0)")
            return spinup, 0, np.zeros(0)
        kind, years, origin = spinup
        cycle_years = self._climate.months // 12
        if kind not in ("years", "brute") or years < 1 or years % cycle_years:
            raise ValueError(f"spin-up {spinup[:2]}: years must be a number of whole cycles of {cycle_years} years")
        pools = np.broadcast_to(np.asarray(origin, dtype=float), (len(self.sites), 5)).copy()
        if not (np.isfinite(pools) & (pools >= 0)).all():
            raise ValueError("a spin-up starts from finite pools that are not negative")
        return kind, int(years), pools

    # -- the fast model

    def _by_kernel(
        self, values: Array, kind: str, years: int, origin: Array, tolerance: float, relaxation: float, cycles: int
    ) -> tuple[bool, tuple[Any, ...]]:
        """Whether every site came to rest and is finite, and what a `Result` holds."""
        sets, n, k = len(values), len(self.sites), len(self._which)
        states = np.empty((sets, n, len(NAMES)))
        propagator, response = np.empty((sets, n, 5, 5)), np.empty((sets, n, 8))
        taken, next_order = np.empty((sets, n), np.int64), np.empty(n, np.int64)
        settled, finite = np.empty((sets, n), np.bool_), np.empty((sets, n), np.bool_)
        good = self._kernel.spin_up(
            self._start, self._packed_climate, self._packed_soil, self._group, values, self._packed_constants,
            tolerance, cycles, states, propagator, response, taken, settled, finite, self._order, next_order,
        )  # fmt: skip
        self._order = next_order  # a new array: threads may share a simulator; no result depends on it
        if kind == "years":
            gap = (origin - states[..., FAST:])[..., None]
            decay = np.linalg.matrix_power(propagator, years * 12 // self._climate.months)
            states[..., FAST:] += (decay @ gap)[..., 0]
        elif kind == "brute":
            cold = np.tile(self._start, (sets, 1, 1))
            cold[..., FAST:] = origin
            _, states, well = self._cycle_by_kernel(values, cold, 12 * years, finite)
            good = good and well
        if relaxation != 1:
            states[..., SOIL_ORGANIC] *= relaxation
        somsc = response[..., 7]  # of the steady state
        if kind != "steady" or relaxation != 1:
            somsc = response[..., 0] + (response[..., 1:6] * states[..., FAST:]).sum(axis=-1)
        somtc = somsc + response[..., 6]
        if kind == "brute":  # its litter need not be at rest, as the response takes it to be
            course = self._cycle_by_kernel(values, states, self._climate.months, finite)[0]
            somsc, somtc = (course[..., FLUXES.index(name), :].mean(axis=-1) for name in ("somsc", "somtc"))
        fluxes = np.empty((sets, k, len(FLUXES), self._longest))
        if not self._even:
            fluxes.fill(np.nan)
        end = np.empty((sets, k, len(NAMES)))
        at_once = MONTHS_AT_ONCE // self._longest or 1 if k else 1
        for first in range(0, k, at_once):
            well = self._weather_by_kernel(values, states, first, min(first + at_once, k), fluxes, end, finite)
            good = good and well
        return good, (states, somsc, somtc, propagator, taken, settled, finite, fluxes, end)

    def _cycle_by_kernel(
        self, values: Array, states: Array, months: int, finite: NDArray[np.bool_]
    ) -> tuple[Array, Array, bool]:
        """Months of the cycle, repeated: fluxes of the last cycle, states at the end, whether all are finite."""
        n, length = len(self.sites), self._climate.months
        fluxes = np.empty((len(values), n, len(FLUXES), length))
        end = np.empty_like(states)
        good = self._kernel.run(
            np.ascontiguousarray(states), self._packed_climate, np.full(n, length), np.full(n, months), np.arange(n),
            self._packed_soil, self._group, values, self._packed_constants, fluxes, end, finite,
        )  # fmt: skip
        return fluxes, end, good

    def _weather_by_kernel(
        self, values: Array, states: Array, first: int, last: int, fluxes: Array, end: Array,
        finite: NDArray[np.bool_],
    ) -> bool:  # fmt: skip
        """Run the series from `first` to before `last`, into `fluxes`, `end` and `finite`."""
        if last - first == len(self._which):
            packed = self._packed_weather
            if packed is None:
                packed = self._packed_weather = self._pack_weather(range(first, last))
            return bool(
                self._kernel.run(
                    states, packed, self._lengths, self._lengths, self._which, self._packed_soil, self._group, values,
                    self._packed_constants, fluxes, end, finite,
                )
            )  # fmt: skip
        lengths, which = self._lengths[first:last], self._which[first:last]
        flow, state = np.ascontiguousarray(fluxes[:, first:last]), np.ascontiguousarray(end[:, first:last])
        good = self._kernel.run(
            states, self._pack_weather(range(first, last)), lengths, lengths, which, self._packed_soil, self._group,
            values, self._packed_constants, flow, state, finite,
        )  # fmt: skip
        fluxes[:, first:last], end[:, first:last] = flow, state
        return bool(good)

    def _weather(self, place: int) -> Climate:
        """Forcing of one series."""
        assert self.weather is not None  # noqa: S101  # for the type checker
        s, site = self.sites, [self._which[place]]
        return prepare_climate(
            np.asarray(s.latitude_degrees)[site],
            np.asarray(self.weather.minimum_celsius[place])[None],
            np.asarray(self.weather.maximum_celsius[place])[None],
            np.asarray(self.weather.precipitation_mm[place])[None],
            np.asarray(s.growing)[site],
            s.senescence[site],
            None if self.weather.co2_ppm is None else np.asarray(self.weather.co2_ppm[place])[None],
            self.constants,
        )

    def _pack_weather(self, places: range) -> Array:
        packed = [pack_climate(self._weather(place), self.constants)[0] for place in places]
        width = max(len(series) for series in packed)
        return np.array([np.pad(series, (0, width - len(series))) for series in packed])

    # -- the readable model

    def _by_reference(
        self, values: Array, kind: str, years: int, origin: Array, tolerance: float, relaxation: float, cycles: int
    ) -> tuple[bool, tuple[Any, ...]]:
        parts = [self._one_by_reference(v, kind, years, origin, tolerance, relaxation, cycles) for v in values]
        arrays = tuple(np.stack([vars(part)[name] for part in parts]) for name in vars(parts[0]))
        return bool(arrays[5].all() and arrays[6].all()), arrays

    def _one_by_reference(
        self, values: Array, kind: str, years: int, origin: Array, tolerance: float, relaxation: float, cycles: int
    ) -> Result:
        parameters = values[self._group]
        climate, soil, constants = self._climate, self._soil, self.constants
        steady = reference.spin_up(self._start, climate, soil, parameters, constants, tolerance, cycles)
        states = steady.states
        if kind == "years":
            decay = np.linalg.matrix_power(steady.propagator, years * 12 // climate.months)
            states[:, FAST:] += (decay @ (origin - states[:, FAST:])[..., None])[..., 0]
        elif kind == "brute":
            states = self._start.copy()
            states[:, FAST:] = origin
            states = reference.run(states, climate, soil, parameters, constants, 12 * years)[0]
        if relaxation != 1:
            states[:, SOIL_ORGANIC] *= relaxation
        course = reference.run(states, climate, soil, parameters, constants)[2]
        somsc = course[..., SOIL_ORGANIC].sum(axis=-1)
        litter = course[..., [NAMES.index("STRUCC(2)"), NAMES.index("METABC(2)")]].sum(axis=-1)
        fluxes = np.full((len(self._which), len(FLUXES), self._longest), np.nan)
        end = states[self._which].copy()
        for place, site in enumerate(self._which):
            one = prepare_soil(self.sites.select([site]), constants)
            last, flows, path = reference.run(end[[place]], self._weather(place), one, parameters[[site]], constants)
            soil_carbon = path[:, 0, SOIL_ORGANIC].sum(axis=-1)
            dead = path[:, 0, [NAMES.index("STRUCC(2)"), NAMES.index("METABC(2)")]].sum(axis=-1)
            of_months = [[m.net_production[0], m.respiration[0], m.leached_carbon[0]] for m in flows]
            fluxes[place, :, : len(flows)] = [*np.array(of_months).T, soil_carbon, soil_carbon + dead]
            end[place] = last[0]
        finite: NDArray[np.bool_] = np.array(np.isfinite(states).all(axis=1))
        finite[self._which] &= np.isfinite(end).all(axis=1)
        return Result(
            states, somsc.mean(axis=0), (somsc + litter).mean(axis=0), steady.propagator, steady.cycles,
            steady.converged, finite, fluxes, end,
        )  # fmt: skip


def simulate(
    sites: Sites,
    parameters: ArrayLike,
    weather: Weather | None = None,
    *,
    groups: Sequence[int] | None = None,
    constants: Constants = CENTURY,
    spinup: SpinUp = "steady",
    tolerance: float = TOLERANCE,
    relaxation: float = 1.0,
    engine: Engine = "auto",
) -> Result:
    """One simulation; for many under the same sites make a `Simulator`.

    Parameters
    ----------
    sites, weather, constants, groups, engine
        As in `Simulator`.
    parameters, spinup, tolerance, relaxation
        As in `Simulator.run`.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        As `Simulator` and `Simulator.run`.
    """
    simulator = Simulator(sites, weather, constants, groups, engine)
    return simulator.run(parameters, spinup=spinup, tolerance=tolerance, relaxation=relaxation)


def simulate_blocks(
    sites: Sites,
    parameters: ArrayLike,
    weather: Weather | None = None,
    *,
    block: int = 1000,
    groups: Sequence[int] | None = None,
    constants: Constants = CENTURY,
    spinup: SpinUp = "steady",
    tolerance: float = TOLERANCE,
    relaxation: float = 1.0,
    engine: Engine = "auto",
) -> Iterator[tuple[Sites, Result]]:
    """One simulation of many sites, some at a time: what is asked of a block is kept, its months are not.

    Monthly fluxes of 10,000 sites over 60 years take 290 MB and forcing as much; a block of 1,000 sites a tenth. No
    number depends on the blocks.

    Parameters
    ----------
    sites, weather, constants, groups, engine
        As in `Simulator`.
    parameters, spinup, tolerance, relaxation
        As in `Simulator.run`; pools to start from are scalar or one row of five.
    block : int
        Sites at a time.

    Yields
    ------
    sites : Sites
        Of the block, in their order.
    result : Result
        Theirs.

    Raises
    ------
    ValueError
        As `Simulator` and `Simulator.run`, and for a block of no sites.
    """
    if block < 1:
        raise ValueError(f"a block of {block} sites; at least one is needed")
    if weather is not None and (strange := set(weather.names).difference(sites.names)):
        raise ValueError(f"site {min(strange)!r} has weather but no climate: it is not among the sites")
    followed = None if groups is None else np.asarray(groups)
    place = {} if weather is None else {name: at for at, name in enumerate(weather.names)}
    for first in range(0, len(sites), block):
        chosen = np.arange(first, min(first + block, len(sites)))
        part = sites.select(chosen)
        with_weather = [place[name] for name in part.names if name in place]
        own = None if weather is None or not with_weather else weather.select(with_weather)
        of_part = None if followed is None else followed[chosen].tolist()
        simulator = Simulator(part, own, constants, of_part, engine)
        yield part, simulator.run(parameters, spinup=spinup, tolerance=tolerance, relaxation=relaxation)
