"""From two numbers and a tolerance to a verdict. No verdict is ever typed in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from coldcarbon.published import Published

__all__ = [
    "VERDICTS",
    "Judgement",
    "Tolerance",
    "judge_data",
    "judge_printed",
    "judge_recovery",
    "tolerance_of",
]

# The only pairs of evidence and verdict there are (None: nothing at hand can test the claim).
VERDICTS: dict[str | None, tuple[str, ...]] = {
    "real": ("reproduced", "same conclusion", "differs"),
    "printed": ("consistent", "inconsistent", "undecided"),
    "simulated": ("recovered", "not recovered"),
    None: ("not testable",),
}
LEAST_REPLICATES = 200
COVERAGE_RANGE = (0.90, 0.99)
LARGEST_BIAS = 1 / 3  # in standard errors
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may lie apart and still agree; `kind` is ``absolute``, ``relative`` or ``sign``."""

    value: float | None
    kind: str


@dataclass(frozen=True)
class Judgement:
    """A verdict and the arithmetic behind it in one line."""

    verdict: str
    reason: str


def tolerance_of(published: Published) -> Tolerance:
    """Half the last printed digit, or the printed interval: the one rule.

    Half the last digit is `Published.half_last_digit`, which knows what "about 60" leaves open. A number printed with a
    standard error has an interval, and agreement means lying inside its 95 % interval. "More than" and "less than" have
    no tolerance: the sign of the difference decides.

    Parameters
    ----------
    published : Published
        The printed number.

    Returns
    -------
    Tolerance
        `value` in the unit of `published`; None for a sign.
    """
    if published.comparison in ("lt", "gt"):
        return Tolerance(None, "sign")
    if published.uncertainty_kind == "se" and published.uncertainty:
        return Tolerance(NORMAL_95 * published.uncertainty, "absolute")
    return Tolerance(published.half_last_digit, "absolute")


def judge_data(
    published: Published,
    ours: float,
    low: float | None = None,
    high: float | None = None,
    *,
    same_data: bool,
    tolerance: Tolerance | None = None,
) -> Judgement:
    """Verdict on a published number from real data.

    ``reproduced`` needs the same data and agreement within the tolerance. Agreement on other data of the same kind, or
    a 95 % interval that reaches the published number, is ``same conclusion``. Anything else ``differs``. For "more
    than" and "less than" our number alone decides.

    Parameters
    ----------
    published : Published
        The printed number.
    ours, low, high : float
        Our number and its 95 % interval, in the same unit.
    same_data : bool
        True when the data are the paper's own.
    tolerance : Tolerance, optional
        An exception to `tolerance_of`; the caller states why.

    Returns
    -------
    Judgement

    Raises
    ------
    ValueError
        If a number is not finite or lies outside its own interval.
    """
    _check_interval(ours, low, high)
    allowed = tolerance or tolerance_of(published)
    sides = f"{_shown(published, ours)} and {_sign(published)}{published.printed}"
    if _agrees(published, ours, allowed):
        if same_data:
            return Judgement("reproduced", f"{sides} agree{_within(allowed)}")
        return Judgement("same conclusion", f"{sides} agree{_within(allowed)}, not on the paper's own data and steps")
    apart = f"{sides} differ{_beyond(allowed)}"
    if low is None or high is None:
        return Judgement("differs", apart)
    interval = f"the interval {_range(published, low, high)}"
    if not any(_agrees(published, x, allowed) for x in _nearest(published, low, high)):
        return Judgement("differs", f"{apart}, and so does the whole of {interval}")
    if allowed.kind == "sign":
        return Judgement("differs", f"{apart}, though {interval} reaches it")
    return Judgement("same conclusion", f"{apart}; {interval} reaches it")


def judge_printed(published: Published, readings: Mapping[str, tuple[float, float]]) -> Judgement:
    """Verdict on a printed number from other printed numbers.

    Each reading is one way to understand what is printed, with the range of values that rounding allows under it. If
    every reading agrees with the published number it is ``consistent``, if none does ``inconsistent``; if the answer
    hangs on the reading it is ``undecided``.

    Parameters
    ----------
    published : Published
        The printed number.
    readings : mapping of str to (low, high)
        Implied range per reading, in the unit of `published`.

    Returns
    -------
    Judgement

    Raises
    ------
    ValueError
        If there is no reading, or a range is reversed or not finite.
    """
    if not readings:
        raise ValueError(f"{published.id}: at least one reading is needed")
    allowed = tolerance_of(published)
    agreeing: list[str] = []
    disagreeing: list[str] = []
    for name, (low, high) in readings.items():
        _check_interval(low, low, high)
        agrees = any(_agrees(published, x, allowed) for x in _nearest(published, low, high))
        (agreeing if agrees else disagreeing).append(f"{name} implies {_range(published, low, high)}")
    against = f"against {_sign(published)}{published.printed}"
    if not disagreeing:
        return Judgement("consistent", f"{'; '.join(agreeing)}, {against}{_within(allowed)}")
    if not agreeing:
        return Judgement("inconsistent", f"{'; '.join(disagreeing)}, {against}{_within(allowed)}")
    return Judgement("undecided", f"{'; '.join(agreeing)} (agrees); {'; '.join(disagreeing)} (does not), {against}")


def judge_recovery(coverage: float, bias_in_standard_errors: float, n_replicates: int) -> Judgement:
    """Verdict on a planted truth.

    Parameters
    ----------
    coverage : float
        Share of 95 % intervals that hold the truth, 0 to 1.
    bias_in_standard_errors : float
        Mean error over the standard deviation of the estimates.
    n_replicates : int
        Seeded replicates behind both.

    Returns
    -------
    Judgement
        ``recovered`` when coverage lies in 90-99 % and the bias is below a third of a standard error.

    Raises
    ------
    ValueError
        With fewer than 200 replicates: too few to say either.
    """
    if n_replicates < LEAST_REPLICATES:
        raise ValueError(f"{n_replicates} replicates are too few to judge a recovery; use at least {LEAST_REPLICATES}")
    bias = f"bias {bias_in_standard_errors:+.2f} standard errors"
    text = f"coverage {100 * coverage:.1f} %, {bias}, {n_replicates} replicates"
    good = COVERAGE_RANGE[0] <= coverage <= COVERAGE_RANGE[1] and abs(bias_in_standard_errors) < LARGEST_BIAS
    return Judgement("recovered" if good else "not recovered", text)


def _agrees(published: Published, value: float, tolerance: Tolerance) -> bool:
    if tolerance.kind == "sign":
        return value > published.value if published.comparison == "gt" else value < published.value
    width = tolerance.value or 0.0
    if tolerance.kind == "relative":
        width *= abs(published.value)
    # A number on the edge of the rounding interval agrees, whatever binary fractions say.
    return abs(value - published.value) <= width * (1 + 1e-9) + 1e-12


def _nearest(published: Published, low: float, high: float) -> tuple[float, ...]:
    """Points of a range at which agreement is easiest."""
    return (low, high, min(max(published.value, low), high))


def _check_interval(ours: float, low: float | None, high: float | None) -> None:
    numbers = [x for x in (ours, low, high) if x is not None]
    if not all(math.isfinite(x) for x in numbers):
        raise ValueError(f"a claim needs finite numbers, got {numbers}")
    if (low is not None and ours < low) or (high is not None and ours > high):
        raise ValueError(f"{ours} lies outside its own interval {low} to {high}")


def _sign(published: Published) -> str:
    return {"eq": "", "approx": "about ", "lt": "less than ", "gt": "more than "}[published.comparison]


def _within(tolerance: Tolerance) -> str:
    return "" if tolerance.value is None else f" within {_size(tolerance)}"


def _beyond(tolerance: Tolerance) -> str:
    return "" if tolerance.value is None else f" by more than {_size(tolerance)}"


def _size(tolerance: Tolerance) -> str:
    value = tolerance.value or 0.0
    return f"{100 * value:.3g} %" if tolerance.kind == "relative" else f"{value:.3g}"


def _range(published: Published, low: float, high: float) -> str:
    shown = [_shown(published, x) for x in (low, high)]
    return shown[0] if math.isclose(low, high) else " to ".join(shown)


def _shown(published: Published, value: float) -> str:
    """A number with one decimal more than the printed one, which is enough to see whether they agree."""
    decimals = max(published.decimals, 0) + 1
    return f"{value:.2g}" if 0 < abs(value) < 10.0**-decimals else f"{value:.{decimals}f}"
