import matplotlib as mpl
import numpy as np
import pytest
from golden import frame, results
from lavaan_answers import our_fit

from coldcarbon.stats.path_models import fit
from coldcarbon.stats.path_models.diagram import layout

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

SMALL = frame("path_small")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def test_draws_every_path_with_its_coefficient():
    done = fit("balance ~ decay + growth\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth", SMALL)
    limit = done.estimates["p_value"][:7].median()
    ax = done.plot(significance=limit)
    assert len(arrows(ax)) == 7
    assert len([p for p in ax.patches if isinstance(p, FancyBboxPatch)]) == 6
    shown = {text.get_text() for text in ax.texts}
    for value in done.standardized["estimate"][:7]:
        assert f"{value:.2f}".replace("-", "−") in shown
    assert sum(patch.get_linestyle() not in ("-", "solid") for patch in arrows(ax)) == 3
    assert any("$R^2$" in text for text in shown)


def test_latent_variables_are_ellipses_and_covariances_double_arrows():
    done = our_fit("03_sem", "hs", "default")
    ax = done.plot()
    assert len([p for p in ax.patches if isinstance(p, Ellipse)]) == 3
    assert len(arrows(ax)) == 9 + 3
    plt.close("all")
    assert len(arrows(done.plot(covariances="none"))) == 9
    with pytest.raises(ValueError, match="'some'"):
        done.plot(covariances="some")


def test_draws_on_given_axes_with_other_names():
    ax = plt.subplots()[1]
    done = fit("growth ~ warmth + light", SMALL)
    assert done.plot(ax, names={"growth": "Growth of plants"}, covariances="all") is ax
    assert any("Growth of plants" in text.get_text() for text in ax.texts)
    assert len(arrows(ax)) == 3


def test_sign_by_line_style_and_colour():
    done = fit("balance ~ decay + growth\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth", SMALL)
    negative = int((done.standardized["estimate"][:7] < 0).sum())
    assert 0 < negative < 7
    ax = done.plot(dashed="negative", significance=done.estimates["p_value"][:7].median())
    broken = [patch for patch in arrows(ax) if patch.get_linestyle() not in ("-", "solid")]
    assert len(broken) == negative
    assert {patch.get_edgecolor() for patch in broken}.isdisjoint(
        patch.get_edgecolor() for patch in arrows(ax) if patch not in broken
    )
    assert sum(text.get_text().startswith("(") for text in ax.texts) == 3
    with pytest.raises(ValueError, match="'all'"):
        done.plot(dashed="all")


def test_boxes_stand_where_they_are_wanted():
    done = fit("growth ~ warmth + light", SMALL)
    wanted = {"growth": (3.0, 1.0), "warmth": (0.0, 0.0), "light": (0.0, 2.0)}
    ax = done.plot(places=wanted)
    found = {text.get_text().split("\n")[0]: text.get_position() for text in ax.texts}
    assert all(found[name] == place for name, place in wanted.items())
    with pytest.raises(ValueError, match="growth, warmth, light, not growth"):
        done.plot(places={"growth": (0.0, 0.0)})


@pytest.mark.parametrize("case", [name for name in results("03_sem_more") if name != "R"])
def test_nodes_stand_apart_and_causes_left_of_effects(case):
    done = our_fit("03_sem_more", case, "default")
    places = layout(done.pattern)
    gaps = np.abs(places[:, None] - places) / (1.3, 1.0)
    np.fill_diagonal(gaps[:, :, 0], np.inf)
    assert (gaps.max(axis=2) > 1).all()
    if done.is_recursive:
        for effect, cause in np.argwhere(done.pattern):
            assert places[cause, 0] < places[effect, 0]
    done.plot().figure.canvas.draw()
