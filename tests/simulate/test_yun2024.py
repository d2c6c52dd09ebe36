"""The study design of the ratio's time series: what was planted is in it."""

from __future__ import annotations

import numpy as np
import pytest

from coldcarbon.simulate import yun2024 as design


def line(values: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Change over the record of the straight line along the last axis."""
    time = years - years.mean()
    return values @ time / (time @ time) * np.ptp(time)


def test_the_design_has_the_printed_sites_types_and_years() -> None:
    panel = design.panel(0)
    assert panel.eta.shape == (1, 21, 5, 27)
    counts = {kind: int((panel.vegetation == kind).sum()) for kind in design.TYPES}
    assert counts == {"wetland": 5, "meadow": 8, "steppe": 8}
    assert panel.years[[0, -1]].tolist() == [1995, 2021]
    assert panel.truth.loc["steppe", "change"] == -0.13
    assert panel.truth.loc["wetland", ["sensitivity_early", "sensitivity_late"]].tolist() == [0.008, 0.03]


def test_mean_and_change_come_back() -> None:
    panel = design.panel(1, replicates=600)
    means = panel.type_mean()
    for k, kind in enumerate(design.TYPES):
        change = line(means[:, k], panel.years)
        error = change.std() / np.sqrt(600)
        assert change.mean() == pytest.approx(panel.truth.loc[kind, "change"], abs=4 * error)
        assert means[:, k].mean() == pytest.approx(panel.truth.loc[kind, "mean"], abs=0.006)
        spread = np.sqrt(panel.eta[:, panel.vegetation == kind].var(axis=(1, 2, 3)).mean())
        assert spread == pytest.approx(panel.truth.loc[kind, "mean_sd"], rel=0.25)


def test_sensitivities_of_both_windows_come_back() -> None:
    panel = design.panel(2, replicates=600)
    soil, eta = panel.climate["soil_temperature_degrees_celsius"], panel.site_mean()
    for window, name in ((panel.years < 2008, "early"), (panel.years > 2008, "late")):
        time = panel.years[window] - panel.years[window].mean()
        clean = np.eye(len(time)) - np.outer(time, time) / (time @ time) - 1 / len(time)
        x, y = soil[..., window] @ clean, eta[..., window] @ clean
        slope = (x * y).sum(axis=-1) / (x * x).sum(axis=-1)
        for kind in design.TYPES:
            found = slope[:, panel.vegetation == kind].mean(axis=1)
            error = found.std() / np.sqrt(600)
            assert found.mean() == pytest.approx(panel.truth.loc[kind, f"sensitivity_{name}"], abs=4 * error + 5e-4)


def test_moisture_turns_the_sensitivity() -> None:
    truth = {"sensitivity_per_moisture_sd": -0.02, "change": 0.0, "change_sd": 0.0, "moisture_change_percent": 0.0}
    panel = design.panel(3, replicates=300, truth=truth | {"warming_per_decade": 0.0})
    soil = panel.climate["soil_temperature_degrees_celsius"][:, 5:13]
    wet = panel.climate["soil_moisture_percent"][:, 5:13]
    soil, wet = (x - x.mean(axis=-1, keepdims=True) for x in (soil, wet))
    columns = [np.ones(soil.size), soil.ravel(), (soil * wet / design.YEAR_SD["soil_moisture_percent"]).ravel()]
    eta = panel.site_mean()[:, 5:13]
    eta = (eta - eta.mean(axis=-1, keepdims=True)).ravel()
    slopes = np.linalg.lstsq(np.stack(columns, axis=1), eta, rcond=None)[0]
    assert slopes[2] == pytest.approx(-0.02, rel=0.15)


def test_climate_has_its_trends_memory_and_shared_years() -> None:
    panel = design.panel(4, replicates=500, ar1=0.4)
    soil = panel.climate["soil_temperature_degrees_celsius"]
    for k, kind in enumerate(design.TYPES):
        found = line(panel.type_mean(soil)[:, k], panel.years) / 2.6
        assert found.mean() == pytest.approx(panel.truth.loc[kind, "warming_per_decade"], abs=0.05)
    apart = soil[:, 6] - soil[:, 6].mean(axis=0), soil[:, 8] - soil[:, 8].mean(axis=0)
    one, two = (x - x.mean(axis=1, keepdims=True) for x in apart)
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] == pytest.approx(0.5, abs=0.06)
    assert np.corrcoef(one[:, :-1].ravel(), one[:, 1:].ravel())[0, 1] == pytest.approx(0.32, abs=0.06)
    air = panel.climate["air_temperature_degrees_celsius"]
    same_site = np.flatnonzero(panel.site == "BLH")
    np.testing.assert_allclose(air[:, same_site[0]], air[:, same_site[1]])


def test_one_study_by_species_gives_plots_that_follow_the_plan() -> None:
    records = design.study(5)
    assert 20_000 < len(records) < 30_000
    assert not records.isna().any().any()
    assert (records[["eta", "aboveground_g", "belowground_g"]] > 0).all().all()
    np.testing.assert_allclose(records["aboveground_g"] / records["belowground_g"], records["eta"])
    assert set(records.attrs["units"]) >= {"eta", *design.CLIMATE}
    species = records.groupby(["type", "site", "plot", "year"])["species"].nunique()
    for kind, (least, most) in {"wetland": (6, 8), "meadow": (8, 12), "steppe": (8, 12)}.items():
        assert species[kind].between(least, most).all()
    newcomers = records[records["species"].str.contains("newcomer")]
    series = newcomers.groupby(["site", "type", "species"])["year"].nunique()
    assert len(series) == 6
    assert (series < 15).all()
    plots = design.plot_ratios(records).set_index(["site", "type", "plot", "year"])
    panel = design.panel(5, gap_share=0.05).frame().dropna().set_index(["site", "type", "plot", "year"])
    off = plots["eta"] - panel["eta"].reindex(plots.index)
    assert len(plots) == len(panel)
    assert abs(off.mean()) < 0.005
    assert off.std() < 0.05


def test_gaps_extremes_and_no_year_effect() -> None:
    gappy = design.panel(6, replicates=40, gap_share=0.2)
    assert np.isnan(gappy.site_mean()).mean() == pytest.approx(0.2, abs=0.02)
    assert np.isfinite(gappy.type_mean()).all()
    plain, dropped = (design.panel(6, replicates=5, extreme_drop=drop) for drop in (0.0, 0.05))
    low = (plain.eta - dropped.eta).mean(axis=(0, 1, 2))
    assert plain.years[low != 0].tolist() == [1998, 2014]
    assert low[low != 0] == pytest.approx(0.05, abs=0.001)
    still = {"change_sd": 0.0, "sensitivity_early": 0.0, "sensitivity_late": 0.0}
    with_years, without = (
        design.panel(7, replicates=300, truth=still, year_sd_factor=f).site_mean()[:, -8:] for f in (1.0, 0.0)
    )
    rest = [x - x.mean(axis=0) - x.mean(axis=2, keepdims=True) + x.mean() for x in (with_years, without)]
    shared = [np.corrcoef(x[:, 0].ravel(), x[:, 3].ravel())[0, 1] for x in rest]
    assert shared[0] > 0.2
    assert abs(shared[1]) < 0.05


def test_the_same_seed_gives_the_same() -> None:
    one, two, other = (design.panel(s, replicates=2).eta for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ar1": 1.0}, "ar1"),
        ({"replicates": 0}, "replicate"),
        ({"gap_share": 1.0}, "gap_share"),
        ({"truth": {"changes": 0}}, "nothing called"),
        ({"truth": {"change": {"forest": 0}}}, "forest"),
    ],
)
def test_bad_options_are_refused(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        design.panel(0, **options)
    with pytest.raises(ValueError, match="many"):
        design.study(0, replicates=2)


def test_defaults_cannot_be_changed_by_mistake() -> None:
    mine = design.printed_truth()
    mine.loc["wetland", "mean"] = 9.0
    assert design.printed_truth().loc["wetland", "mean"] == 0.33
