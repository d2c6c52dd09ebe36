"""Bayesian calibration as zhao2022 does it, with what its text leaves open as options, and as it is done today.

A `Calibrations` holds a model against observations; `published` and `corrected` sample its posteriors; `diagnostics`
says what the samples are worth. The room knows no model: a simulator such as `coldcarbon.century.Simulator` is handed
to it.
"""

from coldcarbon.assimilation.box import Box, fold
from coldcarbon.assimilation.chains import Chains
from coldcarbon.assimilation.checkpoint import CheckpointError
from coldcarbon.assimilation.cost import Constant, Logarithmic, Misfit, Relative, RelativeToSimulation, Unknown
from coldcarbon.assimilation.diagnostics import gelman_rubin, performance, summary
from coldcarbon.assimilation.ensemble import ensemble
from coldcarbon.assimilation.guide import Guide, learn_guide
from coldcarbon.assimilation.laplace import Laplace, jacobian, laplace
from coldcarbon.assimilation.metropolis import metropolis
from coldcarbon.assimilation.opts import OPTS, fit_opts, opts
from coldcarbon.assimilation.protocol import WINDOW, Corrected, Guided, Published, corrected, guided, published
from coldcarbon.assimilation.target import Calibration, Calibrations, Density, Target, flux, linear, soil_carbon

__all__ = [
    "OPTS",
    "WINDOW",
    "Box",
    "Calibration",
    "Calibrations",
    "Chains",
    "CheckpointError",
    "Constant",
    "Corrected",
    "Density",
    "Guide",
    "Guided",
    "Laplace",
    "Logarithmic",
    "Misfit",
    "Published",
    "Relative",
    "RelativeToSimulation",
    "Target",
    "Unknown",
    "corrected",
    "ensemble",
    "fit_opts",
    "flux",
    "fold",
    "gelman_rubin",
    "guided",
    "jacobian",
    "laplace",
    "learn_guide",
    "linear",
    "metropolis",
    "opts",
    "performance",
    "published",
    "soil_carbon",
    "summary",
]
