"""Score tests of parameters that a model leaves out (modification indices).

For one more parameter k the score (Lagrange multiplier) statistic is

    MI = N (g_k / 2)^2 / (I_kk - I_kf I_ff^-1 I_fk),   EPC = -(g_k / 2) / (I_kk - I_kf I_ff^-1 I_fk)

with gradient g of F and expected information I of one row (Sorbom 1989, doi:10.1007/BF02294623): about the fall of
chi-square, and the value that the parameter would take, if it were free. Searching these for a model that fits and
testing it with the same rows proves nothing (MacCallum, Roznowski and Necowitz 1992).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc

if TYPE_CHECKING:
    from coldcarbon.stats.path_models.fitted_model import PathModelFit

__all__ = ["score_tests"]


def _candidates(fit: PathModelFit) -> list[tuple[str, str, str, int, int, str]]:
    """Left, operator, right, row, column, matrix of what might be freed."""
    spec = fit.specification
    names, latent = spec.variables, set(spec.latent)
    taken = {(p.matrix, p.row, p.column) for p in spec.parameters if p.kind != "fixed"}
    taken |= {(m, c, r) for m, r, c in taken if m == "S"}
    indicators = {p.right for p in spec.parameters if p.operator == "=~"}
    fixed_x = set(spec.exogenous) if spec.fixed_exogenous else set()
    in_regression = {n for p in spec.parameters if p.operator == "~" for n in (p.left, p.right)}
    structural = [n for n in names if n in in_regression or (n in latent and in_regression)]
    markers = {(p.row, p.column) for p in spec.parameters if p.operator == "=~" and p.kind == "fixed"}
    found = []
    place = {name: n for n, name in enumerate(names)}
    for factor in spec.latent:
        for item in sorted(indicators, key=place.__getitem__):
            cell = (place[item], place[factor])
            if item != factor and ("A", *cell) not in taken and cell not in markers:
                found.append((factor, "=~", item, *cell, "A"))
    for one, other in combinations(names, 2):
        alike = (one in latent) == (other in latent)
        if alike and ("S", place[one], place[other]) not in taken and not {one, other} & fixed_x:
            found.append((one, "~~", other, place[one], place[other], "S"))
    for effect in structural:
        for cause in structural:
            cell = (place[effect], place[cause])
            if effect not in fixed_x | {cause} and ("A", *cell) not in taken and cell not in markers:
                found.append((effect, "~", cause, *cell, "A"))
    listed = {(matrix, row, column) for *_, row, column, matrix in found}
    found += [
        (p.left, p.operator, p.right, p.row, p.column, p.matrix)
        for p in spec.parameters
        if p.kind == "fixed" and not p.implied and p.operator in ("~", "~~")
        if (p.matrix, p.row, p.column) not in listed
    ]
    return found


def score_tests(fit: PathModelFit) -> pd.DataFrame:
    """Modification indices and expected parameter changes of all parameters that could be added one at a time.

    Parameters
    ----------
    fit : PathModelFit
        Converged.

    Returns
    -------
    pandas.DataFrame
        Columns left, operator, right, index (chi-square with 1 degree of freedom), p_value, expected_change, the
        largest index first. Left out: parameters whose information is that of others (equivalent models), causes of
        exogenous variables taken from the sample, covariances of latent with observed variables. lavaan agrees on
        the rest; it lists causes of fixed exogenous variables too, with information that ignores their moments.
    """
    likelihood, state, spec = fit.likelihood, fit.state, fit.specification
    candidates = _candidates(fit)
    columns = ["left", "operator", "right", "index", "p_value", "expected_change"]
    if not candidates or not np.isfinite(state.value):
        return pd.DataFrame(columns=columns)
    p = likelihood.p
    reach, spread = state.whitening @ state.effects[:p], state.whitening @ state.covariance[:p]
    left = np.stack([reach[:, row] for *_, row, _, _ in candidates], axis=1)
    right = np.stack(
        [spread[:, c] if m == "A" else reach[:, c] * (0.5 if r == c else 1.0) for *_, r, c, m in candidates], axis=1
    )
    slope = np.einsum("ij,ij->j", left, right - state.sample @ right)  # half the gradient
    cut = len(spec.a_rows) + len(spec.s_rows)

    def inner(la: np.ndarray, ra: np.ndarray, lb: np.ndarray, rb: np.ndarray) -> np.ndarray:
        return (la.T @ lb) * (ra.T @ rb) + (la.T @ rb) * (ra.T @ lb)

    own = np.einsum("ij,ij->j", left, left) * np.einsum("ij,ij->j", right, right)
    own += np.einsum("ij,ij->j", left, right) ** 2
    cross = np.zeros((spec.n_entries, len(candidates)))
    cross[:cut] = inner(state.left, state.right, left, right)
    whole = likelihood.information(state)
    if spec.mean_structure:
        slopes = np.stack([reach[:, r] * (state.means[c] if m == "A" else 0.0) for *_, r, c, m in candidates], axis=1)
        slope = slope - state.mean_gap @ slopes
        own += np.einsum("ij,ij->j", slopes, slopes)
        entry = likelihood.mean_slopes(state)
        cross += entry.T @ slopes
    if spec.spread is not None:
        whole, cross = spec.spread.T @ whole @ spec.spread, spec.spread.T @ cross
    remaining = own - np.einsum("ij,ij->j", cross, np.linalg.solve(whole, cross))
    multiplier = fit.n if fit.convention.multiplier == "n" else fit.n - 1
    usable = remaining > 1e-8 * own
    safe = np.where(usable, remaining, 1.0)
    index = multiplier * slope**2 / safe
    table = pd.DataFrame(
        {
            "left": [c[0] for c in candidates],
            "operator": [c[1] for c in candidates],
            "right": [c[2] for c in candidates],
            "index": index,
            "p_value": chdtrc(1, index),
            "expected_change": -slope / safe,
        }
    )
    return table[usable].sort_values("index", ascending=False, ignore_index=True)
