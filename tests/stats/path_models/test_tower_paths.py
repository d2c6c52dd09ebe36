"""A net flux that is the difference of two others, held against lavaan on simulated towers."""

import hashlib
import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from golden import GOLDEN, frame, results
from lavaan_answers import INDICES, LIMITS, largest, numbers, of_table

from coldcarbon.simulate.liu2022_paths import path_panel
from coldcarbon.stats.path_models import fit, notices, semopy_fit

RECORD = "21_tower_paths"
CASES = [f"{s}_{k}_{f}" for s in ("egs", "lgs") for k in ("raw", "within") for f in ("arrows", "free")]
LGS = "uptake ~ gpp + ter\n" + "\n".join(f"{flux} ~ temperature + light + water + pregpp" for flux in ("gpp", "ter"))


def rows(kind="raw", share=1.0):
    table = frame("tower_paths")
    values = table.drop(columns="site")
    if kind == "within":
        values = values - values.groupby(table["site"]).transform("mean")
    return values.assign(uptake=values["gpp"] - values["ter"] + share * values["gap"])


@cache
def our_fit(case):
    values = rows(case.split("_")[1])
    scales = results(RECORD)["scales"]
    values = values / [scales.get(name, scales["gpp"]) for name in values]
    return fit(results(RECORD)[case]["model"], values)


def test_the_rows_are_those_of_the_simulation():
    simulated = path_panel(21).frame().drop(columns="uptake").round(6)
    text = simulated.to_csv(index=False, lineterminator="\n").encode()
    assert text == (GOLDEN / "data" / "tower_paths.csv").read_bytes()
    assert hashlib.md5(text, usedforsecurity=False).hexdigest() == results(RECORD)["fingerprint"]["md5"]


def test_the_chapter_shows_what_the_script_wrote():
    place = Path(__file__).parents[3] / "results" / "lavaan_paths.json"
    shown = json.loads(place.read_text(encoding="utf-8"))
    for key in ("fingerprint", "identity", "by_site"):
        assert shown[key] == results(RECORD)[key]
    assert shown["program"].split()[1] == results(RECORD)["R"]["packages"]["lavaan"].replace("-", ".")


@pytest.mark.parametrize("case", CASES)
def test_estimates_errors_and_indices_are_lavaans(case):
    ours, theirs = our_fit(case), results(RECORD)[case]["default"]
    plain = of_table(ours.estimates, theirs["est"], {"estimate": "est", "standard_error": "se"})
    standardized = of_table(ours.standardized, theirs["std"], {"estimate": "est.std", "standard_error": "se"})
    assert max(plain["estimate"], standardized["estimate"]) < 1e-7
    assert max(plain["standard_error"], standardized["standard_error"]) < 1e-6
    for their_name, our_name in {**INDICES, **LIMITS}.items():
        ours_value, theirs_value = getattr(ours.indices, our_name), numbers([theirs["fit"][their_name]])
        assert largest(np.array([ours_value], float), theirs_value, 1e-2) < 1e-5, their_name
    for name, value in theirs["r2"].items():
        assert ours.r_squared()[name] == pytest.approx(value, abs=1e-8)


def test_an_exact_identity_stops_lavaan_warns_ours_and_passes_semopy():
    exact = rows(share=0.0)
    for structure in ("arrows", "free"):
        recorded = results(RECORD)["identity"][structure]["exact"]
        assert "not positive-definite" in recorded["error"]
    with pytest.warns(notices.SingularInputWarning, match="uptake, gpp, ter"):
        ours = fit(LGS, exact)
    assert np.isnan(ours.chi_square)
    paths = ours.estimates.set_index(["left", "right"]).loc["uptake", "estimate"]
    np.testing.assert_allclose(paths[["gpp", "ter"]], [1.0, -1.0], rtol=1e-9)
    with pytest.warns(notices.SingularInputWarning), pytest.raises(ValueError, match="no maximum"):
        fit(LGS + "\ngpp ~~ ter", exact)
    peer = semopy_fit(LGS, exact)
    assert np.isfinite(float(peer.indices["chi2"].iloc[0]))  # a number where there is none


@pytest.mark.parametrize(("structure", "share"), [("free", "hundredth"), ("arrows", "whole"), ("free", "whole")])
def test_near_the_identity_ours_is_what_lavaan_says_where_it_converges(structure, share):
    recorded = results(RECORD)["identity"][structure][share]
    assert recorded["converged"]
    ours = fit(LGS + "\ngpp ~~ ter" * (structure == "free"), rows(share=recorded["share"]))
    assert ours.chi_square == pytest.approx(recorded["chisq"], abs=2e-5)
    assert ours.indices.rmsea == pytest.approx(recorded["rmsea"], abs=1e-5)


def test_ours_converges_where_lavaan_says_that_it_did_not():
    recorded = results(RECORD)["identity"]
    for structure, share in (("arrows", "ten_thousandth"), ("arrows", "hundredth"), ("free", "ten_thousandth")):
        theirs = recorded[structure][share]
        assert theirs["converged"] is False
        with warnings.catch_warnings(action="error"):
            ours = fit(LGS + "\ngpp ~~ ter" * (structure == "free"), rows(share=theirs["share"]))
        assert ours.converged
        slopes = np.linalg.lstsq(
            np.column_stack([np.ones(len(rows())), rows()[["temperature", "light", "water", "pregpp"]]]),
            rows()["gpp"],
            rcond=None,
        )[0]
        ours_slope = ours.estimates.set_index(["left", "right"]).loc[("gpp", "temperature"), "estimate"]
        assert ours_slope == pytest.approx(slopes[1], rel=1e-6)


def test_the_bootstrap_by_site_is_as_wide_as_lavaans_errors_by_cluster():
    recorded = results(RECORD)["by_site"]
    sites = frame("tower_paths")["site"]
    resampled = fit(LGS, rows("within")).bootstrap(n_resamples=2000, clusters=sites, seed=4)
    ours = resampled.table(standardized=True).query("operator == '~'").set_index(["left", "right"])["standard_error"]
    names = list(zip(recorded["lhs"], recorded["rhs"], strict=True))
    ratio = ours[names].to_numpy() / np.array(recorded["se"])
    drivers = np.array([left != "uptake" for left, _ in names])
    # percentile bootstraps of 22 clusters and a sandwich differ by a tenth or two, not by half
    assert (np.abs(np.log(ratio[drivers])) < np.log(1.4)).all(), ratio
    np.testing.assert_allclose(fit(LGS, rows("within")).standardized["estimate"][:10], recorded["est.std"], atol=1e-4)
