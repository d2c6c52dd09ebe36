"""The machine, packages and imports behind a recorded run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from timing import r_versions

__all__ = ["describe_machine", "import_times"]

PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "pyEDM", "semopy", "prince", "pymannkendall")
STATS = Path(__file__).parents[1] / "src" / "coldcarbon" / "stats"


def describe_machine() -> dict[str, object]:
    """Processor, cores, system, Python with its BLAS, and R with its packages."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": system(),
        "python": platform.python_version(),
        "blas": blas(),
        "threads": 1,
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "r": r_versions(),
    }


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}, {platform.machine()}"


def blas() -> str:
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def import_times(repeats: int = 5) -> list[dict[str, object]]:
    """Seconds that importing the package and each room adds to a bare start of Python (median)."""
    rooms = sorted(path.stem for path in STATS.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())
    modules = ["coldcarbon", *(f"coldcarbon.stats.{room}" for room in rooms if room != "__init__")]
    programs = {"": "pass"} | {module: f"import {module}" for module in modules}
    times: dict[str, list[float]] = {module: [] for module in programs}
    for _ in range(repeats):
        for module, program in programs.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
            times[module].append(time.perf_counter() - start)
    bare = statistics.median(times.pop(""))
    return [{"module": m, "seconds": max(0.0, statistics.median(spent) - bare)} for m, spent in times.items()]
