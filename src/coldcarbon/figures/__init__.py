"""Figures and tables with caption, alt text and evidence label, in one style; maps that need no network."""

from coldcarbon.figures.captioned import CaptionError, show_figure, show_table
from coldcarbon.figures.labels import label_lines
from coldcarbon.figures.style import BIOME_MARKERS, PALETTE, use_style, verdict_colour

__all__ = [
    "BIOME_MARKERS",
    "PALETTE",
    "CaptionError",
    "label_lines",
    "show_figure",
    "show_table",
    "use_style",
    "verdict_colour",
]
