import matplotlib
import pytest
from additive_data import crossed

from coldcarbon.stats import gamm

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DATA = crossed()


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_draws_curves_with_bands_and_surfaces():
    model = gamm.fit("y ~ s(x) + s(z)", DATA)
    axes = model.plot()
    assert [ax.get_xlabel() for ax in axes] == ["x", "z"]
    assert axes[0].get_ylabel().startswith("s(x), ")
    curve = axes[0].lines[0]
    band = axes[0].collections[0].get_paths()[0].vertices
    assert band[:, 1].min() < curve.get_ydata().min()
    _, ax = plt.subplots()
    assert model.plot("s(z)", ax) is ax


def test_draws_a_surface():
    model = gamm.fit("y ~ te(x, z, k=4)", DATA)
    ax = model.plot("te(x,z)")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "z")


def test_says_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="no smooth to draw"):
        gamm.fit("y ~ x", DATA).plot()
    model = gamm.fit("y ~ s(x) + s(z)", DATA)
    with pytest.raises(KeyError, match="no smooth 's\\(w\\)'"):
        model.plot("s(w)")
    with pytest.raises(ValueError, match="name the term"):
        model.plot(ax=plt.subplots()[1])
