"""Damaged files of every reader: refused by name with place and remedy, or mended to the same result; never a number.

A table of readers and damages. What may come out of a damaged file: an error of the readers that names the file, for a
damaged field also its row and column, and a remedy; or the result of the undamaged file (a stated repair, see
`coldcarbon.readers.text_tables`), in another order where the rows of the file are; or the result of a file that has the
reader's own mark for missing in the place of the damage.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shutil
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import coldcarbon.readers
from coldcarbon.readers import ReaderError
from coldcarbon.readers.tibet_transect import Transect
from damages import CONCERNS, DAMAGES, Trial
from samples import JOINED, SAMPLES, Sample

BY_NAME = {sample.reader: sample for sample in SAMPLES}
OF_THE_FILE = ("line", "row_in_file")  # columns that say where a row stood


def test_no_public_reader_is_left_out() -> None:
    found = set()
    for module in pkgutil.iter_modules(coldcarbon.readers.__path__):
        content = importlib.import_module(f"coldcarbon.readers.{module.name}")
        for name in getattr(content, "__all__", ()):
            if name.startswith("read") and inspect.isfunction(getattr(content, name)):
                found.add(f"{module.name}.{name}")
    assert found == set(BY_NAME) | set(JOINED)
    assert len(BY_NAME) == len(SAMPLES)


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Any]]:
    """Folder and result of each undamaged sample, made once."""
    made: dict[str, tuple[Path, Any]] = {}

    class Made(dict):
        def __missing__(self, reader: str) -> tuple[Path, Any]:
            folder = tmp_path_factory.mktemp(reader.replace(".", "-"))
            BY_NAME[reader].make(folder)
            self[reader] = folder, BY_NAME[reader].read(folder)
            return self[reader]

    return Made(made)


CASES = [(reader, name) for reader, sample in BY_NAME.items() for name in DAMAGES if CONCERNS[name](sample)]
# These read with what another of the table reads with; they wait for the long tests.
THROUGH_OTHERS = (
    *("cmip6_regional.read", "fluxnet2015.read", "inversions.read", "land_fraction.read", "plateau_towers.read"),
    *("geotiff.read_band", "gridded_production.read", "trendy.read"),
)


@pytest.mark.parametrize(("reader", "name"), [case for case in CASES if case[0] not in THROUGH_OTHERS])
def test_damage_is_refused_or_mended(reader: str, name: str, valid, tmp_path: Path) -> None:
    """One file of each kind of damage."""
    folder, expected = valid[reader]
    trials = list(DAMAGES[name](BY_NAME[reader], folder / BY_NAME[reader].file))
    if trials:
        chosen = trials[len(CASES) * len(name) % len(trials)]  # not always the first column
        outcome(BY_NAME[reader], chosen, folder, expected, tmp_path / "damaged")


@pytest.mark.soak
@pytest.mark.parametrize("reader", BY_NAME)
def test_every_damage_in_every_column(reader: str, valid, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All files of each kind of damage; says how many were refused and how many mended."""
    sample = BY_NAME[reader]
    folder, expected = valid[reader]
    counts: Counter[str] = Counter()
    for name in (name for case, name in CASES if case == reader):
        for number, trial in enumerate(DAMAGES[name](sample, folder / sample.file)):
            counts[outcome(sample, trial, folder, expected, tmp_path / f"{name} {number}")] += 1
    assert counts["error"] >= 10
    with capsys.disabled():
        print(f"\n  {sum(counts.values()):4d} damaged files: {counts['error']} refused, {counts['repair']} mended")


def outcome(sample: Sample, trial: Trial, folder: Path, expected: Any, place: Path) -> str:
    """Judge one damaged file; returns "error" or "repair"."""
    shutil.copytree(folder, place)
    trial.write(place / sample.file)
    result, error = tried(sample, place)
    if error is not None:
        message = str(error)
        assert str(error.path) in message
        assert place in (error.path, error.path.parent)
        assert error.problem.strip()
        assert len(error.remedy) > 10
        assert trial.row in (None, error.row), message
        assert trial.column in (None, error.column), message
        return "error"
    if trial.may_pass and same(result, expected):
        return "repair"
    if trial.same_but_order and same(in_order(result), in_order(expected)):
        return "repair"
    if trial.alike is not None:
        other = place.with_name(f"{place.name}-alike")
        shutil.copytree(folder, other)
        trial.alike(other / sample.file)
        if same(_without_texts(result), _without_texts(sample.read(other))):
            return "repair"
    pytest.fail(f"{sample.reader} took the damaged file {trial.row, trial.column} without a word:\n{result}")


def tried(sample: Sample, place: Path) -> tuple[Any, ReaderError | None]:
    """Result or error; no warning may stand in for one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return sample.read(place), None
    except ReaderError as error:
        return None, error


def same(one: Any, other: Any) -> bool:
    """Whether two results hold the same."""
    if isinstance(one, Transect):
        return same(one.layers, other.layers) and same(one.sites, other.sites)
    if isinstance(one, shapely.Geometry):
        return bool(one.equals(other))
    if isinstance(one, tuple):
        return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))
    if isinstance(one, xr.Dataset | xr.DataArray):
        return bool(one.equals(other))
    return bool(one.reset_index().equals(other.reset_index()))


def _without_texts(result: Any) -> Any:
    """Without the column that shows a ratio as it was written, whether it is a number or not."""
    return result.drop(columns="ratio_as_written", errors="ignore") if isinstance(result, pd.DataFrame) else result


def in_order(result: Any) -> Any:
    """The same rows in one order, whatever their places in the file."""
    if isinstance(result, xr.Dataset | xr.DataArray):
        return result.sortby(["latitude"]).drop_attrs() if "latitude" in result.dims else result
    if isinstance(result, Transect):
        return Transect(in_order(result.layers), in_order(result.sites))
    frame: pd.DataFrame = result.drop(columns=[name for name in OF_THE_FILE if name in result])
    texts = frame.astype(str)
    return frame.loc[texts.sort_values(list(texts)).index].reset_index(drop=True)
