"""The planted errors have the variances, the layout and the scores that they claim."""

import numpy as np
import pytest

from coldcarbon.simulate.zhao2022_projection import tower_months
from coldcarbon.stats.model_scores import model_scores


def test_layout_and_seed():
    drawn = tower_months(3, years=(1, 2), seed=4)
    assert drawn.months["tower"].value_counts().to_dict() == {"tower 1": 12, "tower 2": 24}
    assert drawn.months.groupby("year")["month"].apply(list).tolist() == [list(range(1, 13))] * 3
    assert drawn.months.groupby("year")["tower"].nunique().max() == 1
    assert drawn.observed.shape == drawn.simulated.shape == (3, 36)
    again = tower_months(3, years=(1, 2), seed=4)
    np.testing.assert_array_equal(drawn.simulated, again.simulated)


def test_scores_of_many_towers_are_the_planted_ones():
    drawn = tower_months(1, years=(2,) * 4000, seed=1)
    found = model_scores(drawn.observed[0], drawn.simulated[0])
    for name, value in drawn.truth.items():
        assert found[name] == pytest.approx(value, rel=0.02)


def test_variances_are_shared_as_planted():
    drawn = tower_months(1, years=(3,) * 4000, tower_share=0.5, year_share=0.3, error_sd=2.0, seed=2)
    error = (drawn.simulated - drawn.observed)[0].reshape(4000, 3, 12)
    within_year = error.var(axis=2, ddof=1).mean()
    between_years = error.mean(axis=2).var(axis=1, ddof=1).mean() - within_year / 12
    assert within_year == pytest.approx(0.2 * 4, rel=0.03)
    assert between_years == pytest.approx(0.3 * 4, rel=0.05)
    assert error.var() == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize(
    "wrong", [{"replicates": 0}, {"years": ()}, {"years": (1, 0)}, {"tower_share": -0.1}, {"year_share": 0.9}]
)
def test_bad_input(wrong):
    with pytest.raises(ValueError, match=r"nothing to draw|shares"):
        tower_months(**wrong)
