"""Stamps of consecutive months, as several archives write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from coldcarbon.readers import ReaderError

__all__ = ["consecutive_months"]


def consecutive_months(path: Path, texts: Sequence[str], *, remedy: str, column: str, first_row: int) -> pd.PeriodIndex:
    """Months of stamps YYYYMM that must follow one another without a gap.

    Parameters
    ----------
    path : pathlib.Path
        The file they stand in, for the message.
    texts : sequence of str, shape (n,)
        The stamps.
    remedy : str
        What a reader can do about a wrong one.
    column : str
        Name of their column.
    first_row : int
        Row of the file that holds the first stamp.

    Returns
    -------
    pandas.PeriodIndex, shape (n,)
        Months.

    Raises
    ------
    ReaderError
        If a stamp is no month, or a month is missing, repeated or out of order; names file, row and column.
    """
    for row, text in enumerate(texts, first_row):
        if not re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", text):
            raise ReaderError(path, f"{text!r} is no month YYYYMM", remedy, row=row, column=column)
    months = pd.PeriodIndex([f"{text[:4]}-{text[4:]}" for text in texts], freq="M")
    wrong = np.flatnonzero(np.diff(months.asi8) != 1)
    if len(wrong):
        first = int(wrong[0])
        problem = f"{months[first + 1]} follows {months[first]}: a month is missing, repeated or out of order"
        raise ReaderError(path, problem, remedy, row=first + first_row + 1, column=column)
    return months
