"""Cold Carbon: five papers on plants, soils and CO2 in cold regions, re-run claim by claim."""

from importlib.metadata import version

__version__ = version("coldcarbon")
