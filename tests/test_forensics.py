"""Forensics: known answers, planted slips, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from coldcarbon import published
from coldcarbon.claims import judge_printed
from coldcarbon.forensics import (
    Interval,
    exponential_cumulative_share,
    grim_consistent,
    logistic_from_shares,
    lognormal_mean_from_quantiles,
    maximum_entropy_density,
    mixed_exponentials_share,
    nearest_share,
    p_value_from_r_squared,
    p_value_from_standard_error,
    product_coefficient_of_variation,
    rounding_interval,
    share,
    uncertainty_interval,
)
from coldcarbon.stats.depth_distribution import cumulative_fraction, shape_parameter


def number(printed: str, comparison: str = "eq") -> published.Published:
    decimals = len(printed.partition(".")[2])
    texts = dict.fromkeys(("paper", "quantity", "group", "unit", "period", "location", "note"), "")
    return published.Published(
        id="test-number",
        value=float(printed),
        printed=printed,
        decimals=decimals,
        uncertainty=None,
        uncertainty_kind="none",
        comparison=comparison,
        headline=False,
        **texts,
    )


class TestInterval:
    def test_every_operation_holds_all_results_of_its_operands(self):
        random = np.random.default_rng(1)
        for _ in range(200):
            ends = np.sort(random.normal(size=(2, 2)), axis=1)
            left, right = Interval(*ends[0]), Interval(*ends[1])
            x, y = random.uniform(*ends[0], size=50), random.uniform(*ends[1], size=50)
            results = [(left + right, x + y), (left - right, x - y), (left * right, x * y)]
            if right.low > 0 or right.high < 0:
                results.append((left / right, x / y))
            for interval, values in results:
                assert interval.low <= values.min()
                assert values.max() <= interval.high

    def test_ends_are_reached(self):
        assert Interval(-1, 2) * Interval(-3, 4) == Interval(-6, 8)
        assert Interval(1, 2) / Interval(-4, -2) == Interval(-1, -0.25)
        assert Interval(1, 2) - Interval(1, 2) == Interval(-1, 1)

    def test_plain_numbers_on_either_side(self):
        assert 10 - Interval(1, 2) == Interval(8, 9)
        assert Interval(1, 2) - 1 == Interval(0, 1)
        assert 2 * Interval(1, 2) == Interval(1, 2) * 2 == Interval(2, 4)
        assert 1 / Interval(2, 4) == Interval(0.25, 0.5)
        assert sum([Interval(1, 2), Interval(3, 4)]) == Interval(4, 6)

    def test_unpacks(self):
        low, high = Interval(1, 2)
        assert (low, high) == (1, 2)

    @pytest.mark.parametrize("ends", [(2, 1), (np.nan, 1), (0, np.inf)])
    def test_refuses_bad_ends(self, ends):
        with pytest.raises(ValueError, match=r"interval|lower end"):
            Interval(*ends)

    @pytest.mark.parametrize("divisor", [Interval(-1, 1), Interval(0, 1), 0])
    def test_refuses_a_divisor_that_may_be_zero(self, divisor):
        with pytest.raises(ZeroDivisionError, match="may be zero"):
            Interval(1, 2) / divisor


class TestRounding:
    @pytest.mark.parametrize(
        ("printed", "comparison", "low", "high"),
        [
            ("2.00", "eq", 1.995, 2.005),
            ("12.0", "eq", 11.95, 12.05),
            ("60", "eq", 59.5, 60.5),
            ("60", "approx", 55, 65),
            ("21", "approx", 20.5, 21.5),
            ("-1.27875", "eq", -1.278755, -1.278745),
        ],
    )
    def test_half_the_last_digit(self, printed, comparison, low, high):
        assert tuple(rounding_interval(number(printed, comparison))) == pytest.approx((low, high))

    @pytest.mark.parametrize("comparison", ["lt", "gt"])
    def test_a_bound_has_none(self, comparison):
        with pytest.raises(ValueError, match="printed as a bound"):
            rounding_interval(number("50", comparison))

    @pytest.mark.parametrize("paper", published.PAPERS)
    def test_what_fills_the_range_passes_the_verdict_and_nothing_beyond_it(self, paper):
        checked = 0
        for name in published.load(paper).index:
            one = published.get(name)
            if one.comparison in ("lt", "gt") or one.uncertainty_kind == "se":
                continue  # a bound has no range, and a standard error has a wider one in the verdict
            interval, half = rounding_interval(one), one.half_last_digit
            assert judge_printed(one, {"the range": tuple(interval)}).verdict == "consistent", name
            for beyond in (interval.low - 0.1 * half, interval.high + 0.1 * half):
                assert judge_printed(one, {"beyond": (beyond, beyond)}).verdict == "inconsistent", name
            checked += 1
        assert checked > 20

    def test_finds_a_planted_slip_in_a_sum(self):
        parts = rounding_interval(number("1.60")) + rounding_interval(number("0.69"))
        right, wrong = rounding_interval(number("2.29")), rounding_interval(number("2.31"))
        assert right.low <= parts.high
        assert parts.low <= right.high
        assert parts.high < wrong.low


class TestShare:
    def test_is_tighter_than_the_ratio_to_the_sum(self):
        part, rest = Interval(1, 2), Interval(2, 3)
        exact, loose = share(part, rest), part / (part + rest)
        assert exact == Interval(0.25, 0.5)
        assert loose.low < exact.low
        assert exact.high < loose.high

    def test_of_plain_numbers(self):
        assert tuple(share(1.0, 3.0)) == (0.25, 0.25)

    @pytest.mark.parametrize(("part", "rest"), [(Interval(-1, 1), 1.0), (1.0, -1.0), (Interval(0, 1), 0.0)])
    def test_refuses_negative_and_empty(self, part, rest):
        with pytest.raises(ValueError, match="positive sum"):
            share(part, rest)


class TestLognormalMean:
    @pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
    def test_recovers_the_mean_of_a_sample(self, level):
        values = np.random.default_rng(2).lognormal(0.3, 0.8, size=400_000)
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        assert lognormal_mean_from_quantiles(low, high, level) == pytest.approx(values.mean(), rel=0.01)

    def test_lies_above_the_median_and_is_vectorised(self):
        low, high = np.array([0.5, 0.2]), np.array([2.0, 20.0])
        means = lognormal_mean_from_quantiles(low, high)
        assert means.shape == (2,)
        assert np.all(means > np.sqrt(low * high))

    @pytest.mark.parametrize(("low", "high"), [(15.2, 2.68), (0, 1), (-1, 1), (1, 1), (np.nan, 1)])
    def test_refuses_exchanged_or_non_positive_quantiles(self, low, high):
        with pytest.raises(ValueError, match="rising order"):
            lognormal_mean_from_quantiles(low, high)

    @pytest.mark.parametrize("level", [0, 1, 95])
    def test_refuses_a_level_outside_0_to_1(self, level):
        with pytest.raises(ValueError, match="level"):
            lognormal_mean_from_quantiles(1, 2, level)


class TestDepthCurves:
    def test_logistic_goes_back_to_where_it_came_from(self):
        d50, d95 = np.array([10.0, 16.0, 40.0]), np.array([80.0, 147.0, 100.0])
        c = shape_parameter(d50, d95)
        shares = [cumulative_fraction(depth, d50, c) for depth in (20.0, 150.0)]
        curve = logistic_from_shares(shares[0], 20.0, shares[1], 150.0)
        np.testing.assert_allclose(curve.c, c)
        np.testing.assert_allclose(curve.d50, d50)
        np.testing.assert_allclose(curve.d95, d95)

    def test_logistic_does_not_mind_the_order_of_the_two(self):
        one, other = logistic_from_shares(0.57, 20, 0.77, 40), logistic_from_shares(0.77, 40, 0.57, 20)
        np.testing.assert_allclose(one, other)
        np.testing.assert_allclose(cumulative_fraction([20, 40], one.d50, one.c), [0.57, 0.77])

    @pytest.mark.parametrize(
        "arguments", [(0.77, 20, 0.57, 40), (0.5, 20, 0.5, 40), (0, 20, 0.5, 40), (0.5, 20, 1, 40), (0.5, 0, 0.7, 40)]
    )
    def test_logistic_refuses_what_no_curve_passes(self, arguments):
        with pytest.raises(ValueError, match=r"share|depth"):
            logistic_from_shares(*arguments)

    def test_exponential_keeps_its_known_share_and_its_rate(self):
        depths = np.array([0.0, 20.0, 40.0, 60.0])
        shares = exponential_cumulative_share(depths, 0.57, 20.0)
        assert shares[:2] == pytest.approx([0, 0.57])
        layers = np.diff(shares)
        assert layers[1:] / layers[:-1] == pytest.approx(0.43)

    @pytest.mark.parametrize("arguments", [(40, 0, 20), (40, 1, 20), (-1, 0.5, 20), (40, 0.5, 0), (40, 57, 20)])
    def test_exponential_refuses_what_is_out_of_range(self, arguments):
        with pytest.raises(ValueError, match=r"share|depth"):
            exponential_cumulative_share(*arguments)


class TestMixedExponentials:
    @pytest.mark.parametrize("depth", [5.0, 20.0, 40.0, 150.0])
    def test_holds_the_mean_of_any_spread_of_places(self, depth):
        random = np.random.default_rng(6)
        for shape in random.uniform(0.2, 8, size=(50, 2)):
            shares = random.beta(*shape, size=200).clip(1e-6, 1 - 1e-6)
            planted = exponential_cumulative_share(depth, shares, 20.0).mean()
            low, high = mixed_exponentials_share(depth, float(shares.mean()), 20.0)
            assert low - 1e-12 <= planted <= high + 1e-12

    def test_ends_are_reached(self):
        alike = exponential_cumulative_share(40, np.full(10, 0.57), 20).mean()
        all_or_nothing = exponential_cumulative_share(40, np.repeat([1 - 1e-9, 1e-9], [57, 43]), 20).mean()
        assert tuple(mixed_exponentials_share(40, 0.57, 20)) == pytest.approx((all_or_nothing, alike), abs=1e-6)

    def test_carries_the_range_of_the_mean_both_ways(self):
        deeper = mixed_exponentials_share(40, Interval(0.565, 0.575), 20)
        assert tuple(deeper) == pytest.approx((0.565, 1 - 0.425**2))
        shallower = mixed_exponentials_share(10, Interval(0.5, 0.6), 20)
        assert tuple(shallower) == pytest.approx((1 - 0.5**0.5, 0.6))

    @pytest.mark.parametrize("arguments", [(0, 0.5, 20), (40, 1.0, 20), (40, 57, 20), (40, 0.5, 0), (np.nan, 0.5, 20)])
    def test_refuses_what_is_out_of_range(self, arguments):
        with pytest.raises(ValueError, match=r"share|depth"):
            mixed_exponentials_share(*arguments)


class TestProductVariation:
    def test_equals_the_spread_of_a_simulated_product(self):
        random = np.random.default_rng(3)
        x, y = random.normal(1, 0.4, 1_000_000), random.gamma(1 / 0.8**2, 0.8**2, 1_000_000)
        product = x * y
        assert product_coefficient_of_variation(0.4, 0.8) == pytest.approx(product.std() / product.mean(), rel=0.01)

    def test_exceeds_the_first_order_formula(self):
        assert product_coefficient_of_variation(0.4, 1.8) > np.hypot(0.4, 1.8)
        assert product_coefficient_of_variation(0.0, 1.8) == pytest.approx(1.8)

    def test_refuses_negative(self):
        with pytest.raises(ValueError, match="negative"):
            product_coefficient_of_variation(-0.1, 0.2)


class TestPValue:
    def test_known_answers(self):
        assert p_value_from_standard_error(1.959964, 1.0) == pytest.approx(0.05, abs=1e-6)
        assert p_value_from_standard_error(2.228139, 1.0, 10) == pytest.approx(0.05, abs=1e-6)
        # one degree of freedom is the Cauchy distribution, where half lies beyond 1
        assert p_value_from_standard_error([1.0, 0.0], 1.0, 1) == pytest.approx([0.5, 1.0])

    def test_sign_does_not_matter(self):
        assert p_value_from_standard_error(-101, 32, 36) == p_value_from_standard_error(101, 32, 36)

    @pytest.mark.parametrize(("error", "freedom"), [(0, 10), (-1, 10), (1, 0), (np.nan, 10)])
    def test_refuses_what_is_not_positive(self, error, freedom):
        with pytest.raises(ValueError, match="positive"):
            p_value_from_standard_error(1.0, error, freedom)


class TestGrim:
    def test_known_answers(self):
        # 5.19 of 28 is the example of Brown and Heathers; 145 / 28 = 5.179 and 146 / 28 = 5.214
        assert grim_consistent([5.19, 5.18, 5.21], 28, 2).tolist() == [False, True, True]
        assert not grim_consistent(5.27, 43, 2)

    def test_every_true_mean_passes(self):
        random = np.random.default_rng(4)
        sizes = random.integers(2, 200, size=500)
        means = np.array([random.integers(1, 8, size=n).mean() for n in sizes])
        assert grim_consistent(np.round(means, 2), sizes, 2).all()

    def test_finds_planted_slips(self):
        """With n of 20 a mean has steps of 0.05, so four in five two-decimal means cannot be."""
        means = np.arange(100, 700) / 100
        assert grim_consistent(means, 20, 2).mean() == pytest.approx(0.2, abs=0.01)

    def test_percentages_and_several_items(self):
        assert grim_consistent(80, 559, 0, step=100)
        assert not grim_consistent(51, 20, 0, step=100)
        assert grim_consistent(3.45, 10, 2, step=0.5)

    def test_a_number_on_the_edge_is_allowed(self):
        assert grim_consistent([0.12, 0.13], 8, 2).all()  # 1 / 8 = 0.125 rounds either way

    @pytest.mark.parametrize(("n", "decimals", "step"), [(0, 2, 1), (10, -1, 1), (10, 2, 0)])
    def test_refuses_bad_input(self, n, decimals, step):
        with pytest.raises(ValueError, match="needs n"):
            grim_consistent(1.0, n, decimals, step)


class TestUncertaintyInterval:
    def test_is_half_the_last_digit_of_the_uncertainty_both_ways(self):
        spread = uncertainty_interval(published.get("liu2022-gamma-lgs-spring-np-aci"))
        assert list(spread) == pytest.approx([0.00695, 0.00705])

    def test_does_not_go_below_zero(self):
        small = replace(number("1.0"), uncertainty=0.0, uncertainty_decimals=1)
        assert list(uncertainty_interval(small)) == pytest.approx([0, 0.05])

    def test_wants_an_uncertainty(self):
        with pytest.raises(ValueError, match="test-number is printed without"):
            uncertainty_interval(number("1.0"))


class TestMaximumEntropyDensity:
    positions = (np.arange(20_000) + 0.5) / 20_000

    def test_is_uniform_for_the_moments_of_the_uniform(self):
        assert maximum_entropy_density([0.0, 0.3, 1.0], 0.5, 12**-0.5) == pytest.approx(1.0)

    @pytest.mark.parametrize(
        ("mean", "spread"), [(0.5, 0.05), (0.02, 0.015), (0.31, 0.18), (0.7, 0.26), (0.45, 0.297), (0.9, 0.12)]
    )
    def test_has_the_planted_moments(self, mean, spread):
        density = maximum_entropy_density(self.positions, mean, spread)[0]
        found = np.mean(density * self.positions)
        assert np.mean(density) == pytest.approx(1, abs=1e-5)
        assert found == pytest.approx(mean, abs=1e-6)
        assert np.sqrt(np.mean(density * (self.positions - found) ** 2)) == pytest.approx(spread, abs=1e-6)

    def test_recovers_a_planted_truncated_normal(self):
        truth = stats.truncnorm(-0.8, 2.4, loc=0.25, scale=0.3125)
        density = maximum_entropy_density([0.1, 0.5, 0.9], truth.mean(), truth.std())[0]
        assert density == pytest.approx(truth.pdf([0.1, 0.5, 0.9]), rel=1e-8)

    def test_one_density_per_pair_of_moments(self):
        assert maximum_entropy_density(self.positions[::100], [0.4, 0.5, 0.6], [0.1, 0.2, 0.25]).shape == (3, 200)

    def test_mirrors(self):
        left = maximum_entropy_density([0.2, 0.6], 0.35, 0.2)
        right = maximum_entropy_density([0.8, 0.4], 0.65, 0.2)
        assert left == pytest.approx(right)

    @pytest.mark.parametrize(
        ("position", "mean", "spread", "complaint"),
        [
            (1.2, 0.5, 0.1, "positions"),
            (0.5, 1.0, 0.1, "means"),
            (0.5, 0.5, 0.0, "positive"),
            (0.5, 0.5, 0.5, "so large"),
            (0.5, np.nan, 0.1, "means"),
            (0.5, 0.5, 1e-3, "normal distribution"),
            (0.5, 0.5, 0.49999, "close to the"),
        ],
    )
    def test_refuses_bad_input(self, position, mean, spread, complaint):
        with pytest.raises(ValueError, match=complaint):
            maximum_entropy_density(position, mean, spread)


class TestPValueFromRSquared:
    @pytest.mark.parametrize("predictors", [1, 3])
    def test_is_that_of_the_regression(self, predictors):
        import statsmodels.api as sm

        random = np.random.default_rng(5)
        table = random.standard_normal((40, predictors))
        fit = sm.OLS(table[:, 0] + 2 * random.standard_normal(40), sm.add_constant(table)).fit()
        assert p_value_from_r_squared(fit.rsquared, 40, predictors) == pytest.approx(fit.f_pvalue, rel=1e-10)

    def test_nothing_explained_is_certain_chance(self):
        assert p_value_from_r_squared([0.0, 0.0], [5, 500]).tolist() == [1, 1]

    @pytest.mark.parametrize(("r_squared", "n", "predictors"), [(1.0, 9, 1), (-0.1, 9, 1), (0.5, 2, 1), (0.5, 9, 0)])
    def test_refuses_bad_input(self, r_squared, n, predictors):
        with pytest.raises(ValueError, match=r"R²|predictor"):
            p_value_from_r_squared(r_squared, n, predictors)


class TestNearestShare:
    def test_rounds_to_what_grim_allows(self):
        sizes = np.arange(1, 400)
        near = nearest_share(56.9, sizes)
        assert ((np.abs(near - 56.9) <= 0.05 + 1e-9) == grim_consistent(56.9, sizes, 1, step=100)).all()
        assert np.allclose(near / 100 * sizes, np.rint(near / 100 * sizes))

    def test_ratios(self):
        assert nearest_share(0.3, [3, 10], step=1).tolist() == pytest.approx([1 / 3, 0.3])

    @pytest.mark.parametrize(("n", "step"), [(0, 100), (5, 0)])
    def test_refuses_bad_input(self, n, step):
        with pytest.raises(ValueError, match="at least 1"):
            nearest_share(50, n, step)
