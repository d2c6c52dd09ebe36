"""Measures of fit, in the convention asked for.

With chi2 and d of the model, chi2_0 and d_0 of the independence model, N the multiplier of the convention, q free
parameters, p observed variables, S and Sigma with residuals E = S - Sigma:

- CFI = 1 - max(chi2 - d, 0) / max(chi2 - d, chi2_0 - d_0, 0) (Bentler 1990, doi:10.1037/0033-2909.107.2.238)
- TLI = (chi2_0 / d_0 - chi2 / d) / (chi2_0 / d_0 - 1) (Tucker and Lewis 1973, doi:10.1007/BF02291170)
- NFI = 1 - chi2 / chi2_0 (Bentler and Bonett 1980, doi:10.1037/0033-2909.88.3.588)
- RFI = 1 - (chi2 / d) / (chi2_0 / d_0),
  IFI = (chi2_0 - chi2) / (chi2_0 - d) (Bollen 1989)
- RMSEA = sqrt(max(chi2 - d, 0) / (d N)), 90 % limits from the noncentral chi-square, P of RMSEA <= 0.05
  (Browne and Cudeck 1992, doi:10.1177/0049124192021002005)
- RMR = root mean square of the residuals of the p (p + 1) / 2 distinct moments; SRMR the same of residuals divided by
  sample standard deviations (Bentler's)
- GFI = 1 - tr[(Sigma^-1 E)^2] / tr[(Sigma^-1 S)^2], AGFI = 1 - (1 - GFI) p (p + 1) / (2 d),
  PGFI = GFI 2 d / (p (p + 1)) (Joreskog and Sorbom 1989; Mulaik and others 1989). Where exogenous moments are fixed
  their block of S is left out of the denominator, as lavaan does. With modelled means lavaan adds them to numerator
  and denominator, AMOS reports neither GFI nor RMR (here NaN).
- AIC, BIC: -2 logL + 2 q, -2 logL + q ln n (lavaan; logL given the exogenous variables where these are fixed), or
  chi2 + 2 q, chi2 + q ln n (AMOS). Differences between models of one table agree if they count the same parameters.
- ECVI = (chi2 + 2 q) / N
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtr, chdtrc, chndtr

from coldcarbon.stats.path_models.conventions import Convention
from coldcarbon.stats.path_models.likelihood import Likelihood, State
from coldcarbon.stats.path_models.moments import singular_sets

__all__ = ["FitIndices", "fit_indices", "rmsea_limits"]

Floats = NDArray[np.float64]
CLOSE = 0.05  # RMSEA of close fit


@dataclass(frozen=True)
class FitIndices:
    """Measures of fit; NaN where a measure does not exist (P of a saturated model, chi-square of singular input)."""

    chi_square: float
    degrees_of_freedom: int
    p_value: float
    baseline_chi_square: float
    baseline_degrees_of_freedom: int
    cfi: float
    tli: float
    nfi: float
    rfi: float
    ifi: float
    gfi: float
    agfi: float
    pgfi: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    rmsea_close_p_value: float
    rmr: float
    srmr: float
    aic: float
    bic: float
    log_likelihood: float
    ecvi: float
    f_min: float
    n_free: int
    n: int

    @property
    def chi_square_ratio(self) -> float:
        """Chi-square over degrees of freedom."""
        return self.chi_square / self.degrees_of_freedom if self.degrees_of_freedom else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row per measure: column value."""
        return pd.DataFrame({"value": {**asdict(self), "chi_square_ratio": self.chi_square_ratio}})


def _noncentrality(level: float, chi_square: float, df: int) -> float:
    """The lambda with P(X <= chi_square) = level, 0 if there is none."""
    if not chdtr(df, chi_square) > level:
        return 0.0
    low, high = 0.0, max(chi_square, 1.0)
    while chndtr(chi_square, df, high) > level:
        low, high = high, 2.0 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if chndtr(chi_square, df, middle) > level:
            low = middle
        else:
            high = middle
        if high - low <= 4e-15 * high:
            break
    return 0.5 * (low + high)


def rmsea_limits(chi_square: float, df: int, multiplier: float, confidence: float = 0.90) -> tuple[float, float]:
    """Limits of RMSEA.

    Parameters
    ----------
    chi_square : float
        Of the model.
    df : int
        Its degrees of freedom.
    multiplier : float
        n or n - 1.
    confidence : float
        0.90 by custom.

    Returns
    -------
    tuple of float
        Lower and upper limit; zeros for a saturated model.
    """
    if df == 0:
        return 0.0, 0.0
    tail = (1.0 - confidence) / 2.0
    low, high = (_noncentrality(level, chi_square, df) for level in (1.0 - tail, tail))
    return float(np.sqrt(low / (df * multiplier))), float(np.sqrt(high / (df * multiplier)))


def _log_determinant(matrix: Floats) -> float:
    sign, value = np.linalg.slogdet(matrix)
    return float(value) if sign > 0 else float("-inf")


def _goodness(likelihood: Likelihood, state: State) -> float:
    """GFI."""
    spec, p = likelihood.specification, likelihood.p
    sample = likelihood.moments.covariance
    w = state.whitening
    masked = sample.copy()
    if spec.fixed_exogenous and spec.exogenous:
        x = spec.exogenous_places
        masked[np.ix_(x, x)] = 0.0
    left = w @ (sample - state.covariance[:p, :p]) @ w.T
    whole = w @ masked @ w.T
    above, below = 0.5 * float((left**2).sum()), 0.5 * float((whole**2).sum())
    if spec.mean_structure:
        centre = likelihood.moments.means.copy()
        if spec.fixed_exogenous:
            centre[spec.exogenous_places] = 0.0
        above += float(state.mean_gap @ state.mean_gap)
        below += float(((w @ centre) ** 2).sum())
    return 1.0 - above / below


def _residual_sizes(likelihood: Likelihood, state: State) -> tuple[float, float]:
    """RMR and SRMR."""
    p = likelihood.p
    sample = likelihood.moments.covariance
    rows, columns = np.tril_indices(p)
    residual = (sample - state.covariance[:p, :p])[rows, columns]
    scale = np.sqrt(np.diag(sample))
    standard = residual / (scale[rows] * scale[columns])
    if likelihood.specification.mean_structure:
        gap = likelihood.moments.means - state.means[:p]
        residual, standard = np.concatenate([residual, gap]), np.concatenate([standard, gap / scale])
    return float(np.sqrt((residual**2).mean())), float(np.sqrt((standard**2).mean()))


def fit_indices(likelihood: Likelihood, state: State, convention: Convention) -> FitIndices:
    """All measures of fit.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model at its sample moments.
    state : State
        At the estimates.
    convention : Convention
        Of the counting.

    Returns
    -------
    FitIndices
        See the module's description.
    """
    spec, moments, p = likelihood.specification, likelihood.moments, likelihood.p
    n = moments.n
    multiplier = float(n if convention.multiplier == "n" else n - 1)
    q, df = spec.n_free, spec.degrees_of_freedom
    n_cells = p * (p + 1) // 2 + (p if spec.mean_structure else 0)
    sample = moments.covariance
    log_sample = _log_determinant(sample)
    # a determinant that is only rounding is no determinant
    regular = np.isfinite(log_sample) and np.isfinite(state.value) and not singular_sets(moments)
    minimum = max(state.value - log_sample - p, 0.0) if regular else float("nan")
    chi_square = multiplier * minimum
    x = spec.exogenous_places
    log_x = _log_determinant(sample[np.ix_(x, x)]) if len(x) else 0.0
    variances = np.log(np.diag(sample))
    keep = convention.baseline == "exogenous covary" and len(x) > 0
    base = (np.delete(variances, x).sum() + log_x if keep else variances.sum()) - log_sample
    base_chi = multiplier * float(base) if regular else float("nan")
    base_df = p * (p - 1) // 2 - (len(x) * (len(x) - 1) // 2 if keep else 0)
    over, base_over = chi_square - df, base_chi - base_df
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, base_ratio = (chi_square / df if df else np.nan), (base_chi / base_df if base_df else np.nan)
        worst = max(over, base_over, 0.0)
        cfi = 1.0 - max(over, 0.0) / worst if worst > 0 else 1.0
        tli = (base_ratio - ratio) / (base_ratio - 1.0) if df else 1.0
        rfi = 1.0 - ratio / base_ratio if df else 1.0
        nfi = 1.0 - chi_square / base_chi if base_chi else 1.0
        ifi = (base_chi - chi_square) / (base_chi - df) if base_chi != df else 1.0
    if not regular:
        cfi = tli = rfi = nfi = ifi = float("nan")
    has_gfi = regular and not (spec.mean_structure and convention.criteria == "chi-square")
    gfi = _goodness(likelihood, state) if has_gfi else float("nan")
    agfi = 1.0 - (1.0 - gfi) * n_cells / df if df else gfi
    rmr, srmr = _residual_sizes(likelihood, state)
    if spec.mean_structure and convention.criteria == "chi-square":
        rmr = float("nan")
    log_likelihood = -0.5 * n * (p * np.log(2.0 * np.pi) + state.value)
    if spec.fixed_exogenous and len(x):
        log_likelihood += 0.5 * n * (len(x) * (np.log(2.0 * np.pi) + 1.0) + log_x)
    deviance = chi_square if convention.criteria == "chi-square" else -2.0 * log_likelihood
    limits = rmsea_limits(chi_square, df, multiplier) if regular else (float("nan"), float("nan"))
    rmsea = float(np.sqrt(max(over, 0.0) / (df * multiplier))) if df and regular else (0.0 if regular else float("nan"))
    close = 1.0 - float(chndtr(chi_square, df, df * multiplier * CLOSE**2)) if df and regular else float("nan")
    return FitIndices(
        chi_square=chi_square,
        degrees_of_freedom=df,
        p_value=float(chdtrc(df, chi_square)) if df and regular else float("nan"),
        baseline_chi_square=base_chi,
        baseline_degrees_of_freedom=base_df,
        cfi=float(cfi),
        tli=float(tli),
        nfi=float(nfi),
        rfi=float(rfi),
        ifi=float(ifi),
        gfi=gfi,
        agfi=agfi,
        pgfi=gfi * df / n_cells,
        rmsea=rmsea,
        rmsea_low=limits[0],
        rmsea_high=limits[1],
        rmsea_close_p_value=close,
        rmr=rmr,
        srmr=srmr,
        aic=deviance + 2.0 * q,
        bic=deviance + q * float(np.log(n)),
        log_likelihood=float(log_likelihood),
        ecvi=(chi_square + 2.0 * q) / multiplier,
        f_min=0.5 * minimum,
        n_free=q,
        n=n,
    )
