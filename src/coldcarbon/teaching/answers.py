"""The answers of the exercises, as a build computed them.

They lie in a file ``answers.json`` beside the notebook, written with it by ``make teach``, or else in the one of this
package, recorded by ``make ledger``. No chapter reads them, so recording them runs no notebook again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

__all__ = ["FILE", "Answer", "UnknownExerciseError", "answers_of", "as_text", "read"]

FILE = "answers.json"
RECORDED = Path(__file__).with_name(FILE)
FORMAT = "answers of Cold Carbon, 1"


class UnknownExerciseError(LookupError):
    """There is no such exercise, or it does not ask for such a quantity."""


@dataclass(frozen=True)
class Answer:
    """One number or word that an exercise comes to.

    Attributes
    ----------
    chapter : str
        ``PAPER/CHAPTER``.
    exercise, quantity, value, unit, tolerance, terms, state
        As `coldcarbon.chapter.Chapter.answer` publishes them.
    """

    chapter: str
    exercise: str
    quantity: str
    value: float | int | str
    unit: str = "1"
    tolerance: float = 0.01
    terms: int | None = None
    state: str = "real"


def as_text(answers: Iterable[Answer]) -> str:
    """Answers as the text of a file that `read` reads.

    Parameters
    ----------
    answers : iterable of Answer
        In the order in which they stand in the file.

    Returns
    -------
    str
    """
    rows = [asdict(answer) for answer in answers]
    return json.dumps({"format": FORMAT, "answers": rows}, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> list[Answer] | None:
    """Answers of a file.

    Parameters
    ----------
    path : Path
        As `as_text` wrote it.

    Returns
    -------
    list of Answer or None
        None where there is no file, or one of another kind, which may have the same name.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): write it again with `make teach`, or delete it") from error
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        return None
    try:
        return [Answer(**row) for row in content["answers"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({error}): write it again with `make teach`, or delete it") from error


def answers_of(exercise: str, folder: Path | None = None) -> list[Answer]:
    """Answers of one exercise.

    Parameters
    ----------
    exercise : str
        Its label.
    folder : Path, optional
        Where the notebook lies; the working directory, which is a notebook's own folder, if left out.

    Returns
    -------
    list of Answer
        From the file beside the notebook, or else as recorded.

    Raises
    ------
    UnknownExerciseError
        If neither knows it; labels like it are named.
    """
    beside = read((folder or Path.cwd()) / FILE) or []
    recorded = read(RECORDED) or []
    for answers in (beside, recorded):
        if found := [answer for answer in answers if answer.exercise == exercise]:
            return found
    labels = sorted({answer.exercise for answer in (*beside, *recorded)})
    near = get_close_matches(exercise, labels, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ": it asks for reasoning, or its label is another"
    raise UnknownExerciseError(f"no answer is known for the exercise {exercise!r}{hint}")
