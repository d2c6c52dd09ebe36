"""Principal components, and multiple factor analysis of groups of variables, in FactoMineR's conventions.

Rows weigh 1/n, variances are over n. The sign of a dimension is chosen so that its loadings (weighted) sum to a
positive number. ``prince`` computes the same coordinates (a test holds them together); it has neither the links between
groups (Lg, RV) nor groups that are only centred nor the coordinates of supplementary groups, and takes a second to
load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.inputs import complete_columns, require_varying
from coldcarbon.stats.multivariate.collinearity import numeric_columns

__all__ = ["MultipleFactors", "PrincipalComponents", "multiple_factor_analysis", "principal_components"]

Floats = NDArray[np.float64]
Kind = Literal["scaled", "centred", "categories"]
NEGLIGIBLE = 1e-12  # eigenvalues below this share of the first are rounding


def _decompose(weighted: Floats) -> tuple[Floats, Floats, Floats]:
    """Left vectors, eigenvalues, right vectors (columns) of a centred matrix whose rows and columns are weighted."""
    left, singular, right = np.linalg.svd(weighted, full_matrices=False)
    most = min(len(weighted) - 1, weighted.shape[1])
    rank = min(int((singular**2 > NEGLIGIBLE * singular[0] ** 2).sum()), most)
    sign = np.where(right[:rank].sum(axis=1) < 0, -1.0, 1.0)
    return left[:, :rank] * sign, singular[:rank] ** 2, (right[:rank] * sign[:, None]).T


def _eigenvalue_table(values: Floats) -> pd.DataFrame:
    percent = 100 * values / values.sum()
    return pd.DataFrame(
        {"eigenvalue": values, "percent": percent, "cumulative_percent": percent.cumsum()},
        index=pd.RangeIndex(1, len(values) + 1, name="dimension"),
    )


def _table(values: Floats, index: Any) -> pd.DataFrame:
    return pd.DataFrame(values, index=index, columns=pd.RangeIndex(1, values.shape[1] + 1, name="dimension"))


def _circle(ax: Any, coordinates: pd.DataFrame, eigenvalues: pd.DataFrame) -> Any:
    import matplotlib.pyplot as plt

    if coordinates.shape[1] < 2:
        raise ValueError("a plane needs two dimensions")
    axes = plt.subplots()[1] if ax is None else ax
    axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.7"))
    for label, (x, y) in zip(coordinates.index, coordinates.iloc[:, :2].to_numpy(), strict=True):
        axes.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->"})
        axes.annotate(str(label[-1] if isinstance(label, tuple) else label), (x, y))
    axes.set_xlim(-1.1, 1.1)
    axes.set_ylim(-1.1, 1.1)
    axes.set_aspect("equal")
    axes.set_xlabel(f"Dimension 1 ({eigenvalues['percent'].iloc[0]:.0f} %)")
    axes.set_ylabel(f"Dimension 2 ({eigenvalues['percent'].iloc[1]:.0f} %)")
    return axes


def _check_components(n_components: int) -> None:
    if n_components < 1:
        raise ValueError(f"n_components must be at least 1, not {n_components}")


@dataclass(frozen=True)
class PrincipalComponents:
    """Result of `principal_components`; tables have one column per dimension.

    Attributes
    ----------
    eigenvalues : pandas.DataFrame
        eigenvalue, percent, cumulative_percent, all dimensions.
    rows, row_contributions, row_cos2 : pandas.DataFrame
        Coordinates, contributions (percent of a dimension), squared cosines.
    variables, contributions, cos2 : pandas.DataFrame
        Of variables: coordinates (correlations with the dimension if scaled), contributions (percent), squared cosines.
    """

    eigenvalues: pd.DataFrame
    rows: pd.DataFrame = field(repr=False)
    row_contributions: pd.DataFrame = field(repr=False)
    row_cos2: pd.DataFrame = field(repr=False)
    variables: pd.DataFrame = field(repr=False)
    contributions: pd.DataFrame = field(repr=False)
    cos2: pd.DataFrame = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Coordinates and contributions of variables side by side.

        Returns
        -------
        pandas.DataFrame
            By variable; two levels of columns.
        """
        parts = {"coordinate": self.variables, "contribution_percent": self.contributions}
        return pd.concat(parts, axis=1, names=["quantity"])

    def plot(self, ax: Any = None) -> Any:
        """Variables in the plane of the first two dimensions.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.
        """
        return _circle(ax, self.variables, self.eigenvalues)


def principal_components(
    data: pd.DataFrame, columns: Sequence[str] | None = None, *, scale: bool = True, n_components: int = 5
) -> PrincipalComponents:
    """Principal components with the contributions of variables and rows.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Numbers, none missing.
    columns : sequence of str, optional
        Which; all if left out.
    scale : bool
        Divide by the standard deviation (over n).
    n_components : int
        Dimensions in the tables (fewer if there are fewer).

    Returns
    -------
    PrincipalComponents
        Agrees with ``FactoMineR::PCA``.

    Raises
    ------
    ValueError
        If values are missing, a column is constant or holds text, or rows are fewer than three.
    """
    _check_components(n_components)
    frame = numeric_columns(data, columns)
    n = len(frame)
    if n < 3:
        raise ValueError(f"{n} rows are too few: at least three are needed")
    table = frame.to_numpy() - frame.to_numpy().mean(axis=0)
    if scale:
        table = table / np.sqrt((table**2).mean(axis=0))
    left, values, right = _decompose(table / np.sqrt(n))
    k = min(n_components, values.size)
    rows = np.sqrt(n) * left[:, :k] * np.sqrt(values[:k])
    variables = right[:, :k] * np.sqrt(values[:k])
    return PrincipalComponents(
        eigenvalues=_eigenvalue_table(values),
        rows=_table(rows, frame.index),
        row_contributions=_table(100 * left[:, :k] ** 2, frame.index),
        row_cos2=_table(rows**2 / (table**2).sum(axis=1, keepdims=True), frame.index),
        variables=_table(variables, frame.columns),
        contributions=_table(100 * right[:, :k] ** 2, frame.columns),
        cos2=_table(variables**2 / (table**2).mean(axis=0)[:, None], frame.columns),
    )


@dataclass(frozen=True)
class MultipleFactors:
    """Result of `multiple_factor_analysis`; tables have one column per dimension.

    Attributes
    ----------
    eigenvalues : pandas.DataFrame
        eigenvalue, percent, cumulative_percent, all dimensions.
    first_eigenvalues : pandas.Series
        Of each group's own analysis, supplementary groups too: columns of a group are weighted by its inverse.
    rows, row_contributions, row_cos2 : pandas.DataFrame
        Coordinates, contributions (percent), squared cosines.
    partial_rows : pandas.DataFrame
        Coordinates of each row as each active group alone sees it; index (group, row). Their mean over groups is the
        row.
    inertia_ratio : pandas.Series
        By dimension: between rows over total inertia of the partial rows; near 1 where groups see the same.
    variables, contributions, cos2 : pandas.DataFrame
        Numbers of active groups; index (group, variable): coordinates (correlations if scaled), contributions
        (percent), squared cosines.
    categories, category_contributions : pandas.DataFrame
        Levels of active groups of categories: mean of their rows, and contributions (percent).
    groups, group_contributions, group_cos2 : pandas.DataFrame
        Active groups: coordinates (0 to 1), contributions (percent), squared cosines.
    supplementary_groups, supplementary_group_cos2 : pandas.DataFrame
        The same of groups that do not shape the dimensions.
    supplementary_variables, supplementary_categories : pandas.DataFrame
        Their members: correlations with the dimensions (covariances if only centred), mean of their rows.
    lg, rv : pandas.DataFrame
        Links between all groups in the order given, and "MFA" (all active groups together): ``Lg(g, h)`` is the sum of
        weighted squared covariances, ``RV = Lg(g, h) / sqrt(Lg(g, g) Lg(h, h))`` runs from 0 to 1.
    partial_axes : pandas.DataFrame
        Correlations of the dimensions of each group's own analysis with those found, active groups first; index
        (group, own_dimension).
    """

    eigenvalues: pd.DataFrame
    first_eigenvalues: pd.Series = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    row_contributions: pd.DataFrame = field(repr=False)
    row_cos2: pd.DataFrame = field(repr=False)
    partial_rows: pd.DataFrame = field(repr=False)
    inertia_ratio: pd.Series = field(repr=False)
    variables: pd.DataFrame = field(repr=False)
    contributions: pd.DataFrame = field(repr=False)
    cos2: pd.DataFrame = field(repr=False)
    categories: pd.DataFrame = field(repr=False)
    category_contributions: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame
    group_contributions: pd.DataFrame = field(repr=False)
    group_cos2: pd.DataFrame = field(repr=False)
    supplementary_groups: pd.DataFrame = field(repr=False)
    supplementary_group_cos2: pd.DataFrame = field(repr=False)
    supplementary_variables: pd.DataFrame = field(repr=False)
    supplementary_categories: pd.DataFrame = field(repr=False)
    lg: pd.DataFrame = field(repr=False)
    rv: pd.DataFrame = field(repr=False)
    partial_axes: pd.DataFrame = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Coordinates, contributions and squared cosines of active groups side by side.

        Returns
        -------
        pandas.DataFrame
            By group; two levels of columns.
        """
        return pd.concat(
            {"coordinate": self.groups, "contribution_percent": self.group_contributions, "cos2": self.group_cos2},
            axis=1,
            names=["quantity"],
        )

    def plot(self, ax: Any = None) -> Any:
        """Groups in the plane of the first two dimensions, supplementary ones hollow.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.
        """
        import matplotlib.pyplot as plt

        if self.groups.shape[1] < 2:
            raise ValueError("a plane needs two dimensions")
        axes = plt.subplots()[1] if ax is None else ax
        for table, face in ((self.groups, "C0"), (self.supplementary_groups, "none")):
            axes.scatter(table.iloc[:, 0], table.iloc[:, 1], facecolor=face, edgecolor="C0")
            for name, (x, y) in zip(table.index, table.iloc[:, :2].to_numpy(), strict=True):
                axes.annotate(str(name), (x, y), textcoords="offset points", xytext=(4, 4))
        axes.set_xlim(0, 1.05)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel(f"Dimension 1 ({self.eigenvalues['percent'].iloc[0]:.0f} %)")
        axes.set_ylabel(f"Dimension 2 ({self.eigenvalues['percent'].iloc[1]:.0f} %)")
        return axes


@dataclass(frozen=True)
class _Block:
    """A group as columns: centred (and scaled) values, their weights before and after the group's own analysis."""

    name: str
    kind: Kind
    table: Floats
    labels: list[str]
    weights: Floats
    first: float
    own_axes: Floats

    @property
    def weighted(self) -> Floats:
        return self.table * np.sqrt(self.weights)


def _block(data: pd.DataFrame, name: str, members: Sequence[str], kind: Kind) -> _Block:
    n = len(data)
    base: Floats
    if kind == "categories":
        parts, labels = [], []
        for member in members:
            values = data[member].to_numpy(object)
            levels = sorted(set(values), key=str)
            parts.append((values[:, None] == np.array(levels, dtype=object)).astype(float))
            # levels of different variables may have the same name
            labels += [f"{member}[{level}]" for level in levels]
        indicator = np.hstack(parts)
        share = indicator.mean(axis=0)
        table = (indicator - share) / np.sqrt(share * (1 - share))
        base = (1 - share) / len(members)
    else:
        numbers = data[list(members)].to_numpy(float)
        table = numbers - numbers.mean(axis=0)
        if kind == "scaled":
            table = table / np.sqrt((table**2).mean(axis=0))
        base = np.ones(table.shape[1])
        labels = list(members)
    left, own, _ = _decompose(table * np.sqrt(base / n))
    return _Block(name, kind, table, labels, base / own[0], float(own[0]), left)


def _check_groups(
    data: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Kind],
    supplementary: Sequence[str],
) -> dict[str, Kind]:
    named = [column for members in groups.values() for column in members]
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise ValueError(f"columns stand in more than one group: {', '.join(map(repr, twice))}")
    empty = [name for name, members in groups.items() if not len(members)]
    if empty:
        raise ValueError(f"groups without columns: {', '.join(map(repr, empty))}")
    unknown = [name for name in [*kinds, *supplementary] if name not in groups]
    if unknown:
        raise ValueError(f"no group {', '.join(map(repr, unknown))}; there are {', '.join(groups)}")
    if len(groups) - len(set(supplementary)) < 2:
        raise ValueError("two active groups at least are needed; with one, use principal_components")
    complete_columns(data, named)
    require_varying(data, named)
    found: dict[str, Kind] = {}
    for name, members in groups.items():
        numeric = {pd.api.types.is_numeric_dtype(data[column]) for column in members}
        if len(numeric) > 1:
            raise ValueError(f"group {name!r} mixes numbers and categories: split it")
        kind: Kind = kinds.get(name, "scaled" if numeric == {True} else "categories")
        if kind not in ("scaled", "centred", "categories"):
            raise ValueError(f"kind of {name!r} must be 'scaled', 'centred' or 'categories', not {kind!r}")
        if kind != "categories" and numeric == {False}:
            raise ValueError(f"group {name!r} holds text: it can only be of kind 'categories'")
        found[name] = kind
    return found


def multiple_factor_analysis(
    data: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    *,
    kinds: Mapping[str, Kind] | None = None,
    supplementary: Sequence[str] = (),
    n_components: int = 5,
) -> MultipleFactors:
    """Dimensions common to several groups of variables, none of which may rule the first by its size.

    Each group's columns are weighted by the inverse of the first eigenvalue of the group's own analysis, then all are
    analysed at once (Escofier and Pages 1994, Computational Statistics and Data Analysis 18, 121).

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Rows are the individuals; none missing.
    groups : mapping of str to sequence of str
        Columns of each group. Of one group, either numbers or categories.
    kinds : mapping of str to {"scaled", "centred", "categories"}, optional
        Of groups that differ from the rule: numbers are scaled (``type = "s"`` in FactoMineR; "centred" is ``"c"``),
        text and categories are categories (``"n"``).
    supplementary : sequence of str
        Groups that are placed among the dimensions without shaping them.
    n_components : int
        Dimensions in the tables (fewer if there are fewer).

    Returns
    -------
    MultipleFactors
        Agrees with ``FactoMineR::MFA``. A dimension's sign is arbitrary; levels are labelled ``variable[level]``.

    Raises
    ------
    ValueError
        If values are missing, a column is constant or in two groups, a group is empty or mixes numbers and categories,
        or fewer than two groups are active.

    Notes
    -----
    One singular value decomposition per group and one of all: cost grows as rows times columns squared. Collinear
    columns are no obstacle, they only weigh more within their group.
    """
    _check_components(n_components)
    every = _check_groups(data, groups, kinds or {}, supplementary)
    n = len(data)
    if n < 3:
        raise ValueError(f"{n} rows are too few: at least three are needed")
    blocks = {name: _block(data, name, members, every[name]) for name, members in groups.items()}
    active = [block for name, block in blocks.items() if name not in supplementary]
    passive = [block for name, block in blocks.items() if name in supplementary]
    joined = np.hstack([block.weighted for block in active])
    left, values, right = _decompose(joined / np.sqrt(n))
    k = min(n_components, values.size)
    left, root = left[:, :k], np.sqrt(values[:k])
    right = right[:, :k]
    rows = np.sqrt(n) * left * root
    unit = np.sqrt(n) * left  # dimensions with variance one

    def coordinates(block: _Block) -> Floats:
        return np.asarray(block.table.T @ unit / n)

    def means(block: _Block) -> Floats:
        inside = block.table > 0  # a centred indicator is positive where the level holds
        return np.asarray(inside.T @ rows / inside.sum(axis=0)[:, None])

    def index_of(chosen: Sequence[_Block], second: str) -> pd.MultiIndex:
        pairs = [(block.name, label) for block in chosen for label in block.labels]
        return pd.MultiIndex.from_tuples(pairs, names=["group", second]) if pairs else _no_pairs(second)

    def stacked(chosen: Sequence[_Block], what: Any, second: str) -> pd.DataFrame:
        parts = [what(block) for block in chosen]
        return _table(np.vstack(parts) if parts else np.empty((0, k)), index_of(chosen, second))

    def numbers(chosen: Sequence[_Block]) -> list[_Block]:
        return [block for block in chosen if block.kind != "categories"]

    def levels(chosen: Sequence[_Block]) -> list[_Block]:
        return [block for block in chosen if block.kind == "categories"]

    ends = np.cumsum([len(block.labels) for block in active])
    loading = dict(zip([block.name for block in active], np.split(right**2, ends[:-1]), strict=True))
    contribution = np.array([loading[block.name].sum(axis=0) for block in active])

    def of_group(block: _Block) -> Floats:
        return np.asarray((block.weights[:, None] * coordinates(block) ** 2).sum(axis=0))

    lg = _links(blocks, [block.name for block in active], float(values[0]), n)
    own_length = np.diag(lg)[:-1]
    length = dict(zip(blocks, own_length, strict=True))
    size = np.sqrt(np.diag(lg))
    labels = [*blocks, "MFA"]
    partial = []
    for block, end in zip(active, ends, strict=True):
        part = slice(end - len(block.labels), end)
        partial.append(len(active) * joined[:, part] @ right[part])
    inertia = sum((part**2).sum(axis=0) for part in partial)
    group_names = pd.Index([block.name for block in active], name="group")
    passive_names = pd.Index([block.name for block in passive], name="group")
    passive_coordinates = np.array([of_group(block) for block in passive]).reshape(len(passive), k)
    passive_length = np.array([length[block.name] for block in passive]).reshape(-1, 1)
    own = {block.name: block.own_axes[:, :k] for block in [*active, *passive]}
    axes_index = [(name, i + 1) for name, part in own.items() for i in range(part.shape[1])]
    row_labels = pd.MultiIndex.from_tuples(
        [(block.name, label) for block in active for label in data.index], names=["group", "row"]
    )
    return MultipleFactors(
        eigenvalues=_eigenvalue_table(values),
        first_eigenvalues=pd.Series({name: block.first for name, block in blocks.items()}),
        rows=_table(rows, data.index),
        row_contributions=_table(100 * left**2, data.index),
        row_cos2=_table(rows**2 / (joined**2).sum(axis=1, keepdims=True), data.index),
        partial_rows=_table(np.vstack(partial), row_labels),
        inertia_ratio=pd.Series(
            len(active) * (rows**2).sum(axis=0) / inertia, index=pd.RangeIndex(1, k + 1, name="dimension")
        ),
        variables=stacked(numbers(active), coordinates, "variable"),
        contributions=stacked(numbers(active), lambda block: 100 * loading[block.name], "variable"),
        cos2=stacked(
            numbers(active),
            lambda block: coordinates(block) ** 2 / (block.table**2).mean(axis=0)[:, None],
            "variable",
        ),
        categories=stacked(levels(active), means, "level"),
        category_contributions=stacked(levels(active), lambda block: 100 * loading[block.name], "level"),
        groups=_table(contribution * values[:k], group_names),
        group_contributions=_table(100 * contribution, group_names),
        group_cos2=_table(
            (contribution * values[:k]) ** 2 / np.array([[length[block.name]] for block in active]), group_names
        ),
        supplementary_groups=_table(passive_coordinates, passive_names),
        supplementary_group_cos2=_table(passive_coordinates**2 / passive_length, passive_names),
        supplementary_variables=stacked(numbers(passive), coordinates, "variable"),
        supplementary_categories=stacked(levels(passive), means, "level"),
        lg=pd.DataFrame(lg, index=labels, columns=labels),
        rv=pd.DataFrame(lg / np.outer(size, size), index=labels, columns=labels),
        partial_axes=_table(
            np.vstack([part.T @ left for part in own.values()]),
            pd.MultiIndex.from_tuples(axes_index, names=["group", "own_dimension"]),
        ),
    )


def _no_pairs(second: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([[], []], names=["group", second])


def _links(blocks: Mapping[str, _Block], active: Sequence[str], first: float, n: int) -> Floats:
    """Lg of all groups, and of the active ones together over the first eigenvalue, in the last row and column."""
    weighted = [block.weighted for block in blocks.values()]
    count = len(weighted)
    lg = np.empty((count + 1, count + 1))
    for g in range(count):
        for h in range(g, count):
            lg[g, h] = lg[h, g] = ((weighted[g].T @ weighted[h] / n) ** 2).sum()
    here = [i for i, name in enumerate(blocks) if name in active]
    lg[:count, count] = lg[count, :count] = lg[:count][:, here].sum(axis=1) / first
    lg[count, count] = lg[np.ix_(here, here)].sum() / first**2
    return lg
