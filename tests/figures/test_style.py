"""Colours that readers with any colour vision tell apart, in both schemes; one definition for figures and pages."""

import itertools
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import findfont

from coldcarbon.book.project import find_project
from coldcarbon.claims import VERDICTS
from coldcarbon.figures import style

# Machado, Oliveira and Fernandes (2009), doi 10.1109/TVCG.2009.113, severity 1.0, on linear light.
VISIONS = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Ottosson (2020), A perceptual color space for image processing.
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
LEAST_DISTANCE = 9.0
SEABORN_COLORBLIND = ("#0173B2", "#DE8F05", "#029E73", "#D55E00", "#CC78BC", "#CA9161", "#949494")


def seen(colours: tuple[str, ...], vision: str) -> np.ndarray:
    """Places in OKLab, times 100, as a reader with that vision sees the colours."""
    channels = np.array([to_rgb(colour) for colour in colours])
    light = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    cones = np.clip(light @ np.transpose(VISIONS[vision]), 0, 1) @ np.transpose(TO_CONES)
    return 100 * np.cbrt(cones) @ np.transpose(TO_LAB)


def least_distance(colours: tuple[str, ...], vision: str) -> float:
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen(colours, vision), 2))


def dark(colours: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(style.on_dark_page(colour) for colour in colours)


@pytest.mark.parametrize("vision", VISIONS)
def test_every_reader_tells_every_pair_apart_in_both_schemes(vision: str) -> None:
    assert least_distance(style.PALETTE, vision) >= LEAST_DISTANCE
    assert least_distance(dark(style.PALETTE), vision) >= LEAST_DISTANCE


def test_the_measure_finds_pairs_that_some_readers_confuse() -> None:
    assert least_distance(SEABORN_COLORBLIND, "protan") < 4
    assert (
        least_distance(("#c04000", "#4f7300"), "deutan")
        < LEAST_DISTANCE
        < least_distance(("#c04000", "#4f7300"), "normal")
    )


@pytest.mark.parametrize("colour", style.PALETTE)
def test_every_colour_stands_out_from_both_grounds(colour: str) -> None:
    assert style.contrast(colour, style.LIGHT_GROUND) >= 3
    assert style.contrast(style.on_dark_page(colour), style.DARK_GROUND) >= 3


def test_contrast_of_known_pairs() -> None:
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)
    assert style.contrast("white", "#777777") == style.contrast("#777777", "white")


def test_white_becomes_the_dark_ground_and_hues_stay() -> None:
    assert style.on_dark_page("white") == style.DARK_GROUND
    assert style.contrast(style.on_dark_page("black"), style.DARK_GROUND) > 15
    red, green, blue = to_rgb(style.on_dark_page(style.PALETTE[0]))
    assert blue > green > red


@pytest.mark.parametrize("colour", [*style.PALETTE, "yellow", "0.8"])
def test_coloured_words_are_readable_in_both_schemes(colour: str) -> None:
    ink = style.readable(colour)
    assert style.contrast(ink, style.LIGHT_GROUND) >= 4.5
    assert style.contrast(style.on_dark_page(ink), style.DARK_GROUND) >= 4.5


def test_dark_colours_stay_as_they_are() -> None:
    assert style.readable(style.PALETTE[0]) == style.PALETTE[0]


def test_every_verdict_has_a_colour_and_no_other() -> None:
    verdicts = {verdict for group in VERDICTS.values() for verdict in group}
    assert verdicts == set(style.TONE_OF_VERDICT)
    assert {style.verdict_colour(verdict) for verdict in verdicts} < set(style.PALETTE)
    with pytest.raises(KeyError):
        style.verdict_colour("confirmed")


@pytest.mark.parametrize("tone", style.VERDICT_TONES.values(), ids=style.VERDICT_TONES)
def test_verdicts_are_readable_in_both_schemes(tone: style.Tone) -> None:
    assert style.contrast(tone.ink, tone.ground) >= 4.5
    assert style.contrast(tone.dark_ink, tone.dark_ground) >= 4.5


def test_the_style_sheet_has_the_same_values() -> None:
    sheet = (find_project(Path(__file__)).root / "book" / "_static" / "coldcarbon.css").read_text(encoding="utf-8")
    heads = r':root, html\[data-theme\]|html\[data-theme="dark"\]'
    blocks = re.findall(rf"^(?:{heads}) \{{\n([^}}]*)\}}", sheet, re.MULTILINE)
    light, dark_ones = (dict(re.findall(r"(--[a-z-]+): ([^;]+);", block)) for block in blocks)
    assert light.keys() == dark_ones.keys() == style.style_variables().keys()
    for name, (on_light, on_dark) in style.style_variables().items():
        assert light[name] == on_light, name
        assert dark_ones[name] == on_dark, name


def test_verdicts_in_the_style_sheet_have_the_tone_of_their_kind() -> None:
    sheet = (find_project(Path(__file__)).root / "book" / "_static" / "coldcarbon.css").read_text(encoding="utf-8")
    for verdict, tone in style.TONE_OF_VERDICT.items():
        rule = re.search(rf"[^}}]*\.verdict-{verdict.replace(' ', '-')}\b[^{{]*\{{([^}}]*)\}}", sheet)
        assert rule, verdict
        assert f"var(--{tone}-ink)" in rule[1], verdict
        assert f"var(--{tone}-ground)" in rule[1], verdict


def test_matplotlib_has_the_fonts_of_the_style() -> None:
    style.use_style()
    assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
    assert findfont("DejaVu Sans", fallback_to_default=False)
    assert [to_hex(colour) for colour in mpl.rcParams["axes.prop_cycle"].by_key()["color"]] == list(style.PALETTE)
