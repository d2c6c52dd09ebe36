"""What programs count and divide by, as one small record.

Two programs that fit one model to one table print other numbers, because they

- divide sample moments by n or by n - 1, and multiply the minimum of the discrepancy by the same;
- take moments of observed exogenous variables as given (lavaan's default; not counted as parameters or moments) or
  estimate them (AMOS, LISREL); degrees of freedom and chi-square are the same, standard errors of standardized
  results, GFI, AGFI, AIC and BIC are not;
- compare with an independence model that keeps the covariances of exogenous variables (lavaan) or has none (AMOS),
  which moves CFI, TLI, NFI, RFI and IFI;
- take AIC and BIC from the likelihood (lavaan: -2 logL + 2 q) or from chi-square (AMOS: chi2 + 2 q, chi2 + q ln n).

semopy counts the moments of exogenous variables but not their parameters, so its degrees of freedom are larger:
with 5 exogenous among 8 variables 21 where lavaan and AMOS have 6.

Sources: Rosseel (2012), doi:10.18637/jss.v048.i02; Arbuckle, IBM SPSS Amos User's Guide, appendices B (discrepancy
functions: C = (N - r) F) and C (measures of fit); Joreskog and Sorbom (1989) for GFI and AGFI. AMOS can analyse
moments with divisor n too (its "maximum likelihood" covariances): ``replace(AMOS, divisor="n")`` from dataclasses;
only (co)variances and RMR differ, by n / (n - 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["AMOS", "LAVAAN", "Convention", "convention_of"]


@dataclass(frozen=True)
class Convention:
    """How moments are formed and fit is measured.

    ``divisor`` of sample moments; ``multiplier`` of the discrepancy in chi-square, RMSEA and standard errors;
    ``baseline``: whether exogenous variables covary in the independence model; ``criteria``: where AIC and BIC
    come from.
    """

    name: str
    divisor: Literal["n", "n-1"]
    multiplier: Literal["n", "n-1"]
    fixed_exogenous: bool
    baseline: Literal["exogenous covary", "independent"]
    criteria: Literal["likelihood", "chi-square"]


LAVAAN = Convention("lavaan", "n", "n", True, "exogenous covary", "likelihood")
AMOS = Convention("amos", "n-1", "n-1", False, "independent", "chi-square")


def convention_of(convention: str | Convention) -> Convention:
    """The convention of a name.

    Parameters
    ----------
    convention : str or Convention
        "lavaan", "amos", or one of your own, such as ``dataclasses.replace(LAVAAN, fixed_exogenous=False)``.

    Returns
    -------
    Convention
        See the module's description.

    Raises
    ------
    ValueError
        For another name.
    """
    if isinstance(convention, Convention):
        return convention
    known = {"lavaan": LAVAAN, "amos": AMOS}
    if convention not in known:
        raise ValueError(f"convention must be 'lavaan', 'amos' or a Convention, not {convention!r}")
    return known[convention]
