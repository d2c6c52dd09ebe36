"""What a chapter's notebook holds on to: its data and their state, its figures, numbers and claims."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from IPython.display import publish_display_data
from matplotlib.figure import Figure
from myst_nb import glue

from coldcarbon import catalogue, published
from coldcarbon.claims import Claim, Judgement, judge_data, judge_printed, judge_recovery, tolerance_of
from coldcarbon.claims.verdict import Tolerance
from coldcarbon.figures import show_figure, show_table, use_style

__all__ = ["ANSWER_MIME", "CLAIM_MIME", "SIMULATED_LABEL", "Chapter", "answer_text"]

ANSWER_MIME = "application/vnd.coldcarbon.answer+json"
CLAIM_MIME = "application/vnd.coldcarbon.claim+json"
SIMULATED_LABEL = "Simulated"
PRINTED_LABEL = "From the paper"
T = TypeVar("T")


class Chapter:
    """One chapter of the book.

    Its name and data sets are written as literals in the notebook, where the book's machinery reads them without
    running it. Missing default data are fetched unless ``COLDCARBON_OFFLINE`` is set; what cannot be had is replaced
    by the chapter's simulated design, and every figure, table and claim says so.

    Parameters
    ----------
    name : str
        ``PAPER/CHAPTER``, for example ``"xiao2023/root-profiles"``.
    datasets : sequence of str
        Names in the catalogue.
    same_data : bool
        True when these are the data the paper used: only then can a number be reproduced.

    Attributes
    ----------
    state : str
        ``real``, ``partial`` or ``simulated``.

    Raises
    ------
    coldcarbon.catalogue.DataError
        If a file on disk is not what the catalogue pins, or ``COLDCARBON_DATA=real`` and something is missing.
    """

    def __init__(self, name: str, *, datasets: Sequence[str] = (), same_data: bool = False) -> None:
        self.paper = name.partition("/")[0]
        if self.paper not in published.PAPERS or "/" not in name:
            raise ValueError(f"{name!r} is not PAPER/CHAPTER with one of the papers {', '.join(published.PAPERS)}")
        self.name = name
        self.datasets = tuple(datasets)
        self.same_data = same_data
        use_style()
        if self.datasets and catalogue.mode() != "simulated":
            catalogue.fetch(d for d in self.datasets if catalogue.get(d).default)
        self.state = catalogue.state(self.datasets) if self.datasets else "real"
        if self.datasets:
            print(f"Data state of {name}: {self.state}")

    def load(self, read: Callable[[], T], simulate: Callable[[], T], *datasets: str) -> T:
        """Read the data, or simulate them when they are absent.

        Parameters
        ----------
        read, simulate : callable
            Reader and its simulated twin; both return the same columns.
        datasets : str
            The data sets the reader needs; all of the chapter's if none is named.
        """
        return read() if self._evidence("data", datasets) == "real" else simulate()

    def glue(self, **numbers: float | int | str) -> None:
        """Name numbers for the prose, which prints them with ``{glue:text}``.

        Raises
        ------
        ValueError
            If a number is not finite.
        """
        for name, value in numbers.items():
            plain = value.item() if isinstance(value, np.generic) else value
            if isinstance(plain, float) and not math.isfinite(plain):
                raise ValueError(f"{name} is {plain}; a page cannot print it")
            glue(name, plain, display=False)

    def figure(
        self, figure: Figure, name: str, *, caption: str, alt: str, evidence: str = "data", datasets: Sequence[str] = ()
    ) -> None:
        """Show a figure with its evidence label; see `coldcarbon.figures.show_figure`.

        Parameters
        ----------
        figure, name, caption, alt
            As there.
        evidence : str
            ``data`` (real or simulated, by the state of the data), ``simulated`` or ``printed``.
        datasets : sequence of str
            The data sets behind it; all of the chapter's if none is named.
        """
        show_figure(figure, name, caption=caption, alt=alt, label=self._label(evidence, datasets))

    def table(
        self,
        table: pd.DataFrame,
        name: str,
        *,
        caption: str,
        evidence: str = "data",
        datasets: Sequence[str] = (),
        formats: dict[str, str] | None = None,
    ) -> None:
        """Show a table with its evidence label; see `figure` and `coldcarbon.figures.show_table`."""
        show_table(table, name, caption=caption, label=self._label(evidence, datasets), formats=formats)

    def claim(
        self,
        published_id: str,
        ours: float,
        low: float | None = None,
        high: float | None = None,
        *,
        n: int,
        statement: str,
        note: str = "",
        variant: str = "",
        datasets: Sequence[str] = (),
        same_data: bool | None = None,
        unit: str = "",
    ) -> None:
        """Compare a published number with ours from data and enter the verdict in the ledger.

        On simulated data nothing is compared: the ledger shows the row of the last run on real data, as recorded.

        Parameters
        ----------
        published_id : str
            Id in `coldcarbon.published`.
        ours, low, high : float
            Our number and its 95 % interval, in the unit of the published number.
        n : int
            Number of independent units behind it.
        statement : str
            The claim in one line.
        note : str
            What differs between the two, added to the reason.
        variant : str
            Tells rows on the same published number apart.
        datasets : sequence of str
            The data sets behind it; all of the chapter's if none is named.
        same_data : bool, optional
            False when something of ours stands between the paper's data and the number, such as a classification that
            the paper did not release; as the chapter says if not given.
        unit : str
            Unit of our number where it is not the published one: only for "more than zero" and "less than zero", which
            hold in any unit.

        Raises
        ------
        ValueError
            If a unit is given for a number other than a bound of zero.
        """
        number = published.get(published_id)
        if unit and (number.value != 0 or number.comparison not in ("gt", "lt")):
            raise ValueError(
                f"{published_id} is printed in {number.unit!r}; only a bound of zero holds in {unit!r} too"
            )
        names = tuple(datasets) or self.datasets
        fields: dict[str, Any] = self._fields(number, statement, variant)
        fields["unit"] = unit or fields["unit"]
        if self._evidence("data", names) != "real":
            self._publish({**fields, "pending": True, "datasets": list(names)}, f"waits for real data: {statement}")
            return
        ours, low, high = (None if x is None else float(x) for x in (ours, low, high))  # type: ignore[assignment]
        same = self.same_data if same_data is None else same_data
        judgement = judge_data(number, ours, low, high, same_data=same)
        hashes = catalogue.hashes(names)
        numbers = {"ours": ours, "low": low, "high": high, "n": int(n)}
        self._enter(fields, judgement, note, "real", tolerance_of(number), {**numbers, "data_hashes": hashes})

    def check(
        self,
        published_id: str,
        readings: Mapping[str, tuple[float, float]],
        *,
        statement: str,
        note: str = "",
        variant: str = "",
        bounds: bool = False,
    ) -> None:
        """Compare a printed number with what other printed numbers imply; see `coldcarbon.claims.judge_printed`.

        The first reading is the row's own number and range.

        Parameters
        ----------
        published_id : str
            Id in `coldcarbon.published`.
        readings : mapping of str to (low, high)
            Implied range per reading, in the unit of the published number.
        statement, note, variant : str
            As in `claim`.
        bounds : bool
            True when a reading says between which bounds the number must lie, not what it should be: the middle of such
            a range is no estimate, and the row shows none.
        """
        number = published.get(published_id)
        judgement = judge_printed(number, readings)
        low, high = (float(x) for x in next(iter(readings.values())))
        middle = None if bounds else (low + high) / 2
        numbers = {"ours": middle, "low": low, "high": high, "n": None}
        fields = self._fields(number, statement, variant)
        self._enter(fields, judgement, note, "printed", tolerance_of(number), numbers)

    def recovery(self, name: str, summary: Mapping[str, float], *, statement: str, note: str = "") -> None:
        """Enter whether a planted truth was recovered; see `coldcarbon.claims.judge_recovery`.

        Parameters
        ----------
        name : str
            Names the row within the chapter.
        summary : mapping
            ``coverage``, ``coverage_low``, ``coverage_high`` (0 to 1), ``bias_in_standard_errors`` and
            ``replicates``: a row of `coldcarbon.stats.uncertainty.coverage_summary`.
        statement, note : str
            As in `claim`.
        """
        replicates = int(summary["replicates"])
        judgement = judge_recovery(summary["coverage"], summary["bias_in_standard_errors"], replicates)
        fields = self._fields(None, statement, name)
        numbers = {
            "ours": 100 * float(summary["coverage"]),
            "low": 100 * float(summary["coverage_low"]),
            "high": 100 * float(summary["coverage_high"]),
            "n": replicates,
            "unit": "% of intervals",
        }
        self._enter(fields, judgement, note, "simulated", None, numbers)

    def not_testable(self, published_id: str, *, missing: str, statement: str) -> None:
        """Enter a claim that nothing at hand can test, naming the missing file."""
        fields = self._fields(published.get(published_id), statement, "")
        judgement = Judgement("not testable", f"needs {missing}")
        empty = {"ours": None, "low": None, "high": None, "n": None}
        self._enter(fields, judgement, "", None, None, empty)

    def answer(
        self,
        exercise: str,
        quantity: str,
        value: float | int | str,
        unit: str = "1",
        *,
        tolerance: float = 0.01,
        terms: int | None = None,
    ) -> None:
        """Say what an exercise comes to; stands in its solution, in the cell that computes it.

        The page shows it in one line. `coldcarbon.teaching.check` compares a reader's answer with it.

        Parameters
        ----------
        exercise : str
            Label of the exercise.
        quantity : str
            In plain words, unique within the exercise, for example ``"mean difference of rain"``.
        value : float, int or str
            The number, or the word where the answer is a choice.
        unit : str
            As in `coldcarbon.published`, for example ``"Mg ha-1 yr-1"``; ``"1"`` for a pure number or a count.
        tolerance : float
            How far off an answer may be, as a share of the value (of a value of zero: in its unit).
        terms : int, optional
            How many terms a sum or a mean runs over, so that one taken for the other is recognised.

        Raises
        ------
        ValueError
            If a name is empty, the value is neither a finite number nor a word, the tolerance is not at least 0 and
            below 0.5, or there are fewer than two terms.
        """
        plain = value.item() if isinstance(value, np.generic) else value
        if not exercise.strip() or not quantity.strip() or not unit.strip():
            raise ValueError("an answer needs the label of its exercise, a quantity and a unit")
        is_number = isinstance(plain, int | float) and not isinstance(plain, bool) and math.isfinite(plain)
        if not is_number and not (isinstance(plain, str) and plain.strip()):
            raise ValueError(f"{exercise}, {quantity}: {plain!r} is neither a finite number nor a word")
        if not 0 <= tolerance < 0.5:
            raise ValueError(f"{exercise}, {quantity}: a tolerance is at least 0 and below 0.5, not {tolerance}")
        if terms is not None and terms < 2:
            raise ValueError(f"{exercise}, {quantity}: a sum or a mean runs over two terms or more, not {terms}")
        fields = {
            "chapter": self.name,
            "exercise": exercise,
            "quantity": quantity,
            "value": plain,
            "unit": unit,
            "tolerance": float(tolerance),
            "terms": None if terms is None else int(terms),
            "state": self.state,
        }
        publish_display_data({ANSWER_MIME: fields, "text/plain": f"Answer: {answer_text(fields)}"})

    def _fields(self, number: published.Published | None, statement: str, variant: str) -> dict[str, Any]:
        suffix = "-".join(part for part in (number.id if number else "", variant) if part)
        row_id = f"{self.name}/{suffix.removeprefix(self.paper + '-')}"
        return {
            "id": row_id,
            "published_id": number.id if number else None,
            "paper": self.paper,
            "chapter": self.name,
            "statement": statement,
            "headline": bool(number.headline) if number else False,
            "published": number.value if number else None,
            "unit": number.unit if number else "",
            "comparison": number.comparison if number else None,
            "page": "",
        }

    def _enter(
        self,
        fields: dict[str, Any],
        judgement: Judgement,
        note: str,
        evidence: str | None,
        tolerance: Tolerance | None,
        numbers: dict[str, Any],
    ) -> None:
        """Publish one row of the ledger; extra keys of `numbers` win over `fields`."""
        reason = "; ".join(part for part in (judgement.reason, note) if part)
        row = Claim(
            **{
                **fields,
                **numbers,
                "datasets": list(numbers.get("data_hashes", {})),
                "evidence": evidence,
                "tolerance": tolerance.value if tolerance else None,
                "tolerance_kind": tolerance.kind if tolerance else None,
                "verdict": judgement.verdict,
                "reason": reason,
            }
        )
        self._publish(row.to_dict(), f"{row.verdict}: {row.statement} ({row.reason})")

    @staticmethod
    def _publish(row: dict[str, Any], text: str) -> None:
        publish_display_data({CLAIM_MIME: row, "text/plain": text})

    def _evidence(self, evidence: str, datasets: Sequence[str]) -> str:
        if evidence in ("simulated", "printed"):
            return evidence
        if evidence != "data":
            raise ValueError(f"evidence is {evidence!r}; use data, simulated or printed")
        names = tuple(datasets) or self.datasets
        unknown = set(names) - set(self.datasets)
        if unknown or not names:
            raise ValueError(f"{self.name} uses {sorted(unknown) or 'data'} but declares {list(self.datasets)}")
        # Data sets on request never count for the state of a chapter, but what is absent is not real.
        here = catalogue.mode() != "simulated" and all(catalogue.present(name) for name in names)
        return "real" if here else "simulated"

    def _label(self, evidence: str, datasets: Sequence[str]) -> str:
        kind = self._evidence(evidence, datasets)
        if kind == "real":
            return catalogue.evidence_label(tuple(datasets) or self.datasets, "real")
        return PRINTED_LABEL if kind == "printed" else SIMULATED_LABEL


def answer_text(answer: Mapping[str, Any]) -> str:
    """What an answer says in one line: its quantity, its value with four digits at least, its unit.

    Parameters
    ----------
    answer : mapping
        As `Chapter.answer` publishes it.
    """
    value, unit = answer["value"], answer["unit"]
    if not isinstance(value, str):
        value = f"{value:,.0f}" if isinstance(value, int) or 1e4 <= abs(value) < 1e7 else f"{value:.4g}"
    return f"{answer['quantity']} = {value}{'' if unit == '1' else f' {unit}'}"
