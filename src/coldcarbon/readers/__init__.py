"""One module per family of data: from the file as published to a tidy frame, units in names and in ``attrs``.

Readers know files, never statistics. What they cannot read they refuse, naming file, row and column; what is odd but
legible they keep and flag.

What is mended without a word, since the result is the same, is listed in `coldcarbon.readers.text_tables`: marks of
byte order, line ends, blanks, the order of columns, columns that nobody asks for. Rows that are no series may stand in
any order, latitudes of grids may rise or fall. All else is an error; a test damages the files of every reader in some
hundred ways and takes nothing else.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ReaderError"]


class ReaderError(ValueError):
    """A file that is not what its reader expects.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    problem : str
        What is wrong.
    remedy : str
        What to do about it.
    row : int, optional
        Line of the file, the header being line 1.
    column : str, optional
        Name of the column.

    Notes
    -----
    The message reads ``FILE, row R, column C: PROBLEM. REMEDY.``
    """

    def __init__(
        self, path: Path, problem: str, remedy: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        self.path, self.problem, self.remedy, self.row, self.column = path, problem, remedy, row, column
        place = [str(path)]
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column!r}")
        super().__init__(f"{', '.join(place)}: {problem}. {remedy}.")
