import numpy as np
import pytest

from coldcarbon import published
from coldcarbon.simulate import han2022_paths as design

MODELS = {name: getattr(design, name) for name in ("CHAIN", "PLANT", "MICROBIAL", "MILD_LOOP", "LOOP")}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_rows_have_the_implied_correlations_and_memory(name, memory):
    arrows = MODELS[name]
    rows = design.rows(arrows, 1, replicates=400, n_sites=100, neighbours=memory)
    found = np.einsum("rni,rnj->ij", rows, rows) / (400 * 100)
    np.testing.assert_allclose(found, design.correlations(arrows), atol=0.06)
    np.testing.assert_allclose((rows[:, 1:] * rows[:, :-1]).mean(axis=(0, 1)), memory, atol=0.06)


@pytest.mark.parametrize("name", MODELS)
def test_variances_are_one_and_residuals_positive(name):
    assert np.allclose(np.diag(design.correlations(MODELS[name])), 1)
    assert (design.residual_variances(MODELS[name]) > 0).all()


def test_total_effects_add_up_along_paths():
    totals = design.total_effects(design.CHAIN, "production")
    assert totals["moisture"] == pytest.approx(0.3 + 0.5 * 0.4)
    assert totals["rain"] == pytest.approx(0.6 * totals["moisture"])
    gain = np.prod(list(design.MILD_LOOP.values()))
    once = design.MILD_LOOP["climatic", "plant"]
    assert design.total_effects(design.MILD_LOOP, "plant")["climatic"] == pytest.approx(once / (1 - gain))


@pytest.mark.parametrize(("group", "arrows"), [("plant", design.PLANT), ("microbial", design.MICROBIAL)])
def test_group_models_have_the_printed_order(group, arrows):
    totals = design.total_effects(arrows, "TOP")
    for sign, factor in (("pos", -1), ("neg", 1)):
        ranks = published.load("han2022").filter(like=f"rank-total-{group}-{sign}", axis=0)
        order = (factor * totals)[factor * totals < 0].sort_values().index
        assert list(order) == list(ranks.sort_values("value")["group"])


def test_seeds_repeat_and_bad_designs_are_refused():
    first, again = (design.rows(design.CHAIN, 2, replicates=2) for _ in range(2))
    assert first.shape == (2, 30, 5)
    assert np.array_equal(first, again)
    with pytest.raises(ValueError, match="below 1, not 1"):
        design.rows(design.CHAIN, 0, replicates=1, neighbours=1.0)
    with pytest.raises(ValueError, match="variance of y would not be positive"):
        design.correlations({("x", "y"): 0.9, ("z", "y"): 0.9})


def test_text_and_carbon_table():
    assert design.model_text({("a", "c"): 1, ("b", "c"): 1, ("c", "d"): 1}) == "c ~ a + b\nd ~ c"
    table = design.carbon_table(1)
    assert len(table) == 30
    assert (table["TC"] == table["SOC"] + table["SIC"]).all()
    assert (table[["SOC", "SIC"]] > 0).all().all()
    assert len(design.carbon_table(1, n_sites=5)) == 5
