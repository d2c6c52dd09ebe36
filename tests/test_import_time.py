"""Importing the package, or one room of its statistics, loads no heavy library.

Seconds depend on the machine, so none are asserted here; `coldcarbon bench --record` measures them for the page.
"""

import subprocess
import sys
from pathlib import Path

import pytest

STATS = Path(__file__).parents[1] / "src" / "coldcarbon" / "stats"
ROOMS = sorted(
    path.stem
    for path in STATS.iterdir()
    if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
)

# Each costs a tenth of a second or more, so a room imports it within the function that uses it.
HEAVY = (
    "IPython",
    "cartopy",
    "jupyter_book",
    "matplotlib",
    "numba",
    "prince",
    "pyEDM",
    "pygam",
    "pymannkendall",
    "scikit_posthocs",
    "seaborn",
    "semopy",
    "sklearn",
    "sphinx",
    "statsmodels",
)
# The package itself loads not even these.
NUMBERS = ("numpy", "pandas", "scipy")


def loaded(module: str) -> set[str]:
    """Top-level names in ``sys.modules`` after an import in a fresh interpreter."""
    program = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_the_package_loads_no_library() -> None:
    assert loaded("coldcarbon") & {*HEAVY, *NUMBERS} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_no_heavy_library(room: str) -> None:
    assert loaded(f"coldcarbon.stats.{room}") & set(HEAVY) == set()


def test_the_check_sees_a_library_that_is_loaded() -> None:
    assert "statsmodels" in loaded("statsmodels.api")
