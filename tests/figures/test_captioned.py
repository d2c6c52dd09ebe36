"""No figure or table is shown without name, caption, alt text and evidence label; pictures are small and alike."""

from base64 import b64decode
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coldcarbon import figures
from coldcarbon.figures import captioned

TEXTS = {"caption": "Shares by layer.", "alt": "Bars that fall with depth", "label": "Simulated"}


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(captioned, "publish_display_data", lambda data, metadata: outputs.append((data, metadata)))
    return outputs


@pytest.fixture
def figure():
    drawn, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set(xlabel="depth (cm)", ylabel="share (%)")
    yield drawn
    plt.close(drawn)


def picture(data):
    return Image.open(BytesIO(b64decode(data["image/png"])))


def test_a_figure_carries_its_texts_and_is_closed(shown, figure):
    figures.show_figure(figure, "fig-shares", **TEXTS)
    (data, metadata), (caption, mark) = shown
    assert metadata["coldcarbon"] == {
        "kind": "figure",
        "name": "fig-shares",
        "caption": "Shares by layer.",
        "alt": "Bars that fall with depth. Simulated.",
        "label": "Simulated",
    }
    assert metadata["image/png"]["alt"] == data["text/plain"] == "Bars that fall with depth. Simulated."
    assert "Shares by layer. **Simulated.**" in caption["text/markdown"]
    assert mark == {"coldcarbon": {"kind": "caption"}}
    assert not plt.fignum_exists(figure.number)


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        drawn, axes = plt.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set(xlabel="depth (cm)", ylabel="share (%)")
        figures.show_figure(drawn, "fig-shares", **TEXTS)
    assert shown[0][0]["image/png"] == shown[2][0]["image/png"]


@pytest.mark.parametrize(("given", "inches"), [(6.0, 7.0), (7.0, 7.0), (8.0, 9.5), (12.0, 9.5)])
def test_figures_have_one_of_two_widths(shown, figure, given, inches):
    figure.set_size_inches(given, 3.0)
    figures.show_figure(figure, "fig-shares", **TEXTS)
    (data, metadata), _ = shown
    assert picture(data).size == (inches * captioned.DOTS_PER_INCH, 3.0 * captioned.DOTS_PER_INCH)
    assert metadata["image/png"]["width"] == inches * captioned.SCREEN_DOTS_PER_INCH


def test_a_picture_keeps_its_colours_in_a_third_of_the_bytes(shown):
    figures.use_style()
    drawn, axes = plt.subplots(figsize=(7.0, 4.0))
    field = axes.pcolormesh(np.add.outer(np.sin(np.arange(60) / 9), np.cos(np.arange(90) / 9)), cmap="viridis")
    axes.plot([0, 80], [0, 60], color=figures.PALETTE[3], linewidth=3)
    axes.set(xlabel="x (1)", ylabel="y (1)")
    drawn.colorbar(field)
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")  # each drawing would move the axes by parts of a pixel
    full = BytesIO()
    drawn.savefig(full, format="png", dpi=captioned.DOTS_PER_INCH)
    figures.show_figure(drawn, "fig-field", **TEXTS)
    small = picture(shown[0][0])
    exact = np.asarray(Image.open(full).convert("RGB"), dtype=int)
    change = np.abs(np.asarray(small.convert("RGB"), dtype=int) - exact)
    assert len(b64decode(shown[0][0]["image/png"])) < len(full.getvalue()) / 2
    assert change.mean() < 0.5
    assert np.quantile(change, 0.999) < 25
    assert not change[(exact == 255).all(axis=-1)].any(), "the ground is no longer white"


@pytest.mark.parametrize("missing", ["caption", "alt", "label"])
def test_a_missing_text_is_refused(shown, figure, missing):
    with pytest.raises(figures.CaptionError, match=f"fig-shares: the {missing} is empty"):
        figures.show_figure(figure, "fig-shares", **{**TEXTS, missing: " "})
    assert shown == []


def test_an_axis_without_label_is_refused(shown):
    drawn, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1], [0, 1])
    left.set(xlabel="depth (cm)", ylabel="share (%)")
    right.plot([0, 1], [0, 1])
    with pytest.raises(figures.CaptionError, match=r"axes \[1\] have no axis label"):
        figures.show_figure(drawn, "fig-two", **TEXTS)
    plt.close(drawn)


def test_shared_and_common_labels_count(shown):
    drawn, axes = plt.subplots(2, 1, sharex=True)
    for one in axes:
        one.plot([0, 1], [0, 1])
    axes[1].set_xlabel("depth (cm)")
    drawn.supylabel("share (%)")
    figures.show_figure(drawn, "fig-shared", **TEXTS)
    assert len(shown) == 2


def test_a_table_shows_missing_values_and_formats(shown):
    table = pd.DataFrame({"layer (cm)": ["0-20", "20|40"], "share (%)": [57.23, None]})
    figures.show_table(table, "tab-shares", caption="Shares.", label="Simulated", formats={"share (%)": ".1f"})
    ((_, metadata),) = shown
    body = metadata["coldcarbon"]["body"]
    assert "57.2 |" in body
    assert "– |" in body
    assert r"20\|40" in body


def test_a_format_for_an_absent_column_is_refused(shown):
    with pytest.raises(KeyError, match="no column"):
        figures.show_table(pd.DataFrame({"a": [1]}), "tab", caption="A.", label="Simulated", formats={"b": ".1f"})
