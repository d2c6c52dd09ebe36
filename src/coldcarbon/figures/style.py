"""One look for all figures: colour-blind safe, readable on light and dark pages."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns

__all__ = ["BIOME_MARKERS", "use_style"]

# Colour never carries meaning alone: groups differ by marker too.
BIOME_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


def use_style() -> None:
    """Set matplotlib's defaults for the book: seaborn's colour-blind palette on an opaque white ground.

    The ground stays white in the dark scheme too, since many lines of a light figure vanish on a dark page. Notebooks
    do not show a figure by themselves any more, so that it may grow over several cells; `show_figure` shows it.
    """
    plt.switch_backend(mpl.get_backend())  # a notebook's backend switches interaction on when it is loaded
    plt.ioff()
    sns.set_theme(context="notebook", style="whitegrid", palette="colorblind")
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 4.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "axes.edgecolor": "0.3",
            "axes.titlesize": "medium",
            "legend.frameon": False,
            "svg.hashsalt": "coldcarbon",
        }
    )
