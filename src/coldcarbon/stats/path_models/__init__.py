r"""Path and structural equation models: observed and latent variables, loops, two programs' conventions.

>>> result = fit("NEE ~ GPP + TER\nGPP ~ temperature + moisture\nTER ~ temperature + GPP", table)  # doctest: +SKIP
>>> result.summary(), result.indices.to_frame(), result.effects(), result.plot()  # doctest: +SKIP
"""

from coldcarbon.stats.path_models.conventions import AMOS, LAVAAN, Convention
from coldcarbon.stats.path_models.estimation import fit
from coldcarbon.stats.path_models.fitted_model import PathModelFit
from coldcarbon.stats.path_models.identification import Identification
from coldcarbon.stats.path_models.indices import FitIndices
from coldcarbon.stats.path_models.notices import IdentificationError, PathModelWarning
from coldcarbon.stats.path_models.peer import SemopyFit, semopy_fit

__all__ = [
    "AMOS",
    "LAVAAN",
    "Convention",
    "FitIndices",
    "Identification",
    "IdentificationError",
    "PathModelFit",
    "PathModelWarning",
    "SemopyFit",
    "fit",
    "semopy_fit",
]
