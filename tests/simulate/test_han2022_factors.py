import numpy as np
import pytest

from coldcarbon.simulate import han2022_factors as design


def test_groups_are_those_of_the_paper():
    columns = design.group_columns()
    assert list(columns) == list(design.GROUPS)
    assert [c.stop - c.start for c in columns.values()] == [14, 8, 12, 10]
    table, production = design.factors(0, replicates=3)
    assert table.shape == (3, 30, 44)
    assert production.shape == (3, 30)


def test_planted_correlations_and_effects_come_back():
    table, production = design.factors(
        1, replicates=400, n_sites=200, shared=0.5, neighbours=0.6, effects={0: 0.3, 20: -0.4}
    )
    assert table.var() == pytest.approx(1, abs=0.02)
    assert production.var() == pytest.approx(1, abs=0.03)
    assert (table[..., 0] * table[..., 1]).mean() == pytest.approx(0.5, abs=0.02)
    assert (table[..., 0] * table[..., 20]).mean() == pytest.approx(0, abs=0.02)
    assert (table[:, 1:, 5] * table[:, :-1, 5]).mean() == pytest.approx(0.6, abs=0.02)
    assert (table[..., 0] * production).mean() == pytest.approx(0.3, abs=0.02)
    assert (table[..., 20] * production).mean() == pytest.approx(-0.4, abs=0.02)


def test_bad_designs_are_refused_and_seeds_repeat():
    first, again = (design.factors(2, replicates=2)[1] for _ in range(2))
    assert np.array_equal(first, again)
    with pytest.raises(ValueError, match=r"below 1, not 1\.5"):
        design.factors(0, replicates=1, shared=1.5)
    with pytest.raises(ValueError, match=r"explain 1\.62"):
        design.factors(0, replicates=1, effects={0: 0.9, 20: 0.9})
