"""One look for figures and pages: a restrained palette, one family of fonts, two widths, light and dark.

What was decided, and why:

Colours
    `PALETTE` has seven colours. For readers with normal vision, without red, green or blue cones, each pair lies at
    least 9 apart (100 times the distance in OKLab), on light pages and on dark ones; in seaborn's palette, which it
    replaces, some lie 3 apart. Each has a contrast of 3:1 with the page in both schemes (WCAG 1.4.11). The order keeps
    the names that readers know: blue, orange, green, vermilion, purple, umber, grey. Colour never carries meaning
    alone: groups differ by marker, dash or direct label too. `VERDICT_TONES` colours verdicts, in figures and in the
    style sheet of the pages, which a test compares with `style_variables`. Links are the palette's blue, and the ring
    around what has the focus is its vermilion.
Light and dark
    A figure is drawn once, on white. On a dark page the browser shows it through `DARK_FILTER`: lightness is turned
    around and hues are kept, so that white becomes the page's own ground, black text nearly white, and blue a light
    blue. A second rendering would double the bytes of each page for the same result. Scales of colour turn around with
    their bar, so that both still agree.
Fonts
    Pages use the fonts of the reader's system, so that nothing is downloaded. Figures are pictures and use DejaVu Sans,
    which comes with matplotlib: the same letters on every machine.
Sizes
    Figures are 7 inches wide, or 9.5 where panels stand side by side, whatever width they were given; height is free.
Labels
    Lines are named at their ends by `coldcarbon.figures.label_lines` where there is room; else by a plain legend.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.colors import to_hex, to_rgb
from matplotlib.typing import ColorType
from numpy.typing import NDArray

__all__ = [
    "BIOME_MARKERS",
    "DARK_FILTER",
    "DARK_GROUND",
    "FIGURE_WIDTHS",
    "LIGHT_GROUND",
    "PALETTE",
    "VERDICT_TONES",
    "Tone",
    "contrast",
    "on_dark_page",
    "readable",
    "style_variables",
    "use_style",
    "verdict_colour",
]

PALETTE = ("#174083", "#d27e15", "#147963", "#c44902", "#b652ca", "#392f24", "#918c8e")
LIGHT_GROUND, DARK_GROUND = "#ffffff", "#121212"
INVERSION = 0.93  # turns white into the dark ground
DARK_FILTER = f"invert({INVERSION}) hue-rotate(180deg)"
FIGURE_WIDTHS = (7.0, 9.5)  # inches
TEXT_CONTRAST = 4.5  # WCAG 1.4.3

# Colour never carries meaning alone: groups differ by marker too.
BIOME_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")

# Weights of red, green and blue in brightness, of WCAG and of the filter.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
FILTER_WEIGHTS = np.array([0.213, 0.715, 0.072])


class Tone(NamedTuple):
    """Colours of one kind of verdict: in figures, and ink on ground in light and dark pages."""

    figure: str
    ink: str
    ground: str
    dark_ink: str
    dark_ground: str


VERDICT_TONES = {
    "agrees": Tone(PALETTE[2], "#0d5747", "#e4f2ee", "#86d1bf", "#12312a"),
    "disagrees": Tone(PALETTE[3], "#8a3301", "#fcece2", "#f5ad85", "#41200d"),
    "open": Tone(PALETTE[6], "#4a4748", "#f0efef", "#c4c1c2", "#2b2a2a"),
}
TONE_OF_VERDICT = {
    "reproduced": "agrees",
    "same conclusion": "agrees",
    "consistent": "agrees",
    "recovered": "agrees",
    "differs": "disagrees",
    "inconsistent": "disagrees",
    "not recovered": "disagrees",
    "undecided": "open",
    "not testable": "open",
}


def use_style() -> None:
    """Set matplotlib's defaults for the book: the palette on an opaque white ground.

    Notebooks do not show a figure by themselves any more, so that it may grow over several cells; `show_figure` shows
    it.
    """
    plt.switch_backend(mpl.get_backend())  # a notebook's backend switches interaction on when it is loaded
    plt.ioff()
    sns.set_theme(context="notebook", style="whitegrid", palette=list(PALETTE), font="DejaVu Sans")
    mpl.rcParams.update(
        {
            "figure.figsize": (FIGURE_WIDTHS[0], 4.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": LIGHT_GROUND,
            "axes.edgecolor": "0.3",
            "axes.titlesize": "medium",
            "legend.frameon": False,
            "svg.hashsalt": "coldcarbon",
        }
    )


def verdict_colour(verdict: str) -> str:
    """Colour of a verdict in a figure.

    Parameters
    ----------
    verdict : str
        As in the ledger, such as ``"same conclusion"``.

    Returns
    -------
    str
        Hexadecimal colour.

    Raises
    ------
    KeyError
        If there is no such verdict.
    """
    return VERDICT_TONES[TONE_OF_VERDICT[verdict]].figure


def style_variables() -> dict[str, tuple[str, str]]:
    """Variables of the style sheet with their values on light and on dark pages.

    Returns
    -------
    dict of name to (light, dark)
        Hexadecimal colours, and the filter of figures.
    """
    blue, vermilion = PALETTE[0], PALETTE[3]
    variables = {
        "--figure-filter": ("none", DARK_FILTER),
        "--pst-color-primary": (blue, on_dark_page(blue)),
        "--pst-color-accent": (vermilion, on_dark_page(vermilion)),
    }
    for name, tone in VERDICT_TONES.items():
        variables[f"--{name}-ink"] = (tone.ink, tone.dark_ink)
        variables[f"--{name}-ground"] = (tone.ground, tone.dark_ground)
    return variables


def contrast(colour: ColorType, ground: ColorType) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, relative luminance).

    Parameters
    ----------
    colour, ground : colour
        Anything matplotlib takes for a colour; opacity is ignored.

    Returns
    -------
    float
        Ratio.
    """
    dim, bright = sorted(float(_linear(np.array(to_rgb(one))) @ LUMINANCE) for one in (colour, ground))
    return (bright + 0.05) / (dim + 0.05)


def readable(colour: ColorType) -> str:
    """The colour, darkened as far as text on white needs it.

    Parameters
    ----------
    colour : colour
        Anything matplotlib takes for a colour.

    Returns
    -------
    str
        Hexadecimal colour with a contrast of at least 4.5:1 with white.
    """
    light = np.array(to_rgb(colour))
    for share in np.linspace(1.0, 0.0, 51):
        ink = _hexadecimal(share * light)
        if contrast(ink, LIGHT_GROUND) >= TEXT_CONTRAST:
            return ink
    return "#000000"


def on_dark_page(colour: ColorType) -> str:
    """What becomes of a figure's colour on a dark page.

    Parameters
    ----------
    colour : colour
        Anything matplotlib takes for a colour.

    Returns
    -------
    str
        Hexadecimal colour behind `DARK_FILTER`, by the matrices of the W3C's Filter Effects Module, section 9.
    """
    inverted = INVERSION + (1 - 2 * INVERSION) * np.array(to_rgb(colour))
    # half a turn of hue: twice the brightness less the colour
    return _hexadecimal(np.clip(2 * float(inverted @ FILTER_WEIGHTS) - inverted, 0, 1))


def _hexadecimal(channels: NDArray[np.float64]) -> str:
    red, green, blue = channels.tolist()
    return to_hex((red, green, blue))


def _linear(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light of the channels of sRGB."""
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
