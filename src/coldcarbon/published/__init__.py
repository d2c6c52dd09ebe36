"""Every number the five papers print, with place, unit and uncertainty.

One CSV per paper; a row is one printed number. Numbers that only the paper's released scripts print say so in their
location. ``zhao2022-table1.csv`` holds the 24 parameters of that paper and wins over ``zhao2022.csv`` where both speak
of them.

Headline numbers are those of the abstract and the conclusions. Where these print none of their own (liu2022), they are
the numbers of the results that stand behind the statements of the abstract.

A claim in words that sets two things in order is a row as well, if it can be tested: its quantity is the "lead of" one
over the other, and "more than 0" stands for the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

__all__ = ["COMPARISONS", "PAPERS", "Published", "get", "load", "load_table1"]

PAPERS = ("xiao2023", "liu2022", "zhao2022", "yun2024", "han2022")
COMPARISONS = ("eq", "approx", "lt", "gt")


@dataclass(frozen=True)
class Published:
    """One printed number.

    Attributes
    ----------
    id : str
        Unique name, starting with the paper's key.
    paper : str
        Key of the paper.
    quantity, group, period, location, note : str
        What is counted, for whom, when, and where the paper prints it.
    value : float
        The number, in `unit`.
    printed : str
        The number's text, trailing zeros kept.
    decimals : int
        Digits after the decimal point in `printed`; negative where an exponent shifts it.
    uncertainty : float or None
        Printed uncertainty, in `unit` (``cv`` in per cent).
    uncertainty_kind : str
        ``se``, ``sd``, ``cv``, ``quantile``, ``unstated`` or ``none``.
    unit : str
        Unit as printed.
    comparison : str
        ``eq``, ``approx`` ("about"), ``lt`` ("less than") or ``gt`` ("more than").
    headline : bool
        True when the abstract or the conclusions print it; see above for a paper that prints none there.
    uncertainty_decimals : int
        Digits after the decimal point of the printed uncertainty; 0 where there is none.
    """

    id: str
    paper: str
    quantity: str
    group: str
    value: float
    printed: str
    decimals: int
    uncertainty: float | None
    uncertainty_kind: str
    unit: str
    period: str
    location: str
    comparison: str
    headline: bool
    note: str
    uncertainty_decimals: int = 0

    @property
    def half_last_digit(self) -> float:
        """Half of the last printed digit, in `unit`: what rounding leaves open on either side.

        In "about 60" the zero carries no information, so the last printed digit is the six.
        """
        power = -self.decimals
        if self.comparison == "approx" and self.decimals == 0:
            power += len(self.printed) - len(self.printed.rstrip("0"))
        return 0.5 * 10.0**power


def load(paper: str) -> pd.DataFrame:
    """Registry of one paper.

    Parameters
    ----------
    paper : str
        One of `PAPERS`.

    Returns
    -------
    pandas.DataFrame
        One row per printed number, indexed by ``id``; columns as the attributes of `Published`. A copy: changing it
        changes nothing for others.

    Raises
    ------
    KeyError
        If `paper` is not one of `PAPERS`.
    ValueError
        If a row is not readable; file, row and column are named.
    """
    return _registry(paper).copy()


@cache
def _registry(paper: str) -> pd.DataFrame:
    if paper not in PAPERS:
        raise KeyError(f"no registry for {paper!r}; the papers are {', '.join(PAPERS)}")
    source = files(__package__) / f"{paper}.csv"
    with source.open(encoding="utf-8") as stream:
        frame = pd.read_csv(stream, dtype=str, keep_default_na=False)
    frame = frame.rename(columns={"value": "printed"})
    _check(frame, f"{paper}.csv")
    frame["paper"] = paper
    frame["value"] = frame["printed"].astype(float)
    # 15.7e6 has -5 decimals: its last printed digit counts hundred thousands.
    frame["decimals"] = frame["printed"].map(_decimals).astype(int)
    frame["uncertainty_decimals"] = frame["uncertainty"].map(lambda text: _decimals(text) if text else 0).astype(int)
    frame["uncertainty"] = pd.to_numeric(frame["uncertainty"].replace("", None))
    frame["headline"] = frame["headline"] == "yes"
    return frame.set_index("id")


def _decimals(text: str) -> int:
    return -int(Decimal(text).as_tuple().exponent)


def _check(frame: pd.DataFrame, name: str) -> None:
    """Refuse a registry with an unreadable cell."""
    rules = {
        "printed": lambda text: _is_number(text),
        "uncertainty": lambda text: text == "" or _is_number(text),
        "comparison": lambda text: text in COMPARISONS,
        "headline": lambda text: text in ("yes", "no"),
        "id": lambda text: bool(text),
    }
    for column, accepts in rules.items():
        if column not in frame:
            raise ValueError(f"{name}: column {column!r} is missing")
        for row, text in enumerate(frame[column], start=2):
            if not accepts(text):
                raise ValueError(f"{name}, row {row}, column {column!r}: cannot use {text!r}")
    repeated = frame["id"][frame["id"].duplicated()]
    if len(repeated):
        raise ValueError(f"{name}: repeated id {repeated.iloc[0]!r}; every printed number needs its own")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def get(published_id: str) -> Published:
    """One printed number by its id.

    Parameters
    ----------
    published_id : str
        For example ``"xiao2023-pdd-obs-0-20"``.

    Returns
    -------
    Published

    Raises
    ------
    KeyError
        If no registry has the id; the nearest ids are named.
    """
    frame = _registry(published_id.partition("-")[0])
    if published_id not in frame.index:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(published_id, list(frame.index), n=3)) or "none alike"
        raise KeyError(f"no published number {published_id!r}; did you mean: {near}?")
    row: dict[str, Any] = {str(name): value for name, value in frame.loc[published_id].items()}
    row |= {"value": float(row["value"]), "headline": bool(row["headline"])}
    row |= {name: int(row[name]) for name in ("decimals", "uncertainty_decimals")}
    row["uncertainty"] = None if pd.isna(row["uncertainty"]) else float(row["uncertainty"])
    return Published(id=published_id, **row)


def load_table1() -> pd.DataFrame:
    """The 24 parameters of zhao2022, Table 1: priors, optimised means and coefficients of variation.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``parameter``; cells that were lost in the text are missing. A copy.
    """
    return _table1().copy()


@cache
def _table1() -> pd.DataFrame:
    with (files(__package__) / "zhao2022-table1.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream).set_index("parameter")
