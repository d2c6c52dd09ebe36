"""No figure or table is shown without name, caption, alt text and evidence label."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

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
