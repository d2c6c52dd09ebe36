"""Sample moments, from rows or from a covariance matrix, and what is singular about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.inputs import complete_columns, require_varying

__all__ = ["SampleMoments", "from_covariance", "from_rows", "moments_of", "singular_sets"]

Floats = NDArray[np.float64]
SINGULAR = 1e-11  # eigenvalue of the correlation matrix below which it is singular: rounding of exact sums is smaller


@dataclass(frozen=True)
class SampleMoments:
    """Moments of p variables in n rows.

    ``covariance`` has shape (p, p) and the divisor of the convention, ``means`` shape (p,), ``rows`` shape (n, p)
    or None where only moments were given.
    """

    names: tuple[str, ...]
    n: int
    covariance: Floats
    means: Floats
    rows: Floats | None


def moments_of(rows: Floats, names: tuple[str, ...], divisor: Literal["n", "n-1"]) -> SampleMoments:
    """Moments of a table without gaps.

    Parameters
    ----------
    rows : ndarray, shape (n, p)
        Values.
    names : tuple of str
        Of the columns.
    divisor : {"n", "n-1"}
        Of variances and covariances.

    Returns
    -------
    SampleMoments
        In the units of the values.
    """
    n = len(rows)
    means = rows.mean(axis=0)
    centred = rows - means
    return SampleMoments(names, n, centred.T @ centred / (n if divisor == "n" else n - 1), means, rows)


def from_rows(data: pd.DataFrame, names: Sequence[str], divisor: Literal["n", "n-1"]) -> SampleMoments:
    """Moments of named columns, refused by name where a value is missing, infinite or no number, or never varies.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Rows are what is replicated.
    names : sequence of str
        Columns of the model.
    divisor : {"n", "n-1"}
        Of variances and covariances.

    Returns
    -------
    SampleMoments
        In the units of the columns.

    Raises
    ------
    KeyError
        If columns are absent.
    ValueError
        For gaps, text, constant columns, duplicated names, fewer than two rows.
    """
    chosen = list(names)
    if data.columns.has_duplicates:
        twice = [name for name in chosen if (data.columns == name).sum() > 1]
        if twice:
            raise ValueError(f"the table has several columns called {', '.join(map(repr, twice))}: rename them")
    if set(chosen) <= set(data.columns):
        text = [name for name in chosen if not pd.api.types.is_numeric_dtype(data[name])]
        if text:
            raise ValueError(f"column {', '.join(map(repr, text))} holds no numbers: code categories as 0 and 1 first")
    else:
        complete_columns(data, chosen)
    rows = data[chosen].to_numpy(float)
    if not np.isfinite(rows).all():
        complete_columns(data, chosen)
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} row: a covariance needs at least two")
    if not (rows.max(axis=0) > rows.min(axis=0)).all():
        require_varying(data, chosen)
    return moments_of(rows, tuple(chosen), divisor)


def from_covariance(
    covariance: pd.DataFrame,
    n: int | None,
    means: Mapping[str, float] | pd.Series | None,
    names: Sequence[str],
    divisor: Literal["n", "n-1"],
    given_divisor: Literal["n", "n-1"] = "n-1",
) -> SampleMoments:
    """Moments as printed in a paper.

    Parameters
    ----------
    covariance : pandas.DataFrame, shape (>= p, >= p)
        Rows and columns named alike. A correlation matrix gives standardized results; its standard errors are
        only approximate (Cudeck 1989, doi:10.1037/0033-2909.105.2.317).
    n : int
        Rows it was computed from.
    means : mapping of str to float, optional
        Where means are modelled.
    names : sequence of str
        Variables of the model.
    divisor, given_divisor : {"n", "n-1"}
        Wanted, and the one it was computed with.

    Returns
    -------
    SampleMoments
        Without rows.

    Raises
    ------
    KeyError
        If variables are absent.
    ValueError
        If it is not symmetric or not positive semi-definite, or n is missing.
    """
    if n is None or n < 2:
        raise ValueError("with a covariance matrix say from how many rows it was computed: n=...")
    absent = [name for name in names if name not in covariance.columns or name not in covariance.index]
    if absent:
        raise KeyError(f"the covariance matrix has no {', '.join(map(repr, absent))}")
    matrix = covariance.loc[list(names), list(names)].to_numpy(float)
    if matrix.shape != (len(names), len(names)):
        raise ValueError("the covariance matrix names a variable twice")
    if not np.isfinite(matrix).all():
        bad = [name for name, row in zip(names, matrix, strict=True) if not np.isfinite(row).all()]
        raise ValueError(f"the covariance matrix has gaps at {', '.join(map(repr, bad))}")
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-12 * np.abs(matrix).max()):
        raise ValueError("the covariance matrix is not symmetric: give both triangles")
    variances = np.diag(matrix)
    if (variances <= 0).any():
        bad = [name for name, v in zip(names, variances, strict=True) if v <= 0]
        raise ValueError(f"the variance of {', '.join(map(repr, bad))} is not positive")
    scale = np.sqrt(variances)
    if np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < -1e-8:
        raise ValueError(
            "the covariance matrix is not one: it has a negative eigenvalue (pairwise deletion? rounding?)"
        )
    factor = {("n", "n-1"): (n - 1) / n, ("n-1", "n"): n / (n - 1)}.get((divisor, given_divisor), 1.0)
    centre = np.full(len(names), np.nan) if means is None else np.array([float(means[name]) for name in names])
    return SampleMoments(tuple(names), n, (matrix + matrix.T) / 2 * factor, centre, None)


def singular_sets(moments: SampleMoments) -> list[tuple[str, ...]]:
    """Sets of variables that determine each other exactly, one per zero eigenvalue of the correlation matrix.

    Parameters
    ----------
    moments : SampleMoments
        Of the model's variables.

    Returns
    -------
    list of tuple of str
        Empty for a regular matrix.
    """
    scale = np.sqrt(np.diag(moments.covariance))
    correlation = moments.covariance / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    return [
        tuple(name for name, weight in zip(moments.names, np.abs(vector), strict=True) if weight > 1e-4 * weight_max)
        for value, vector in zip(values, vectors.T, strict=True)
        if value < SINGULAR
        for weight_max in (np.abs(vector).max(),)
    ]
