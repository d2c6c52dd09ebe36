"""The one helper through which every figure and table of the book is shown.

The output carries its caption, alt text, name and evidence label as metadata under the key ``coldcarbon``. The book's
renderer makes a numbered figure of them; any other notebook viewer shows the picture with the caption below it.
"""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import publish_display_data
from matplotlib.figure import Figure
from PIL import Image

from coldcarbon.figures.style import FIGURE_WIDTHS

__all__ = ["METADATA_KEY", "CaptionError", "show_figure", "show_table"]

METADATA_KEY = "coldcarbon"
DOTS_PER_INCH = 180
SCREEN_DOTS_PER_INCH = 96
PALETTE_SIZE = 256  # the most that a PNG holds


class CaptionError(ValueError):
    """A figure or table lacks a name, a caption, an alt text or an evidence label."""


def show_figure(figure: Figure, name: str, *, caption: str, alt: str, label: str) -> None:
    """Show a matplotlib figure with everything a reader needs to know about it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn at the next of the book's widths, then closed.
    name : str
        Target for references, for example ``fig-root-shares``.
    caption : str
        MyST Markdown, one paragraph; the evidence label is added.
    alt : str
        What the figure shows, for those who cannot see it; the evidence label is added.
    label : str
        Evidence label.

    Raises
    ------
    CaptionError
        If one of the texts is empty, or the figure has axes without a label.
    """
    _require(name=name, caption=caption, alt=alt, label=label)
    unlabelled = [i for i, axes in enumerate(figure.axes) if axes.lines or axes.patches or axes.collections]
    unlabelled = [i for i in unlabelled if not _has_labels(figure, i)]
    if unlabelled:
        raise CaptionError(f"{name}: axes {unlabelled} have no axis label; name the quantity and its unit")
    figure.set_figwidth(next((width for width in FIGURE_WIDTHS if figure.get_figwidth() <= width), FIGURE_WIDTHS[-1]))
    picture = _png(figure)
    plt.close(figure)
    full_alt = f"{alt.rstrip('. ')}. {label}."
    width = round(figure.get_figwidth() * SCREEN_DOTS_PER_INCH)
    publish_display_data(
        {"image/png": b64encode(picture).decode("ascii"), "text/plain": full_alt},
        metadata={
            METADATA_KEY: {"kind": "figure", "name": name, "caption": caption, "alt": full_alt, "label": label},
            "image/png": {"alt": full_alt, "width": width},
        },
    )
    _show_caption(f"**{name}.** {caption} **{label}.**")


def show_table(
    table: pd.DataFrame, name: str, *, caption: str, label: str, formats: dict[str, str] | None = None
) -> None:
    """Show a frame as a numbered table.

    Parameters
    ----------
    table : pandas.DataFrame
        Shown without its index; name the columns for readers, units included.
    name : str
        Target for references, for example ``tab-layers``.
    caption : str
        MyST Markdown, one paragraph; the evidence label is added.
    label : str
        Evidence label.
    formats : dict of column to format specification, optional
        For example ``{"share (%)": ".1f"}``. Missing values are shown as an en dash.

    Raises
    ------
    CaptionError
        If one of the texts is empty.
    KeyError
        If a format names a column that is not there.
    """
    _require(name=name, caption=caption, label=label)
    unknown = set(formats or {}) - set(table.columns)
    if unknown:
        raise KeyError(f"{name}: no column {sorted(unknown)}; the columns are {list(table.columns)}")
    text = pd.DataFrame({column: _as_text(table[column], (formats or {}).get(column, "")) for column in table.columns})
    align = ["right" if pd.api.types.is_numeric_dtype(table[column]) else "left" for column in table.columns]
    body = text.to_markdown(index=False, colalign=align, disable_numparse=True)
    publish_display_data(
        {"text/markdown": f"**{name}.** {caption} **{label}.**\n\n{body}", "text/plain": body},
        metadata={
            METADATA_KEY: {"kind": "table", "name": name, "caption": caption, "label": label, "body": body},
        },
    )


def _png(figure: Figure) -> bytes:
    """Picture with a palette of its own: a third of the bytes, at no difference the eye could see."""
    full, small = BytesIO(), BytesIO()
    figure.savefig(full, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    with Image.open(full) as picture:
        exact = picture.convert("RGB")
    colours = exact.quantize(PALETTE_SIZE, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    palette = np.array(colours.getpalette(), dtype=int).reshape(-1, 3)
    corner = (0, 0)  # ground, which else takes a shade of the colours next to it
    palette[np.asarray(colours)[corner]] = exact.getpixel(corner)
    colours.putpalette(palette.ravel().tolist())
    colours.save(small, format="png", optimize=True, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return small.getvalue()


def _as_text(column: pd.Series, spec: str) -> list[str]:
    def one(value: Any) -> str:
        if pd.isna(value):
            return "–"
        return format(value, spec).replace("|", r"\|")

    return [one(value) for value in column]


def _show_caption(text: str) -> None:
    publish_display_data({"text/markdown": text, "text/plain": text}, metadata={METADATA_KEY: {"kind": "caption"}})


def _require(**texts: str) -> None:
    for what, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise CaptionError(f"{texts['name'] or 'a figure'}: the {what} is empty")


def _has_labels(figure: Figure, index: int) -> bool:
    """An axis is labelled by itself, by the figure, by the axis it shares, or is a map or a colour bar."""
    axes = figure.axes[index]
    if hasattr(axes, "projection") or not axes.axison or axes.get_label() == "<colorbar>":
        return True
    shared_x = [axes, *axes.get_shared_x_axes().get_siblings(axes)]
    shared_y = [axes, *axes.get_shared_y_axes().get_siblings(axes)]
    has_x = figure.get_supxlabel() or any(other.get_xlabel() for other in shared_x)
    has_y = figure.get_supylabel() or any(other.get_ylabel() for other in shared_y)
    return bool(has_x and has_y)
