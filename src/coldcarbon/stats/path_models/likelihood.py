"""Implied moments, the maximum-likelihood discrepancy, its exact gradient and Hessian, and expected information.

Discrepancy (Joreskog 1969; Bollen 1989, equation 4.67; with means Browne and Arminger 1995):

    F = log|Sigma| + tr(S Sigma^-1) - log|S| - p + (xbar - mu)' Sigma^-1 (xbar - mu)

Every derivative of Sigma in a free entry is of rank two, D_k = l_k r_k' + r_k l_k': for A_ij l = E e_i and
r = (B S B')_{p,j}, for S_ij l = E e_i and r = E e_j (half of it on the diagonal), E = B's rows of observed variables.
In coordinates whitened by the Cholesky factor of Sigma, traces of products of D_k are products of inner products, so
information costs O(p t^2) for p observed variables and t free entries and no p x p matrix per entry is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dtrtri

from coldcarbon.stats.path_models.moments import SampleMoments
from coldcarbon.stats.path_models.specification import Specification

__all__ = ["Likelihood", "State"]

Floats = NDArray[np.float64]
OWN_SHARE = 1e-13  # of a variance, left after the variables before it


@dataclass(frozen=True)
class State:
    """A model's matrices at one point; shapes with v variables, p observed, t free entries."""

    theta: Floats
    effects: Floats  # B = (I - A)^-1, (v, v)
    a: Floats
    s: Floats
    covariance: Floats  # of all variables, (v, v)
    means: Floats  # of all variables, (v,)
    whitening: Floats  # W with W Sigma W' = I, (p, p)
    sample: Floats  # W (S + d d') W', (p, p)
    mean_gap: Floats  # W d, (p,)
    left: Floats  # (p, t)
    right: Floats  # (p, t)
    value: float  # F without -log|S| - p


class Likelihood:
    """The discrepancy of a specification at sample moments."""

    def __init__(self, specification: Specification, moments: SampleMoments) -> None:
        self.specification = specification
        self.moments = moments
        spec = specification
        self.p = spec.n_observed
        self.identity = np.eye(len(spec.variables))
        self.base_s = spec.base_s.copy()
        self.base_m = spec.base_m.copy()
        if spec.fixed_exogenous and spec.exogenous:
            x = spec.exogenous_places
            block = np.ix_(x, x)
            self.base_s[block] = moments.covariance[block]
            if spec.mean_structure:
                self.base_m[x] = moments.means[x]
        self.n_a, self.n_s, self.n_m = len(spec.a_rows), len(spec.s_rows), len(spec.m_rows)
        self.halves = np.where(spec.s_rows == spec.s_columns, 0.5, 1.0)

    def matrices(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """A, S and m at free entries ``theta``."""
        spec = self.specification
        a, s, m = spec.base_a.copy(), self.base_s.copy(), self.base_m.copy()
        cut = self.n_a + self.n_s
        a[spec.a_rows, spec.a_columns] = theta[: self.n_a]
        covariances = theta[self.n_a : cut]
        s[spec.s_rows, spec.s_columns] = covariances
        s[spec.s_columns, spec.s_rows] = covariances
        m[spec.m_rows] = theta[cut:]
        return a, s, m

    def state(self, theta: Floats) -> State | None:
        """Everything at ``theta``, or None where Sigma is not positive definite or loops have no solution."""
        spec, p = self.specification, self.p
        a, s, m = self.matrices(theta)
        try:
            effects: Floats = np.linalg.inv(self.identity - a).astype(float, copy=False)
        except np.linalg.LinAlgError:
            return None
        covariance = effects @ s @ effects.T
        lower, failed = dpotrf(covariance[:p, :p], lower=1, clean=1)
        if failed:
            return None
        diagonal = np.diagonal(lower)
        # rounding lets singular matrices pass: what a variable has of its own must be more than rounding
        if not (diagonal**2 > OWN_SHARE * np.diagonal(covariance)[:p]).all():
            return None
        whitening = dtrtri(lower, lower=1)[0]
        means = effects @ m
        sample = whitening @ self.moments.covariance @ whitening.T
        gap = np.zeros(p)
        value = 2.0 * float(np.log(diagonal).sum()) + float(np.trace(sample))
        if spec.mean_structure:
            gap = whitening @ (self.moments.means - means[:p])
            sample = sample + np.outer(gap, gap)
            value += float(gap @ gap)
        reach = whitening @ effects[:p]
        left = reach[:, np.concatenate([spec.a_rows, spec.s_rows])]
        right = np.concatenate(
            [(whitening @ covariance[:p])[:, spec.a_columns], reach[:, spec.s_columns] * self.halves], axis=1
        )
        return State(theta, effects, a, s, covariance, means, whitening, sample, gap, left, right, value)

    def bare_state(self, theta: Floats) -> State:
        """The matrices alone, where Sigma is singular and no discrepancy exists: what needs Sigma^-1 is NaN."""
        a, s, m = self.matrices(theta)
        effects: Floats = np.linalg.inv(self.identity - a).astype(float, copy=False)
        none = np.full((self.p, self.p), np.nan)
        return State(
            theta, effects, a, s, effects @ s @ effects.T, effects @ m, none, none, none[0], none, none, float("nan")
        )

    def mean_slopes(self, state: State) -> Floats:
        """Whitened derivatives of mu, shape (p, t)."""
        spec = self.specification
        reach = state.whitening @ state.effects[: self.p]
        return np.concatenate(
            [
                reach[:, spec.a_rows] * state.means[spec.a_columns],
                np.zeros((self.p, self.n_s)),
                reach[:, spec.m_rows],
            ],
            axis=1,
        )

    def gradient(self, state: State) -> Floats:
        """Derivatives of F in the free entries, shape (t,)."""
        bent = state.right - state.sample @ state.right
        slope = 2.0 * np.einsum("ij,ij->j", state.left, bent)
        if not self.specification.mean_structure:
            return slope
        # the sample part holds d d', whose derivative in Sigma is in the line above
        full = np.concatenate([slope, np.zeros(self.n_m)])
        return full - 2.0 * state.mean_gap @ self.mean_slopes(state)

    def information(self, state: State) -> Floats:
        """Expected information of one row, shape (t, t): half the expected Hessian of F."""
        left, right = state.left, state.right
        both = left.T @ right
        found = (left.T @ left) * (right.T @ right) + both * both.T
        if not self.specification.mean_structure:
            return found
        slopes = self.mean_slopes(state)
        whole = slopes.T @ slopes
        cut = self.n_a + self.n_s
        whole[:cut, :cut] += found
        return whole

    def hessian(self, state: State) -> Floats:
        """Exact second derivatives of F, shape (t, t)."""
        spec, p = self.specification, self.p
        left, right = state.left, state.right
        twice = 2.0 * state.sample - np.eye(p)
        bent_left, bent_right = twice @ left, twice @ right
        cross, cross_bent = left.T @ right, left.T @ bent_right
        # tr(D_k D_l (2 S - I)) from inner products
        found = (
            cross.T * cross_bent
            + (right.T @ right) * (left.T @ bent_left)
            + (left.T @ left) * (right.T @ bent_right)
            + cross * cross_bent.T
        )
        # tr(Q d2Sigma), Q = Sigma^-1 - Sigma^-1 S Sigma^-1
        reach = state.whitening @ state.effects[:p]
        spread = state.whitening @ state.covariance[:p]
        bend = np.eye(p) - state.sample
        reach_q = reach.T @ bend @ reach
        spread_q = spread.T @ bend @ reach
        i, j, b = spec.a_rows, spec.a_columns, state.effects
        jk = b[np.ix_(j, i)]  # B_jk for entries (i, j) down and (k, l) across
        first = jk * spread_q[np.ix_(j, i)].T
        n_a, cut = self.n_a, self.n_a + self.n_s
        found[:n_a, :n_a] += 2.0 * (first + first.T + state.covariance[np.ix_(j, j)] * reach_q[np.ix_(i, i)])
        k, m = spec.s_rows, spec.s_columns
        mixed = 2.0 * self.halves * (b[np.ix_(j, k)] * reach_q[np.ix_(i, m)] + b[np.ix_(j, m)] * reach_q[np.ix_(i, k)])
        found[:n_a, n_a:cut] += mixed
        found[n_a:cut, :n_a] += mixed.T
        if not spec.mean_structure:
            return found
        whole = np.zeros((spec.n_entries, spec.n_entries))
        whole[:cut, :cut] = found
        slopes, gap = self.mean_slopes(state), state.mean_gap
        whole += 2.0 * slopes.T @ slopes
        turned = left * (gap @ right) + right * (gap @ left)  # D_l d
        joint = 2.0 * slopes.T @ turned
        whole[:, :cut] += joint
        whole[:cut, :] += joint.T
        pull = gap @ reach
        # d2mu in A_ij and A_kl is E_i B_jk M_l + E_k B_li M_j
        second = jk * np.outer(pull[i], state.means[j])
        whole[:n_a, :n_a] -= 2.0 * (second + second.T)
        with_mean = -2.0 * pull[i][:, None] * b[np.ix_(j, spec.m_rows)]
        whole[:n_a, cut:] += with_mean
        whole[cut:, :n_a] += with_mean.T
        return whole

    def covariance_slopes(self, state: State) -> Floats:
        """Derivatives of the covariances of all variables in each free entry, shape (v, v, t)."""
        spec, b, c = self.specification, state.effects, state.covariance
        left = b[:, np.concatenate([spec.a_rows, spec.s_rows])]
        right = np.concatenate([c[:, spec.a_columns], b[:, spec.s_columns] * self.halves], axis=1)
        half = left[:, None, :] * right[None, :, :]
        found = half + half.transpose(1, 0, 2)
        return np.concatenate([found, np.zeros((*found.shape[:2], self.n_m))], axis=2)

    def effect_slopes(self, state: State) -> Floats:
        """Derivatives of B = (I - A)^-1 in each free entry, shape (v, v, t)."""
        spec, b = self.specification, state.effects
        found = b[:, spec.a_rows][:, None, :] * b[spec.a_columns].T[None, :, :]
        return np.concatenate([found, np.zeros((*found.shape[:2], self.n_s + self.n_m))], axis=2)
