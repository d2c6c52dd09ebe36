"""What is downloaded is read, never run: the sources hold no call that runs data, and planted code does not run."""

import ast
import io
import pickle
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coldcarbon import catalogue
from coldcarbon.book.project import find_project
from coldcarbon.catalogue import storage
from coldcarbon.readers import (
    ReaderError,
    abcflux,
    calm_active_layer,
    carbon_budget,
    cru_normals,
    davos_flux,
    gistemp,
    hadex2,
    inversions,
    itur,
    koppen,
    ndvi,
    plateau_boundary,
    qtp_active_layer,
    rasters,
    root_profiles,
    srdb,
    tibet_transect,
)

SOURCE = find_project(Path(__file__)).root / "src" / "coldcarbon"

# Calls that may run what they are given, by the end of their name.
UNSAFE = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "runpy.run_path", "read_pickle"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "cloudpickle.load", "cloudpickle.loads", "dill.load"),
    *("dill.loads", "marshal.load", "marshal.loads", "shelve.open", "joblib.load", "yaml.load", "yaml.unsafe_load"),
    *("extractall", "extract", "unpack_archive", "tarfile.open", "open_zarr", "zarr.open", "zarr.open_group"),
}
HARMLESS = ("re.compile", "str.extract")  # patterns, and parts of texts
# Where one stands nevertheless, and what it is given.
NO_DOWNLOAD = {
    ("grids/workers.py", "pickle.loads"): "a task of the process that started this one",
    ("grids/store.py", "xr.open_zarr"): "a store that this package wrote on this machine",
}


def name_of(function: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    return ".".join(reversed([*parts, function.id if isinstance(function, ast.Name) else ""]))


def faults(code: str) -> list[str]:
    """Calls that run what they are given; NumPy's loading that does not say no to pickles; a shell; no certificates."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node.func)
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        unsafe = any(name == one or name.endswith(f".{one}") for one in UNSAFE)
        if unsafe and not name.endswith(HARMLESS):
            found.append(name)
        if name.endswith((".load", ".lib.format.read_array")) and name.startswith(("np.", "numpy.")):
            found += [] if keywords.get("allow_pickle") == "False" else [f"{name} without allow_pickle=False"]
        if keywords.get("shell") == "True":
            found.append(f"{name} with a shell")
        if keywords.get("verify") == "False":
            found.append(f"{name} without certificates")
    return found


def test_no_call_runs_what_it_is_given() -> None:
    found = {
        (path.relative_to(SOURCE).as_posix(), name)
        for path in SOURCE.rglob("*.py")
        for name in faults(path.read_text(encoding="utf-8"))
    }
    assert found == set(NO_DOWNLOAD)


@pytest.mark.parametrize(
    "code",
    [
        "import pickle; pickle.load(f)",
        "np.load(path)",
        "numpy.load(path, allow_pickle=True)",
        "eval(text)",
        "pd.read_pickle(path)",
        "frame.eval(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "zipfile.ZipFile(path).extractall()",
        "subprocess.run(text, shell=True)",
        "requests.get(url, verify=False)",
    ],
)
def test_the_search_finds_each_kind(code: str) -> None:
    assert faults(code)


@pytest.mark.parametrize("code", ["np.load(path, allow_pickle=False)", "json.load(f)", "re.compile(x)", "a.load()"])
def test_the_search_leaves_the_rest(code: str) -> None:
    assert faults(code) == []


class Planted:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    path = tmp_path / "ran"
    pickle.loads(pickle.dumps(Planted(path)))
    assert path.exists(), "the trap works"
    path.unlink()
    return path


READERS: dict[str, Callable[[Path], object]] = {
    "x.csv": root_profiles.read,
    "srdb.csv": srdb.read,
    "zones.csv": gistemp.read,
    "thaw.tab": calm_active_layer.read,
    "flux.zip": abcflux.read,
    "budget.xlsx": carbon_budget.read,
    "soil.xlsx": lambda path: qtp_active_layer.read(path, path),
    "cells.parquet": cru_normals.read,
    "tower.parquet": davos_flux.read,
    "rain.nc": hadex2.read,
    "CTE2020_fluxes_za_ts_monthly.nc": inversions.read_file,
    "map.nc": lambda path: rasters.read(path, "x"),
    "kgc.rda": koppen.read,
    "layers.rds": tibet_transect.read,
    "outline.json": plateau_boundary.read,
}


@pytest.mark.parametrize("name", READERS)
def test_a_pickle_under_any_name_is_refused_and_does_not_run(name: str, tmp_path: Path, mark: Path) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Planted(mark)))
    with pytest.raises((ReaderError, ValueError)):
        READERS[name](path)
    assert not mark.exists()


def test_a_pickle_within_a_numpy_archive(tmp_path: Path, mark: Path) -> None:
    for name in ["v7_lat_mt.npz", "v7_lon_mt.npz"]:
        np.savez(tmp_path / name, np.array([Planted(mark)], dtype=object), allow_pickle=True)
    with pytest.raises(ReaderError, match="allow_pickle"):
        itur.read(tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("read", [cru_normals.read, davos_flux.read])
def test_a_pickle_within_a_parquet_file(read, tmp_path: Path, mark: Path) -> None:
    """Old releases of Arrow unpickled a type of this name; so did pandas an index in the metadata."""
    body = pickle.dumps(Planted(mark))
    extension = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": body}
    schema = pa.schema([pa.field("x", pa.int64(), metadata=extension)], metadata={b"pandas": body, b"x": body})
    pq.write_table(pa.table([[1, 2]], schema=schema), tmp_path / "x.parquet")
    with pytest.raises((ReaderError, ValueError)):
        read(tmp_path / "x.parquet")
    assert not mark.exists()


def test_a_pickle_within_a_picture(tmp_path: Path, mark: Path) -> None:
    for name in ndvi.FILES.values():
        (tmp_path / name).write_bytes(b"II*\0" + pickle.dumps(Planted(mark)))
    with pytest.raises(ReaderError):
        ndvi.read(tmp_path)
    assert not mark.exists()


def test_a_store_that_names_pickle_as_its_codec(tmp_path: Path, mark: Path) -> None:
    """A folder in the place of a file: xarray alone would open it as a zarr store."""
    store = tmp_path / "map.zarr"
    array = '{"zarr_format":2,"shape":[1],"chunks":[1],"dtype":"<i8","fill_value":null,"order":"C","compressor":null,'
    (store / "x").mkdir(parents=True)
    (store / ".zgroup").write_text('{"zarr_format":2}')
    (store / "x" / ".zarray").write_text(array + '"filters":[{"id":"pickle"}]}')
    (store / "x" / ".zattrs").write_text('{"_ARRAY_DIMENSIONS":["x"]}')
    (store / "x" / "0").write_bytes(pickle.dumps(np.array([Planted(mark)], dtype=object)))
    for read in (lambda: rasters.read(store, "x"), lambda: inversions.read_file(store, monthly="mean")):
        with pytest.raises(ReaderError):
            read()
    assert not mark.exists()


def test_entities_that_multiply_in_a_workbook(tmp_path: Path) -> None:
    """Ten levels of ten: a parser without a limit would need gigabytes."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11))
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><workbook>&a10;</workbook>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/sharedStrings.xml"):
            book.writestr(name, body)
    (tmp_path / "x.xlsx").write_bytes(buffer.getvalue())
    start = time.monotonic()
    with pytest.raises(ReaderError):
        carbon_budget.read(tmp_path / "x.xlsx")
    assert time.monotonic() - start < 5


def test_a_file_that_is_not_the_registered_one_is_refused_before_a_reader_opens_it(
    tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = catalogue.get("koppen-geiger").files
    place = tmp_path / "mirror" / "koppen-geiger" / file.name
    place.parent.mkdir(parents=True)
    place.write_bytes(pickle.dumps(Planted(mark)))
    monkeypatch.setenv("COLDCARBON_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    monkeypatch.setattr(koppen, "_table", lambda _: pytest.fail("it was opened"))
    storage.forget()
    with pytest.raises(catalogue.DataCorruptError, match="altered"):
        koppen.read()
    assert not mark.exists()
