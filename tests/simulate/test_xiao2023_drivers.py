import numpy as np
import pandas as pd
import pytest

from coldcarbon.simulate import xiao2023_drivers as design


def table(n: int = 20_000) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(5)
    warmth = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "warmth": warmth,
            "rain": 0.5 * warmth + rng.normal(size=n),
            "clay": rng.normal(size=n),
            "biome": rng.choice(["a", "b", "c"], n),
        }
    )
    return frame, pd.Series(rng.integers(0, n // 4, n).astype(str))


def test_the_planted_slope_and_shares_of_variance_are_there():
    covariates, references = table()
    world = design.ruled_profiles(
        covariates, ["warmth", "rain", "biome"], references, explained=0.4, between_references=0.3
    )
    slope, _ = np.polyfit(world["signal"], world["log_d50"], 1)
    assert slope == pytest.approx(world.attrs["slope"], rel=0.02)
    assert world["log_d50"].std() == pytest.approx(design.LOG_D50_SD, rel=0.03)
    assert world["signal"].corr(world["log_d50"]) ** 2 == pytest.approx(0.4, abs=0.02)
    rest = world["log_d50"] - slope * world["signal"]
    between = rest.groupby(references.to_numpy()).mean().var() / design.LOG_D50_SD**2
    assert between == pytest.approx(0.3 + 0.3 / 4, abs=0.05)


def test_only_the_members_decide():
    covariates, references = table()
    world = design.ruled_profiles(covariates, ["clay"], references, seed=2)
    assert abs(world["signal"].corr(covariates["clay"])) == pytest.approx(1)
    assert abs(world["log_d50"].corr(covariates["warmth"])) < 0.03


def test_several_groups_weigh_alike():
    covariates, references = table()
    world = design.ruled_profiles(covariates, [["warmth", "rain"], ["clay"]], references)
    assert abs(world["signal"].corr(covariates["clay"])) == pytest.approx(np.sqrt(0.5), abs=0.02)
    both = covariates[["warmth", "rain", "clay"]]
    fitted = np.linalg.lstsq(both - both.mean(), world["signal"], rcond=None)[0]
    np.testing.assert_allclose((both - both.mean()) @ fitted, world["signal"], atol=1e-9)


def test_shares_are_those_of_the_curve_and_sum_to_one_hundred():
    covariates, references = table(300)
    world = design.ruled_profiles(covariates, ["rain"], references, bounds_cm=(0, 20, 50, 200))
    assert list(world)[-3:] == ["0-20", "20-50", "50-200"]
    np.testing.assert_allclose(world.iloc[:, -3:].sum(axis=1), 100)
    assert (world["d95_cm"] > world["d50_cm"]).all()
    pd.testing.assert_frame_equal(
        world, design.ruled_profiles(covariates, ["rain"], references, bounds_cm=(0, 20, 50, 200))
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": ["slope"]}, "no column 'slope'"),
        ({"members": []}, "no member"),
        ({"members": [["rain"], []]}, "no member"),
        ({"explained": 0.9}, "less than 1"),
        ({"references": pd.Series(["a"])}, "1 references"),
    ],
)
def test_designs_that_are_none_are_refused(change, message):
    covariates, references = table(50)
    choice = {"members": ["rain"], "references": references, **change}
    with pytest.raises(ValueError, match=message):
        design.ruled_profiles(covariates, **choice)


def test_columns_without_values_or_without_differences_are_refused():
    covariates, references = table(50)
    with pytest.raises(ValueError, match="'flat' is constant"):
        design.ruled_profiles(covariates.assign(flat=1.0), ["flat"], references)
    with pytest.raises(ValueError, match="'rain' has missing"):
        design.ruled_profiles(covariates.assign(rain=np.nan), ["rain"], references)
