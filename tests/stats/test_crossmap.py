"""Cross mapping agrees with rEDM, pyEDM and multispatialCCM, finds planted causes and no others."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden import results
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.stats import crossmap
from coldcarbon.stats.crossmap.cross_mapping import _skills
from coldcarbon.stats.crossmap.embedding import Neighbours, embed, segment_codes, shift

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import crossmap as cases


def coupled(n, drive, seed=1, noise=0.0):
    """Two logistic maps, the first driving the second."""
    rng = np.random.default_rng(seed)
    x, y = np.empty(n + 200), np.empty(n + 200)
    x[0], y[0] = rng.uniform(0.2, 0.6, 2)
    for t in range(n + 199):
        x[t + 1] = x[t] * (3.8 - 3.8 * x[t])
        y[t + 1] = y[t] * (3.5 - 3.5 * y[t] - drive * x[t])
    return pd.DataFrame({"driver": x, "driven": y})[200:].reset_index(drop=True) + noise * rng.normal(size=(n, 2))


@pytest.mark.parametrize("agreement", cases.AGREEMENT, ids=lambda a: a.method)
def test_agrees_with_r(agreement):
    assert agreement.compare() <= agreement.tolerance


def test_p_of_replicates_agrees_with_r():
    table = cases.plots_as_r_reads_them()
    p = []
    for cause, effect in (("A", "B"), ("B", "A")):
        curve = crossmap.cross_map(
            table, cause=cause, effect=effect, E=2, replace=True, library_sizes=[4, 197], n_samples=800
        )
        p.append(curve.convergence().p_gain)
    r = results("07_ccm")["multispatial"]["p"]
    assert p[0] == pytest.approx(r["pval_a_cause_b"], abs=0.06)
    assert p[1] == pytest.approx(r["pval_b_cause_a"], abs=0.005)


def test_all_rows_of_replicates_count():
    table = cases.plots()
    whole = crossmap.cross_map(table, cause="B", effect="A", E=2, library_sizes=[100])
    cut = crossmap.cross_map(cases.plots_as_r_reads_them(), cause="B", effect="A", E=2, library_sizes=[100])
    assert whole.n_points == 180
    assert cut.n_points == 162
    assert whole.rho.mean() > cut.rho.mean()


@pytest.mark.parametrize(("dimension", "tau", "horizon", "radius"), [(3, -1, 0, 0), (2, -2, 1, 0), (4, -1, -2, 3)])
def test_same_libraries_give_the_skill_of_pyedm(dimension, tau, horizon, radius):
    import pyEDM

    # without ties, which a k-d tree settles as it comes
    table = coupled(80, 0.2, noise=0.05)
    x, y = table["driven"].to_numpy(), table["driver"].to_numpy()
    none = segment_codes(None, len(x))
    vectors, ahead = embed(x, dimension, tau, none), shift(y, horizon, none)
    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1) & np.isfinite(ahead))
    neighbours = Neighbours.of(vectors[rows], rows, radius, none)
    sizes = [15, 30, 45, 60]
    theirs = pyEDM.CCM(
        dataFrame=table.rename_axis("row").reset_index(),
        columns="driven",
        target="driver",
        E=dimension,
        tau=tau,
        Tp=horizon,
        exclusionRadius=radius,
        libSizes=sizes,
        sample=20,
        seed=7,
        parallel=False,
    )["driven:driver"]
    for size, rho in zip(sizes, theirs, strict=True):
        rng = np.random.default_rng(np.random.SeedSequence(np.random.SeedSequence(7).entropy))
        libraries = np.stack([rng.choice(len(rows), size=size, replace=False) for _ in range(20)])
        ours = _skills(neighbours, libraries, dimension + 1, ahead[rows][:, None])
        assert ours.mean() == pytest.approx(rho, abs=1e-12)


def test_simplex_agrees_with_pyedm():
    import pyEDM

    table = cases.sardine()
    for horizon, radius in ((1, 0), (2, 4), (0, 1)):
        theirs = pyEDM.Simplex(
            dataFrame=table,
            columns="anchovy",
            target="sardine",
            lib="1 78",
            pred="1 78",
            E=3,
            Tp=horizon,
            exclusionRadius=radius,
        ).dropna()
        ours = crossmap.simplex(table, "anchovy", "sardine", E=3, Tp=horizon, exclusion_radius=radius).predictions
        both = ours["observed"].to_numpy(), ours["predicted"].to_numpy()
        np.testing.assert_allclose(both[1], theirs["Predictions"].to_numpy(float), atol=1e-12)
        np.testing.assert_allclose(both[0], theirs["Observations"].to_numpy(float), atol=1e-12)


def test_engine_of_pyedm_gives_the_same_curve():
    table = cases.protists()
    options = {"cause": "didinium", "effect": "paramecium", "E": 3, "library_sizes": [10, 40, 69], "n_samples": 300}
    ours, theirs = crossmap.cross_map(table, **options), crossmap.cross_map(table, engine="pyEDM", **options)
    np.testing.assert_allclose(ours.rho.mean(axis=1), theirs.rho[:, 0], atol=0.02)
    assert ours.rho[-1, 0] == pytest.approx(theirs.rho[-1, 0], abs=1e-12)  # all states: nothing random
    assert theirs.library_sizes.tolist() == [10, 40, 69]


def test_a_planted_cause_is_found_and_the_other_direction_is_not():
    table = coupled(150, 0.3)
    forward = crossmap.cross_map(
        table, cause="driver", effect="driven", E=2, surrogates="phase", n_surrogates=99, seed=1
    )
    backward = crossmap.cross_map(
        table, cause="driven", effect="driver", E=2, surrogates="phase", n_surrogates=99, seed=1
    )
    found, other = forward.convergence(), backward.convergence()
    assert found.rho > 0.8
    assert found.gain > 0.3
    assert found.p_gain < 0.02
    assert found.p_rho == 0.01
    assert found.p_surrogate_gain == 0.01
    assert found.kendall_tau > 0.9
    assert found.kendall_p < 0.001
    assert other.rho < 0.4
    assert forward.summary()["p"].iloc[-1] == found.p_rho


@pytest.mark.parametrize("of", ["cause", "effect"])
@pytest.mark.parametrize("kind", ["phase", "ar1"])
def test_independent_series_with_memory_are_rarely_taken_for_coupled(kind, of):
    rng = np.random.default_rng(2)
    found = []
    for i in range(120 if of == "cause" else 40):
        noise = rng.normal(size=(70, 2))
        for t in range(1, 70):
            noise[t] += 0.7 * noise[t - 1]
        curve = crossmap.cross_map(
            {"a": noise[:, 0], "b": noise[:, 1]},
            cause="a",
            effect="b",
            E=2,
            library_sizes=[60],
            n_samples=20,
            surrogates=kind,
            n_surrogates=59 if of == "cause" else 19,
            surrogate_of=of,
            seed=i,
        )
        found.append(curve.convergence().p_rho <= 0.1)
    assert np.mean(found) == pytest.approx(0.1, abs=0.08 if of == "cause" else 0.14)


def test_a_shared_season_deceives_all_but_seasonal_surrogates():
    rng = np.random.default_rng(3)
    months = np.tile(np.arange(12), 12)
    table = pd.DataFrame({"month": months})
    for name in ("a", "b"):
        table[name] = np.cos(2 * np.pi * months / 12) + 0.3 * rng.normal(size=144)
    common = {"cause": "a", "effect": "b", "E": 3, "library_sizes": [100], "phases": "month", "n_surrogates": 99}
    shuffled = crossmap.cross_map(table, surrogates="shuffle", **common).convergence()
    seasonal = crossmap.cross_map(table, surrogates="seasonal", **common).convergence()
    assert shuffled.p_rho == 0.01
    assert seasonal.p_rho > 0.05
    without = crossmap.cross_map(table, surrogates="shuffle", detrend="seasonal", **common).convergence()
    assert without.rho < 0.3
    assert without.p_rho > 0.05


def test_the_lag_of_a_delayed_cause_is_found():
    table = coupled(300, 0.3)
    table["driven later"] = table["driven"].shift(3)
    at_once = crossmap.lag_scan(table, cause="driver", effect="driven", E=2)
    delayed = crossmap.lag_scan(table, cause="driver", effect="driven later", E=2)
    assert delayed.attrs["best_lag"] == at_once.attrs["best_lag"] - 3
    assert at_once.attrs["best_lag"] <= 0
    assert len(set(at_once["n_points"])) == 1
    drawn = crossmap.lag_scan(table, cause="driver", effect="driven", E=2, library_size=80, lags=[-1, 0])
    assert (drawn["low"] < drawn["rho"]).all()
    assert (drawn["rho"] < drawn["high"]).all()


def test_replicates_are_never_joined():
    table = pd.concat([coupled(12, 0.3, seed).assign(site=seed) for seed in range(15)], ignore_index=True)
    curve = crossmap.cross_map(table, cause="driver", effect="driven", E=3, segments="site", replace=True)
    assert curve.n_points == 15 * 10
    assert not set(curve.predictions.index % 12) & {0, 1}
    marked = pd.concat(
        [
            pd.concat([part.drop(columns="site"), pd.DataFrame([[np.nan, np.nan]], columns=["driver", "driven"])])
            for _, part in table.groupby("site")
        ],
        ignore_index=True,
    )
    same = crossmap.cross_map(marked, cause="driver", effect="driven", E=3, replace=True)
    np.testing.assert_array_equal(same.rho, curve.rho)
    assert curve.convergence().gain > 0.2
    rows = table.sort_values("driver", ignore_index=True)
    with pytest.raises(ValueError, match="do not follow each other"):
        crossmap.cross_map(rows, cause="driver", effect="driven", E=2, segments="site")


def test_embedding_dimension_of_a_known_map():
    rng = np.random.default_rng(4)
    henon = np.zeros(400)
    for t in range(1, 399):
        henon[t + 1] = 1 - 1.4 * henon[t] ** 2 + 0.3 * henon[t - 1]
    table = {"x": henon[50:], "site": np.repeat(np.arange(10), 35), "noise": rng.normal(size=350)}
    for held_out in ("one", "later half", "segment"):
        choice = crossmap.choose_embedding(table, "x", held_out=held_out, segments="site", dimensions=range(1, 6))
        assert choice.best == 2, held_out
        assert choice.table.loc[2, "rho"] > 0.99
    assert crossmap.choose_embedding(table, "noise", dimensions=[2]).table["rho"].abs().max() < 0.2
    lenient = crossmap.choose_embedding(table, "x", dimensions=range(1, 6), tolerance=0.9)
    assert lenient.best == 1


def test_s_map_finds_nonlinear_dynamics_and_linear_ones():
    table = coupled(120, 0.3)
    curved = crossmap.s_map(table, "driver", E=2, thetas=[0, 1, 4])
    assert curved["rho"].idxmax() == 4
    assert curved["rho"].loc[4] > 0.99
    assert len(curved.attrs["coefficients"]) >= 115
    # theta 0 is one linear regression, without the state itself left in
    x = table["driver"].to_numpy()
    past, future = np.column_stack([np.ones(118), x[1:-1], x[:-2]]), x[2:]
    predicted = []
    for i in range(118):
        left = np.arange(118) != i
        predicted.append(past[i] @ np.linalg.lstsq(past[left], future[left], rcond=None)[0])
    assert curved["rho"].loc[0] == pytest.approx(np.corrcoef(predicted, future)[0, 1], abs=1e-6)


def test_surrogates_keep_what_they_say():
    rng = np.random.default_rng(5)
    months = np.tile(np.arange(12), 10)
    values = np.sin(months) + rng.normal(size=120)
    for n in (120, 119):
        phase = crossmap.surrogate_series(values[:n], "phase", 50, seed=1)
        spectrum = np.abs(np.fft.rfft(values[:n]))
        np.testing.assert_allclose(np.abs(np.fft.rfft(phase)), np.tile(spectrum, (50, 1)), atol=1e-9)
        assert np.std(np.corrcoef(phase)[0, 1:]) > 0.02
    seasonal = crossmap.surrogate_series(values, "seasonal", 50, phases=months)
    np.testing.assert_array_equal(seasonal, crossmap.surrogate_series(values, "seasonal", 50, phases=12))
    for month in range(12):
        here = months == month
        np.testing.assert_array_equal(np.sort(seasonal[:, here], axis=1), np.tile(np.sort(values[here]), (50, 1)))
    memory = np.zeros(2000)
    for t in range(1, 2000):
        memory[t] = 0.8 * memory[t - 1] + rng.normal()
    ar1 = crossmap.surrogate_series(memory, "ar1", 200)
    r = [np.corrcoef(row[1:], row[:-1])[0, 1] for row in ar1]
    assert np.mean(r) == pytest.approx(0.8, abs=0.02)
    assert ar1.std() == pytest.approx(memory.std(), rel=0.05)
    sites = np.repeat([0, 1], 60)
    shuffled = crossmap.surrogate_series(values, "shuffle", 5, segments=sites)
    np.testing.assert_array_equal(np.sort(shuffled[:, :60], axis=1), np.tile(np.sort(values[:60]), (5, 1)))
    gaps = np.where(np.arange(120) % 7 == 3, np.nan, values)
    np.testing.assert_array_equal(np.isnan(crossmap.surrogate_series(gaps, "shuffle", 3))[0], np.isnan(gaps))
    with pytest.raises(ValueError, match="row 3"):
        crossmap.surrogate_series(gaps, "phase", 3)
    with pytest.raises(ValueError, match="need phases"):
        crossmap.surrogate_series(values, "seasonal", 3)
    with pytest.raises(ValueError, match="kind must be"):
        crossmap.surrogate_series(values, "twin", 3)


def test_detrending():
    t = np.arange(48.0)
    season = np.tile([0.0, 1.0, 5.0, 2.0], 12)
    np.testing.assert_allclose(crossmap.detrend(3 + 0.2 * t, "linear"), 0, atol=1e-12)
    np.testing.assert_allclose(crossmap.detrend(season, "seasonal", phases=4), 0, atol=1e-12)
    assert np.ptp(crossmap.detrend(season + 0.2 * t, "seasonal-linear", phases=4)) < 1e-10
    changed = crossmap.detrend(t**2, "difference", segments=np.repeat([0, 1], 24))
    assert np.isnan(changed[[0, 24]]).all()
    np.testing.assert_allclose(changed[1:24], 2 * t[1:24] - 1)
    table = {"a": t + season, "b": t - season**2}
    linear = crossmap.cross_map(table, cause="a", effect="b", E=2, detrend="difference", surrogates="phase")
    assert linear.n_points == 46
    with pytest.raises(ValueError, match="needs phases"):
        crossmap.detrend(season, "seasonal")


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 50), st.floats(-100, 100), st.integers(0, 1000))
def test_units_do_not_matter_and_the_seed_decides(scale, offset, seed):
    table = coupled(60, 0.2, seed=5, noise=0.01)
    options = {"cause": "driver", "effect": "driven", "E": 2, "library_sizes": [10, 30], "n_samples": 5, "seed": seed}
    before = crossmap.cross_map(table, **options)
    np.testing.assert_array_equal(before.rho, crossmap.cross_map(table, **options).rho)
    after = crossmap.cross_map(table * scale + offset, **options)
    np.testing.assert_allclose(after.rho, before.rho, atol=1e-6)
    turned = crossmap.cross_map({"driver": -table["driver"], "driven": table["driven"]}, **options)
    np.testing.assert_allclose(turned.rho, before.rho, atol=1e-9)


def test_ties_and_repeated_states_are_settled_by_time():
    values = np.tile([0.0, 1.0, 0.0, 2.0], 12)
    result = crossmap.simplex({"x": values}, "x", E=2, Tp=1)
    assert result.rho == pytest.approx(1)
    assert result.rmse == pytest.approx(0, abs=1e-12)


def test_bad_input_is_refused_by_name():
    table = coupled(40, 0.3)
    table["flat"] = 1.0
    good = {"cause": "driver", "effect": "driven", "E": 2}
    with pytest.raises(KeyError, match="no column 'nothing'"):
        crossmap.cross_map(table, **good | {"cause": "nothing"})
    with pytest.raises(ValueError, match="'flat' is constant"):
        crossmap.cross_map(table, **good | {"cause": "flat"})
    with pytest.raises(ValueError, match="'name' does not hold numbers"):
        crossmap.cross_map(table.assign(name="a"), **good | {"cause": "name"})
    with pytest.raises(ValueError, match="same column"):
        crossmap.cross_map(table, **good | {"cause": "driven"})
    with pytest.raises(ValueError, match="'driver' is infinite in row 4"):
        crossmap.cross_map(table.assign(driver=table["driver"].where(table.index != 4, np.inf)), **good)
    with pytest.raises(ValueError, match="E must be"):
        crossmap.cross_map(table, **good | {"E": 0})
    with pytest.raises(ValueError, match="tau must be"):
        crossmap.cross_map(table, tau=0, **good)
    with pytest.raises(ValueError, match="at least 4 states"):
        crossmap.cross_map(table, library_sizes=[3, 10], **good)
    with pytest.raises(ValueError, match="there are 39 without gaps"):
        crossmap.cross_map(table, library_sizes=[10, 40], **good)
    with pytest.raises(ValueError, match="smaller E"):
        crossmap.cross_map(table[:20], **good | {"E": 17})
    with pytest.raises(ValueError, match="knows no segments"):
        crossmap.cross_map(table, engine="pyEDM", replace=True, **good)
    doubled = table[["driver", "driver", "driven"]]
    with pytest.raises(ValueError, match="two columns"):
        crossmap.cross_map(doubled, **good)
    with pytest.raises(ValueError, match="one segment"):
        crossmap.choose_embedding(table, "driver", held_out="segment")


def test_plot_says_the_direction():
    import matplotlib as mpl

    mpl.use("Agg")
    curve = crossmap.cross_map(
        coupled(60, 0.3), cause="driver", effect="driven", E=2, surrogates="ar1", n_surrogates=30, n_samples=20
    )
    axes = curve.plot()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[0] == "driven xmap driver (driver drives driven?)"
    assert labels[1] == "ar1 surrogates"
    assert axes.lines[0].get_xdata().tolist() == curve.library_sizes.tolist()
    mpl.pyplot.close("all")


def test_heavy_libraries_wait_until_they_are_needed():
    code = (
        "import sys; import coldcarbon.stats.crossmap, coldcarbon.stats.trends; "
        "print([m for m in ('pyEDM', 'matplotlib', 'statsmodels', 'sklearn', 'pymannkendall') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
