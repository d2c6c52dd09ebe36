"""Path diagrams: causes left, effects right, standardized coefficients on the arrows, readable in black and white."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.graph import causal_levels, loops

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coldcarbon.stats.path_models.fitted_model import PathModelFit

__all__ = ["draw", "layout"]

Floats = NDArray[np.float64]
COLUMN, ROW = 3.8, 1.25  # distances of levels and of nodes within a level, in data units
NODE_HEIGHT = 0.66
BENDS = (0.0, 0.12, -0.12, 0.22, -0.22, 0.34, -0.34)
BENDS_BETWEEN = (0.25, -0.25, 0.4, -0.4, 0.6, -0.6)
BENDS_LOOP = (0.25,)
VERMILION = "#D55E00"  # of the colour-blind safe palette of Okabe and Ito


def _spaced(wanted: Floats) -> Floats:
    """Heights at least one row apart, in the order wanted and as near to it as the mean allows."""
    order = np.argsort(wanted, kind="stable")
    found = np.empty(len(wanted))
    last = -np.inf
    for node in order:
        last = found[node] = max(wanted[node], last + ROW)
    return found - (found - wanted).mean()


def layout(pattern: NDArray[np.bool_]) -> Floats:
    """Place nodes by causal order, few arrows crossing.

    Parameters
    ----------
    pattern : ndarray of bool, shape (v, v)
        True at (i, j) where j causes i.

    Returns
    -------
    ndarray, shape (v, 2)
        Columns left (causes) to right (effects); within a column near the mean height of neighbours. Variables of
        one loop stand beside each other.
    """
    level = causal_levels(pattern)
    size = len(pattern)
    # a cause stands just before its first effect, so that arrows stay short
    for node in range(size):
        if not pattern[node].any() and pattern[:, node].any():
            level[node] = level[pattern[:, node]].min() - 1
    height = np.zeros(size)
    columns = [np.flatnonzero(level == value) for value in np.unique(level)]
    for members in columns:
        height[members] = -ROW * (np.arange(len(members)) - (len(members) - 1) / 2)
    linked = pattern | pattern.T
    for sweep in range(16):
        for members in columns if sweep % 2 == 0 else columns[::-1]:
            wanted = [height[linked[node]].mean() if linked[node].any() else height[node] for node in members]
            height[members] = _spaced(np.array(wanted) + 1e-6 * height[members])
    across = np.unique(level, return_inverse=True)[1] * COLUMN
    for loop in loops(pattern):
        order = np.argsort(-height[loop])
        across[np.array(loop)[order][1::2]] += 0.45 * COLUMN
        later = level > level[loop[0]]
        across[later] += 0.45 * COLUMN
    return np.column_stack([across, height])


def _curve(start: Floats, end: Floats, bend: float) -> Floats:
    """Points of the quadratic curve that matplotlib's arc3 draws, shape (101, 2)."""
    dx, dy = end - start
    control = (start + end) / 2 + bend * np.array([dy, -dx])
    t = np.linspace(0, 1, 101)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _label_place(curve: Floats, taken: list[Floats], nodes: Floats, widths: Floats) -> Floats:
    """The point of a curve's visible part that is clear of labels and nodes, near the middle if it can be."""
    boxes = np.column_stack([widths / 2 + 0.05, np.full(len(widths), NODE_HEIGHT / 2 + 0.02)])
    hidden: NDArray[np.bool_] = np.any(np.all(np.abs(curve[:, None, :] - nodes) < boxes, axis=2), axis=1)
    visible = np.flatnonzero(~hidden)
    if len(visible) < 5:
        return curve[len(curve) // 2]
    inner = visible[len(visible) // 6 : len(visible) - len(visible) // 4]
    points = curve[inner]
    clear = np.full(len(points), 1.0)
    for other in taken:
        clear = np.minimum(clear, np.abs((points - other) / (0.75, 0.34)).max(axis=1))
    near = (np.abs(points[:, None, :] - nodes) / (boxes + np.array([0.35, 0.2]))).max(axis=2).min(axis=1)
    centred = np.abs(np.arange(len(points)) / len(points) - 0.45)
    return points[int(np.argmax(2.0 * clear + np.minimum(near, 1.0) - 0.4 * centred))]


def _bend(start: Floats, end: Floats, nodes: Floats, widths: Floats, bends: tuple[float, ...]) -> float:
    """The first curvature that misses every node, or the one that comes nearest to it."""
    best, clear = bends[0], -1.0
    for bend in bends:
        curve = _curve(start, end, bend)[3:98]
        gap = 9.0
        for node, width in zip(nodes, widths, strict=True):
            if np.allclose(node, start) or np.allclose(node, end):
                continue
            inside = np.maximum(np.abs(curve - node) / (width / 2 + 0.15, NODE_HEIGHT / 2 + 0.12), 0).max(axis=1)
            gap = min(gap, float(inside.min()))
        if gap >= 1.0:
            return bend
        if gap > clear:
            best, clear = bend, gap
    return best


def draw(
    fit: PathModelFit,
    ax: Axes | None = None,
    *,
    covariances: Literal["residual", "all", "none"] = "residual",
    significance: float = 0.05,
    dashed: Literal["not significant", "negative"] = "not significant",
    decimals: int = 2,
    names: dict[str, str] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    font_size: float = 9.0,
) -> Axes:
    """Draw a path diagram with standardized coefficients.

    Boxes are observed, ellipses latent variables; R2 stands in variables with a cause. Widths of arrows grow with the
    absolute coefficient. Arrows with P > ``significance`` are dashed and negative ones grey; or, as ``dashed`` says,
    negative ones are dashed and vermilion, and coefficients that are not significant stand in brackets.

    Parameters
    ----------
    fit : PathModelFit
        To draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure of fitting size without it.
    covariances : {"residual", "all", "none"}
        Curved double arrows: those of the model, those of exogenous variables too, or none.
    significance : float
        Above it an arrow is marked.
    dashed : {"not significant", "negative"}
        What a dashed line means.
    decimals : int
        Of coefficients.
    names : dict of str to str, optional
        Names to show in place of the model's.
    places : mapping of str to (float, float), optional
        Where to put the centre of each variable; by default as `layout` finds. Boxes are about 2 wide and 0.7 high.
    font_size : float
        In points.

    Returns
    -------
    matplotlib.axes.Axes
        Without axis lines.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

    if covariances not in ("residual", "all", "none"):
        raise ValueError(f"covariances must be 'residual', 'all' or 'none', not {covariances!r}")
    if dashed not in ("not significant", "negative"):
        raise ValueError(f"dashed must be 'not significant' or 'negative', not {dashed!r}")
    by_sign = dashed == "negative"
    spec = fit.specification
    shown = [(names or {}).get(name, name) for name in spec.variables]
    shares = fit.r_squared()
    texts = [
        f"{text}\n$R^2$ = {shares[name]:.{decimals}f}" if name in shares.index else text
        for name, text in zip(spec.variables, shown, strict=True)
    ]
    if places is not None and set(places) != set(spec.variables):
        raise ValueError(f"places must name the variables {', '.join(spec.variables)}, not {', '.join(places)}")
    spots = layout(fit.pattern) if places is None else np.array([places[name] for name in spec.variables], float)
    widths = np.array([max(1.0, 0.15 * max(map(len, text.replace("$", "").split("\n"))) + 0.25) for text in texts])
    if ax is None:
        width, height = spots.max(axis=0) - spots.min(axis=0) + (2.4, 1.6)
        figure, ax = plt.subplots(figsize=(min(max(width * 0.72, 4.0), 11.0), min(max(height * 0.72, 2.2), 9.0)))
        figure.subplots_adjust(0.01, 0.01, 0.99, 0.99)
    patches: list[Any] = []
    for place, width, text, name in zip(spots, widths, texts, spec.variables, strict=True):
        if name in spec.latent:
            patch: Any = Ellipse(tuple(place), width * 1.15, NODE_HEIGHT * 1.25)
        else:
            patch = FancyBboxPatch(
                (place[0] - width / 2, place[1] - NODE_HEIGHT / 2), width, NODE_HEIGHT, boxstyle="round,pad=0.02"
            )
        patch.set(facecolor="white", edgecolor="black", linewidth=1.0, zorder=3)
        ax.add_patch(patch)
        patches.append(patch)
        ax.text(place[0], place[1], text, ha="center", va="center", fontsize=font_size, zorder=4)
    table = fit.standardized
    tested = fit.estimates["p_value"].to_numpy()
    taken: list[Floats] = []
    drawn: list[Floats] = []
    for n, p in enumerate(spec.parameters):
        between = p.matrix == "S" and p.row != p.column
        if not (p.matrix == "A" or between):
            continue
        if between and (covariances == "none" or (p.kind == "fixed" and p.value == 0)):
            continue
        if between and covariances == "residual" and p.left in spec.exogenous and p.right in spec.exogenous:
            continue
        start, end = (p.column, p.row) if p.matrix == "A" else (p.row, p.column)
        value = float(table["estimate"].iloc[n])
        faint = bool(tested[n] > significance)
        same_column = spots[start, 0] == spots[end, 0]
        both = bool(p.matrix == "A" and fit.pattern[start, end])
        if between and same_column:
            outward = (spots[start, 1] > spots[end, 1]) == (spots[start, 0] > spots[:, 0].min())
            bend = -0.5 if outward else 0.5
        else:
            bends = BENDS_BETWEEN if between else (BENDS_LOOP if both else BENDS)
            bend = _bend(spots[start], spots[end], spots, widths, bends)
        strength = 0.8 + 2.2 * min(abs(value), 1.0) if np.isfinite(value) else 0.8
        ax.add_patch(
            FancyArrowPatch(
                tuple(spots[start]),
                tuple(spots[end]),
                arrowstyle="<|-|>" if between else "-|>",
                connectionstyle=f"arc3,rad={bend}",
                patchA=patches[start],
                patchB=patches[end],
                shrinkA=1,
                shrinkB=1,
                mutation_scale=11,
                linewidth=0.9 if between else strength,
                linestyle=(0, (4, 2.5)) if (value < 0 if by_sign else faint) else "solid",
                color=(VERMILION if by_sign else "0.45") if value < 0 else "black",
                zorder=1,
            )
        )
        drawn.append(_curve(spots[start], spots[end], bend))
        spot = _label_place(drawn[-1], taken, spots, widths)
        taken.append(spot)
        written = f"{value:.{decimals}f}".replace("-", "−")
        ax.text(
            spot[0],
            spot[1],
            f"({written})" if by_sign and faint else written,
            ha="center",
            va="center",
            fontsize=font_size - 1,
            style="italic" if between else "normal",
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"},
            zorder=2,
        )
    low, high = spots.min(axis=0), spots.max(axis=0)
    margin = widths.max() / 2 + 0.2
    reach = np.array(drawn).reshape(-1, 2) if drawn else spots
    around = np.array([margin, 0.5])
    low, high = np.minimum(low - around, reach.min(axis=0)), np.maximum(high + around, reach.max(axis=0))
    ax.set(xlim=(low[0] - 0.35, high[0] + 0.35), ylim=(low[1] - 0.2, high[1] + 0.2), aspect="equal")
    ax.set_axis_off()
    return ax
