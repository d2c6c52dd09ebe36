"""Figures and tables with caption, alt text and evidence label, in one style; maps that need no network."""

from coldcarbon.figures.captioned import CaptionError, show_figure, show_table
from coldcarbon.figures.style import BIOME_MARKERS, use_style

__all__ = ["BIOME_MARKERS", "CaptionError", "show_figure", "show_table", "use_style"]
