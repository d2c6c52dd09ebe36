"""Gaussian additive (mixed) models in mgcv's words, with its bases, and with sparse algebra for random effects."""

from coldcarbon.stats.gamm.model import AdditiveModel, ConvergenceWarning, fit

__all__ = ["AdditiveModel", "ConvergenceWarning", "fit"]
