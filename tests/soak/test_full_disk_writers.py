"""Writers outside the build on a full disk: an error that says so, the old file or none, and success with space.

A limit of the size of files stands for the full disk; on Linux a small disk in memory is filled as well, where this
process may mount one.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coldcarbon.book.project import find_project

pytestmark = [pytest.mark.soak, pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")]
ROOT = find_project(Path(__file__)).root
LEDGER = find_project(Path(__file__)).ledger
LIMIT = 20_000  # bytes: each of the writers has more to write

# Each writes into the folder that the variable WHERE names.
WRITERS = {
    "ledger": """
from dataclasses import replace
from coldcarbon.claims import recorded_rows, update
rows = [replace(row, computed="here") for row in recorded_rows(where / "ledger.json").values()]
update(where / "ledger.json", rows, version="2", reason="as before")
""",
    "text": """
from coldcarbon.whole_files import write_text
write_text(where / "page.html", "word " * 50_000)
""",
    "bundle": """
from coldcarbon.book.bundle import _write_zip
_write_zip(where / "chapter.zip", {"data": os.urandom(300_000)})
""",
    "download": """
from coldcarbon.catalogue import storage
with storage.incoming(where / "set" / "data.csv") as part:
    part.write_bytes(os.urandom(300_000))
    storage.settle(part, where / "set" / "data.csv")
""",
    "checkpoint": """
import numpy as np
from coldcarbon.assimilation import checkpoint
checkpoint.write(where / "walk.npz", {"step": 1}, {"draws": np.random.default_rng(1).random(50_000)})
""",
    "teaching": """
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.pack import _replace
_replace(where / "teach", {"chapter.md": "word " * 50_000}, Project(Path(os.environ["ROOT"])))
""",
    "outlines": """
from coldcarbon.figures import maps
assert maps._shapefiles().is_relative_to(where)
""",
}
# What may be there after a failure besides what was there before: locks, and sets without the mark that they are done.
HARMLESS = (".lock", ".shp", ".shx", ".dbf", ".prj", ".cpg")


def run(name: str, where: Path, *, limit: int | None) -> subprocess.CompletedProcess[str]:
    code = "\n".join(
        [
            "import os, resource",
            "from pathlib import Path",
            "where = Path(os.environ['WHERE'])",
            f"limit = {limit!r}",
            "if limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))",
            WRITERS[name],
        ]
    )
    environment = {
        **os.environ,
        "WHERE": str(where),
        "ROOT": str(ROOT),
        "XDG_CACHE_HOME": str(where / "cache"),
        "TMPDIR": str(where),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": str(where.parent / "matplotlib"),
    }
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=where)


def held(where: Path) -> dict[str, bytes]:
    files = (path for path in where.rglob("*") if path.is_file() and not path.name.endswith(HARMLESS))
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in files}


def judge(name: str, where: Path, limit: int | None) -> None:
    shutil.copy(LEDGER, where / "ledger.json")
    before = held(where)
    full = run(name, where, limit=limit)
    assert full.returncode != 0
    assert re.search("Error: .*(disk is full|disk holding .* is full|File too large|No space left)", full.stderr), (
        full.stderr
    )
    assert held(where) == before, "a part was left, or what was there is gone"


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_leaves_no_half_file_and_succeeds_with_space(name: str, tmp_path: Path) -> None:
    where = tmp_path / "disk"
    where.mkdir()
    judge(name, where, LIMIT)
    assert run(name, where, limit=None).returncode == 0
    assert held(where) or name == "outlines"


@pytest.mark.parametrize("name", WRITERS)
def test_a_small_disk_is_filled(name: str, small_disk) -> None:
    disk = small_disk(LEDGER.stat().st_size // 1024 + 120)
    judge(name, disk.place, None)


STORE = """
import os, resource, sys
import numpy as np
import xarray as xr
from coldcarbon.grids import compute_to_zarr

def field(latitude, longitude):
    values = 1000 * latitude[:, None] + longitude + np.random.default_rng(int(latitude[0] * 9) + 999).random(
        (len(latitude), len(longitude))
    )
    return xr.Dataset({"height": (("latitude", "longitude"), values, {"units": "m"})})

limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
axes = np.linspace(44.5, -44.5, 90), np.linspace(-59.5, 59.5, 120)
found = compute_to_zarr(
    field, *axes, sys.argv[1], settings={"seed": 1}, chunk=(30, 40), scheduler="threads", workers=1, progress=False
)
print(float(found["height"].sum()), int(found["height"].isnull().sum()))
"""


def test_a_store_that_met_a_full_disk_is_completed(tmp_path: Path) -> None:
    """Chunks of a grid: what was not recorded as whole is computed again, and the map is that of a run with space."""
    script = tmp_path / "store.py"
    script.write_text(STORE)

    def fill(name: str, limit: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(tmp_path / name), str(limit)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    expected = fill("whole.zarr", 0)
    assert expected.returncode == 0, expected.stderr
    chunk = max(path.stat().st_size for path in (tmp_path / "whole.zarr").rglob("*") if path.is_file())
    full = fill("full.zarr", chunk - 100)
    assert full.returncode != 0
    assert "large" in full.stderr or "full" in full.stderr, full.stderr[-2000:]
    done = fill("full.zarr", 0)
    assert (done.returncode, done.stdout) == (0, expected.stdout), done.stderr
    assert done.stdout.split()[1] == "0"
