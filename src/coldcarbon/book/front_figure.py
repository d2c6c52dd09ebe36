"""All claims in one figure, drawn from the ledger as the book is built, with its numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from docutils import nodes
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from coldcarbon.claims import VERDICTS, Claim
from coldcarbon.figures.style import readable, verdict_colour
from coldcarbon.published import PAPERS

__all__ = ["overview", "overview_alt", "overview_figure"]

SIZE = (4.3, 6.8)  # inches: narrow, so that its letters stay readable on a telephone
HATCHES = {"reproduced": "////", "undecided": "...."}
DOTS_PER_INCH, SCREEN_DOTS_PER_INCH = 180, 96
COLOURS = 64
NAME = "claims-by-verdict"


class Panel(NamedTuple):
    """Verdicts left and right of a line."""

    title: str
    left: tuple[str, ...]
    right: tuple[str, ...]


PANELS = (
    Panel("Tested on data", ("differs",), ("same conclusion", "reproduced")),
    Panel("Tested by the paper's own numbers", ("inconsistent",), ("consistent",)),
    Panel("Methods on a planted truth", ("not recovered",), ("recovered",)),
    Panel("Left open", (), ("not testable", "undecided")),
)


def overview(claims: Sequence[Claim], folder: Path, srcdir: Path) -> list[nodes.Node]:
    """The figure with caption and alt text.

    Parameters
    ----------
    claims : sequence of Claim
        All rows of the build.
    folder : Path
        Where to draw it; within `srcdir`.
    srcdir : Path
        Root of the sources.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.png"
    full = BytesIO()
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        overview_figure(claims).savefig(full, dpi=DOTS_PER_INCH, metadata={"Software": None})
    with Image.open(full) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    width = round(SIZE[0] * SCREEN_DOTS_PER_INCH)
    image = nodes.image(uri="/" + path.relative_to(srcdir).as_posix(), alt=overview_alt(claims), width=f"{width}px")
    recorded = sorted({claim.recorded_on or "" for claim in claims if claim.computed != "here"})
    words = f"All {len(claims):,} rows of the ledger, drawn by this build. Right of the line: the claim or the method "
    words += "holds. Left of it: it does not. Left open: the sentence can be read in more than one way, or a file is "
    words += "missing."
    if recorded:
        words += f" Rows on data that this build lacks are shown as recorded on {recorded[-1]}."
    caption = nodes.caption("", words)
    return [nodes.figure("", image, caption, ids=[f"fig-{NAME}"], classes=["overview"])]


def overview_figure(claims: Sequence[Claim]) -> Figure:
    """Bars by paper, one panel per kind of evidence, disagreement to the left and agreement to the right.

    Kinds differ by side, by words and by hatching, so colour is never needed. All panels have one scale.

    Parameters
    ----------
    claims : sequence of Claim
        All rows.
    """
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots(len(PANELS), 1, sharex=True)
    for panel, ax in zip(PANELS, axes, strict=True):
        _draw(ax, panel, claims)
    longest = {side: max(_total(claims, paper, panel, side) for panel in PANELS for paper in PAPERS) for side in (1, 2)}
    room = 0.2 * max(1, sum(longest.values()))
    axes[-1].set_xlim(-longest[1] - room, longest[2] + 1.6 * room)
    return figure


def _draw(ax: Axes, panel: Panel, claims: Sequence[Claim]) -> None:
    ax.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", pad=16)
    ax.axvline(0, color="0.2", linewidth=0.8)
    for direction, verdicts in ((-1, panel.left), (1, panel.right)):
        words = " + ".join(verdicts)
        side = "right" if direction < 0 else "left"
        if words:
            colour = readable(verdict_colour(verdicts[0]))
            ax.annotate(
                words,
                (0, 1),
                (4 * direction, 4),
                xycoords=ax.get_xaxis_transform(),
                textcoords="offset points",
                ha=side,
                color=colour,
            )
        for place, paper in enumerate(PAPERS):
            start = 0
            numbers = [_count(claims, paper, verdict) for verdict in verdicts]
            for verdict, number in zip(verdicts, numbers, strict=True):
                ax.barh(
                    place,
                    direction * number,
                    left=start,
                    height=0.72,
                    color=verdict_colour(verdict),
                    hatch=HATCHES.get(verdict),
                    edgecolor="white",
                    linewidth=0.6,
                )
                start += direction * number
            if any(numbers):
                label = " + ".join(str(number) for number in numbers if number)
                ax.annotate(
                    label,
                    (start, place),
                    (4 * direction, 0),
                    textcoords="offset points",
                    ha=side,
                    va="center",
                    fontsize=10,
                )
    ax.set_yticks(range(len(PAPERS)), PAPERS)
    ax.invert_yaxis()
    ax.tick_params(axis="both", length=0, labelsize=10, labelbottom=False)
    ax.spines[:].set_visible(False)


def _count(claims: Sequence[Claim], paper: str, verdict: str) -> int:
    return sum(claim.paper == paper and claim.verdict == verdict for claim in claims)


def _total(claims: Sequence[Claim], paper: str, panel: Panel, side: int) -> int:
    return sum(_count(claims, paper, verdict) for verdict in panel[side])


def overview_alt(claims: Sequence[Claim]) -> str:
    """The numbers of the figure in words."""
    sentences = []
    for paper in PAPERS:
        counts = [
            f"{number} {verdict}"
            for verdicts in VERDICTS.values()
            for verdict in verdicts
            if (number := _count(claims, paper, verdict))
        ]
        sentences.append(f"{paper}: {', '.join(counts) or 'none'}.")
    return " ".join(["Bars: rows of the ledger by paper and verdict.", *sentences])
