"""What a fit warns of and refuses: warnings of one class that a reader can filter, errors that name the culprits."""

from __future__ import annotations

import warnings

__all__ = [
    "ConvergenceWarning",
    "FewRowsWarning",
    "HeywoodWarning",
    "IdentificationError",
    "LoopWarning",
    "PathModelWarning",
    "RandomExogenousWarning",
    "SingularInputWarning",
]


class PathModelWarning(UserWarning):
    """Anything a reader of a path model should know before believing it; every warning of this room is one."""


class SingularInputWarning(PathModelWarning):
    """The sample covariance matrix is singular: some variables are sums of others, or there are too few rows."""


class HeywoodWarning(PathModelWarning):
    """An inadmissible estimate: a negative variance, or a correlation beyond one."""


class FewRowsWarning(PathModelWarning):
    """Fewer rows than free parameters: chi-square and standard errors rest on large samples."""


class ConvergenceWarning(PathModelWarning):
    """Gradient or curvature at the end say that this is no minimum."""


class LoopWarning(PathModelWarning):
    """A feedback loop that does not settle, or that fits equally well with other coefficients."""


class RandomExogenousWarning(PathModelWarning):
    """The model names a variance, covariance or mean of exogenous variables, which are then estimated, not fixed."""


class IdentificationError(ValueError):
    """The data cannot tell the parameters apart; ``parameters`` names those concerned."""

    def __init__(self, message: str, parameters: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.parameters = parameters


def tell(collected: list[str], message: str, category: type[PathModelWarning], stacklevel: int = 3) -> None:
    """Warn, and keep the text for the result.

    Parameters
    ----------
    collected : list of str
        Texts so far; the new one is put at its end.
    message : str
        What to say.
    category : type
        Class of the warning.
    stacklevel : int
        As of `warnings.warn`: 3 names the caller of the function that tells.
    """
    collected.append(message)
    warnings.warn(message, category, stacklevel=stacklevel)
