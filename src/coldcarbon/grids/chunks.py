"""How a grid of latitudes and longitudes is cut into chunks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Chunk", "checked_axis", "cut_into_chunks"]

Floats = NDArray[np.float64]
LIMITS = {"latitude": 90.0, "longitude": 180.0}


@dataclass(frozen=True)
class Chunk:
    """A rectangle of cells.

    Attributes
    ----------
    row, column : int
        Place of the chunk among the chunks, counted from 0.
    latitudes, longitudes : slice
        Its cells on either axis.
    name : str
        Its range in degrees, for messages: ``latitude 60.25 to 89.75, longitude -179.75 to -150.25``.
    """

    row: int
    column: int
    latitudes: slice
    longitudes: slice
    name: str

    @property
    def key(self) -> str:
        """Row and column, as the record of finished chunks names it."""
        return f"{self.row}/{self.column}"

    @property
    def region(self) -> dict[str, slice]:
        """Its cells by dimension."""
        return {"latitude": self.latitudes, "longitude": self.longitudes}

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of latitudes and of longitudes."""
        return (self.latitudes.stop - self.latitudes.start, self.longitudes.stop - self.longitudes.start)


def checked_axis(name: str, centres: ArrayLike) -> Floats:
    """Cell centres as numbers, refused where they are no axis.

    Parameters
    ----------
    name : {"latitude", "longitude"}
        Which axis.
    centres : array_like, shape (n,)
        In degrees; latitudes rise or fall, longitudes rise from -180 to 180.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If centres are missing, not in order, or outside the globe.
    """
    axis = np.asarray(centres, dtype=float)
    if axis.ndim != 1 or not axis.size:
        raise ValueError(f"{name} must be a list of at least one cell centre, not an array of shape {axis.shape}")
    if not np.isfinite(axis).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(axis)).sum())} missing cell centres")
    limit = LIMITS[name]
    if np.abs(axis).max() > limit:
        raise ValueError(
            f"{name} runs from {axis.min():g} to {axis.max():g} and leaves -{limit:g} to {limit:g} degrees"
        )
    steps = np.diff(axis)
    if not ((steps > 0).all() or (name == "latitude" and (steps < 0).all())):
        order = "strictly rise or strictly fall" if name == "latitude" else "strictly rise"
        wrong = (
            int(np.flatnonzero(np.sign(steps) != np.sign(steps[0]) if steps[0] else steps == 0)[0])
            if (name == "latitude")
            else int(np.flatnonzero(steps <= 0)[0])
        )
        raise ValueError(f"{name} must {order}, but {axis[wrong + 1]:g} follows {axis[wrong]:g}: sort the grid first")
    return axis


def cut_into_chunks(latitude: Floats, longitude: Floats, chunk: Sequence[int]) -> list[Chunk]:
    """Cut a grid into rectangles, row by row; the last of each row and column may be smaller.

    Parameters
    ----------
    latitude, longitude : numpy.ndarray
        Cell centres in degrees.
    chunk : (int, int)
        Latitudes and longitudes of a chunk.

    Returns
    -------
    list of Chunk
    """
    try:
        n_latitude, n_longitude = (int(number) for number in chunk)
    except (TypeError, ValueError):
        raise ValueError(f"chunk must be two numbers of cells (latitudes, longitudes), not {chunk!r}") from None
    if n_latitude < 1 or n_longitude < 1:
        raise ValueError(f"a chunk must have at least one latitude and one longitude, not {chunk!r}")
    chunks = []
    for row, south in enumerate(range(0, len(latitude), n_latitude)):
        latitudes = slice(south, min(south + n_latitude, len(latitude)))
        for column, west in enumerate(range(0, len(longitude), n_longitude)):
            longitudes = slice(west, min(west + n_longitude, len(longitude)))
            name = f"latitude {span(latitude[latitudes])}, longitude {span(longitude[longitudes])}"
            chunks.append(Chunk(row, column, latitudes, longitudes, name))
    return chunks


def span(centres: Floats) -> str:
    return f"{centres.min():g} to {centres.max():g}"
