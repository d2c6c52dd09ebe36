"""Names stand at the ends of their lines, apart from each other, readable, and within the figure."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

from coldcarbon.figures import label_lines, use_style
from coldcarbon.figures.style import contrast

YEARS = np.arange(1990, 2021)


@pytest.fixture
def axes():
    use_style()
    figure, one = plt.subplots(figsize=(7.0, 4.0))
    one.set(xlabel="Year", ylabel="Uptake (Mg ha-1 yr-1)")
    yield one
    plt.close(figure)


def named(axes, lines=None):
    """The names, from the bottom up."""
    before = len(axes.texts)
    label_lines(axes, lines)
    return axes.texts[before:]


def boxes(axes, names):
    axes.figure.draw_without_rendering()
    return [Text.get_window_extent(name) for name in names]


def centre(axes, name):
    return axes.transData.transform((YEARS[-1], name.get_position()[1]))[1]


def test_names_far_apart_stand_at_the_height_of_their_line(axes):
    for level in (3.0, 1.0, 2.0):
        axes.plot(YEARS, np.full(YEARS.size, level), label=f"Level {level:.0f}")
    names = named(axes)
    assert [name.get_text() for name in names] == ["Level 1", "Level 2", "Level 3"]
    assert [name.get_position()[1] for name in names] == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_of_close_lines_move_apart_and_keep_their_order_and_middle(axes, scale):
    levels = 100 + np.arange(6) / 10
    for level in levels:
        axes.plot(YEARS, np.full(YEARS.size, level), label=f"Level {level:.1f}")
    axes.plot(YEARS, np.full(YEARS.size, 1000.0), label="two\nlines")
    axes.plot(YEARS, np.full(YEARS.size, 1.0), label="low")
    axes.set(yscale=scale, ylim=(0.1, 5000))
    names = named(axes)
    places = boxes(axes, names)
    assert not [pair for pair in itertools.combinations(places, 2) if pair[0].overlaps(pair[1])]
    assert [name.get_text() for name in names[1:-1]] == [f"Level {level:.1f}" for level in levels]
    if scale == "log":  # nothing else in their way
        middle = axes.transData.transform((YEARS[-1], float(np.mean(levels))))[1]
        assert np.mean([centre(axes, name) for name in names[1:-1]]) == pytest.approx(middle, abs=1)


def test_names_stay_beside_the_axes_and_within_the_figure(axes):
    for level in np.linspace(0, 0.01, 8):
        axes.plot(YEARS, np.full(YEARS.size, level), label=f"A model with a long name, {level:.3f}")
    axes.set_ylim(0, 1)
    for place in boxes(axes, named(axes)):
        assert place.x0 > axes.bbox.x1
        assert axes.figure.bbox.x0 <= place.x0 < place.x1 <= axes.figure.bbox.x1
        assert axes.bbox.y0 - 2 <= place.y0 < place.y1 <= axes.bbox.y1


def test_a_line_that_ends_early_or_leaves_the_axes_is_named_at_its_last_point_within(axes):
    axes.plot(YEARS, np.where(YEARS < 2005, YEARS - 1990.0, np.nan), label="ends")
    axes.plot(YEARS, (YEARS - 1990.0) * 3, label="leaves")
    axes.set_ylim(-1, 31)
    names = {name.get_text(): name for name in named(axes)}
    assert names["ends"].xy == pytest.approx((2004, 14))
    assert names["leaves"].xy == pytest.approx((2000, 30))


def test_names_have_the_colour_of_their_line_made_readable(axes):
    axes.plot(YEARS, YEARS, label="light", color="#d27e15")
    axes.plot(YEARS, -YEARS, label="dark", color="#174083")
    dark, light = named(axes)
    assert dark.get_color() == "#174083"
    assert contrast(light.get_color(), "white") >= 4.5


def test_only_the_lines_given_or_labelled_are_named(axes):
    (first,) = axes.plot(YEARS, YEARS, label="first")
    axes.plot(YEARS, -YEARS, label="second")
    axes.plot(YEARS, 0 * YEARS)
    assert [name.get_text() for name in named(axes, [first])] == ["first"]
    assert [name.get_text() for name in named(axes)] == ["second", "first"]


def test_lines_without_label_or_point_are_refused(axes):
    axes.plot(YEARS, YEARS)
    with pytest.raises(ValueError, match="no line has a label"):
        label_lines(axes)
    axes.plot(YEARS, np.full(YEARS.size, np.nan), label="empty")
    with pytest.raises(ValueError, match="'empty' has no point"):
        label_lines(axes)
