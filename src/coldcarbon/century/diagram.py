"""The pools of carbon and the ways between them, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FLOWS", "POOL_WORDS", "RESPIRING", "pool_diagram"]

# Name in the code: place in the picture, and words.
BOXES: dict[str, tuple[float, float, str]] = {
    "AGLIVC": (0.2, 4, "live shoots"),
    "STDEDC": (0.2, 3, "standing dead"),
    "STRUCC(1)": (0.2, 2, "structural litter"),
    "METABC(1)": (1.4, 2, "metabolic litter"),
    "SOM2C(1)": (0.2, 0.6, "surface slow"),
    "SOM1C(1)": (1.4, 1.1, "microbes"),
    "BGLIVC": (2.9, 4, "roots"),
    "STRUCC(2)": (2.9, 2, "structural litter"),
    "METABC(2)": (4.1, 2, "metabolic litter"),
    "SOM2C(2)": (2.9, 0.6, "slow"),
    "SOM1C(2)": (4.1, 1.1, "active"),
    "SOM3C": (4.1, 0, "passive"),
}
POOL_WORDS = {name: words for name, (_, _, words) in BOXES.items()}
FLOWS: tuple[tuple[str, str], ...] = (
    *(("AGLIVC", "STDEDC"), ("STDEDC", "STRUCC(1)"), ("STDEDC", "METABC(1)")),
    *(("BGLIVC", "STRUCC(2)"), ("BGLIVC", "METABC(2)")),
    *(("STRUCC(1)", "SOM2C(1)"), ("STRUCC(1)", "SOM1C(1)"), ("METABC(1)", "SOM1C(1)")),
    *(("STRUCC(2)", "SOM2C(2)"), ("STRUCC(2)", "SOM1C(2)"), ("METABC(2)", "SOM1C(2)")),
    *(("SOM1C(1)", "SOM2C(1)"), ("SOM2C(1)", "SOM1C(1)"), ("SOM2C(1)", "SOM2C(2)")),
    *(("SOM1C(2)", "SOM2C(2)"), ("SOM2C(2)", "SOM1C(2)"), ("SOM1C(2)", "SOM3C")),
    *(("SOM2C(2)", "SOM3C"), ("SOM3C", "SOM1C(2)")),
)
RESPIRING = tuple(name for name in BOXES if name.startswith(("STRUCC", "METABC", "SOM")))
SURFACE_COLOUR, SOIL_COLOUR, RESPIRING_COLOUR = "#e9e3c8", "#cfe3f5", "#b03a00"
BEGINNING_OF_SOIL = 2.0  # places right of this are below the ground


def pool_diagram(sizes: Mapping[str, float]) -> Figure:
    """Draw pools as boxes and flows as arrows; a red frame marks what loses CO2 as it decays.

    Parameters
    ----------
    sizes : mapping of str to float
        Carbon per pool, g C m-2, by the names of the code; other names are passed over.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    KeyError
        If a pool has no size.
    """
    from matplotlib.figure import Figure

    missing = [name for name in BOXES if name not in sizes]
    if missing:
        raise KeyError(f"no size for {', '.join(missing)}")
    figure = Figure(figsize=(9, 5.6))
    axes = figure.subplots()
    arrow = {"arrowstyle": "->", "color": "0.35", "shrinkA": 27, "shrinkB": 27}
    for start, end in FLOWS:
        (x0, y0, _), (x1, y1, _) = BOXES[start], BOXES[end]
        bend = "arc3,rad=0.18" if (end, start) in FLOWS else "arc3"
        axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow | {"connectionstyle": bend})
    for name, (x, y, words) in BOXES.items():
        breathes = name in RESPIRING
        frame = {
            "boxstyle": "round,pad=0.4",
            "facecolor": SOIL_COLOUR if x > BEGINNING_OF_SOIL else SURFACE_COLOUR,
            "edgecolor": RESPIRING_COLOUR if breathes else "0.3",
            "linewidth": 2 if breathes else 1,
        }
        text = f"{words}\n{name}\n{sizes[name]:.0f}"
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color="black", bbox=frame)
    near = arrow | {"shrinkA": 2, "shrinkB": 2}
    for name in ("AGLIVC", "BGLIVC"):
        x, y, _ = BOXES[name]
        axes.annotate("production", (x, y + 0.3), (x, y + 0.75), ha="center", arrowprops=near)
    x, y, _ = BOXES["SOM1C(2)"]
    axes.annotate("leached", (x + 0.3, y), (x + 0.65, y), va="center", arrowprops=near | {"arrowstyle": "<-"})
    axes.plot([], [], color=RESPIRING_COLOUR, label="part of what decays leaves as CO₂")
    axes.legend(loc="upper right", frameon=False, fontsize="small")
    axes.set(xlim=(-0.6, 5.5), ylim=(-0.5, 5))
    axes.axis("off")
    return figure
