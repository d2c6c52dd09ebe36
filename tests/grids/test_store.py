import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from coldcarbon.grids import StoreBusyError, StoreMismatchError
from coldcarbon.grids.chunks import cut_into_chunks
from coldcarbon.grids.schema import checked_result, schema_of, template_like
from coldcarbon.grids.store import GridStore

LATITUDE, LONGITUDE = np.array([1.5, 0.5]), np.array([-0.5, 0.5])
CHUNKS = cut_into_chunks(LATITUDE, LONGITUDE, (1, 1))
FINGERPRINT = {"function": "f", "settings": {"seed": 1}, "chunk": [1, 1]}


def one(chunk, value: float) -> xr.Dataset:
    field = xr.Variable(("latitude", "longitude"), [[value]])
    return checked_result(
        xr.Dataset({"a": field, "b": field + 1}), chunk, LATITUDE[chunk.latitudes], LONGITUDE[chunk.longitudes]
    )


def filled(path: Path, *values: float) -> None:
    with GridStore(path, FINGERPRINT) as store:
        result = one(CHUNKS[0], 0.0)
        store.create(schema_of(result), *template_like(result, LATITUDE, LONGITUDE, (1, 1)))
        for chunk, value in zip(CHUNKS, values, strict=False):
            store.write(chunk, one(chunk, value))


def finished(path: Path, **changes: object) -> set[str]:
    with GridStore(path, {**FINGERPRINT, **changes}) as store:
        return store.finished


def test_what_was_written_is_read_and_the_rest_is_missing(tmp_path: Path) -> None:
    filled(tmp_path / "a.zarr", 1.0, 2.0, np.nan)
    with GridStore(tmp_path / "a.zarr", FINGERPRINT) as store:
        assert store.finished == {"0/0", "0/1", "1/0"}
        data = store.open()
        assert data["a"].chunks is not None
        np.testing.assert_array_equal(data["a"], [[1, 2], [np.nan, np.nan]])
        np.testing.assert_array_equal(data["b"], [[2, 3], [np.nan, np.nan]])


@pytest.mark.parametrize("damage", ["cut", "gone", "other", "appeared"])
def test_a_damaged_chunk_is_not_finished(tmp_path: Path, damage: str) -> None:
    filled(tmp_path / "a.zarr", 1.0, 2.0, np.nan)
    file = tmp_path / "a.zarr" / "b" / "c" / "0" / "1"
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[:-1])
    elif damage == "gone":
        file.unlink()
    elif damage == "other":
        file.write_bytes(whole[::-1])
    else:
        nothing = tmp_path / "a.zarr" / "b" / "c" / "1" / "0"
        nothing.parent.mkdir(exist_ok=True)
        nothing.write_bytes(whole)
    assert finished(tmp_path / "a.zarr") == {"0/0", "0/1", "1/0"} - {"1/0" if damage == "appeared" else "0/1"}


def test_a_line_cut_short_does_not_count_and_others_are_kept(tmp_path: Path) -> None:
    filled(tmp_path / "a.zarr", 1.0, 2.0, 3.0)
    record = tmp_path / "a.zarr.progress"
    record.write_text(record.read_text()[:-20])
    assert finished(tmp_path / "a.zarr") == {"0/0", "0/1"}
    with GridStore(tmp_path / "a.zarr", FINGERPRINT) as store:
        store.write(CHUNKS[2], one(CHUNKS[2], 3.0))
    assert finished(tmp_path / "a.zarr") == {"0/0", "0/1", "1/0"}
    assert all(json.loads(line) for line in record.read_text().splitlines())


def test_another_computation_is_refused_by_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    filled(path, 1.0)
    with pytest.raises(StoreMismatchError, match=r"settings seed was 1, now 2\. Give another path .* overwrite=True"):
        finished(path, settings={"seed": 2})
    with pytest.raises(StoreMismatchError, match=r"settings depth is new \(3\); settings seed was 1 and is gone"):
        finished(path, settings={"depth": 3})
    with pytest.raises(StoreMismatchError, match='function was "f", now "g"'):
        finished(path, function="g")
    assert finished(path) == {"0/0"}  # none of them did harm
    with GridStore(path, {"function": "g"}, overwrite=True) as store:
        assert store.finished == set()
        assert not path.exists()


def test_a_store_of_others_is_refused_and_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    xr.Dataset({"a": ("x", [1.0])}).to_zarr(path, consolidated=False)
    with pytest.raises(StoreMismatchError, match="nobody knows"):
        finished(path)
    mine = tmp_path / "photographs"
    mine.mkdir()
    (mine / "one.jpg").write_text("x")
    with (
        pytest.raises(StoreMismatchError, match="not removed"),
        GridStore(mine, FINGERPRINT, overwrite=True),
    ):
        pass
    assert (mine / "one.jpg").exists()
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StoreMismatchError, match="is a file"), GridStore(file, FINGERPRINT, overwrite=True):
        pass


def test_a_store_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    import shutil

    filled(tmp_path / "a.zarr", 1.0)
    shutil.rmtree(tmp_path / "a.zarr")
    assert finished(tmp_path / "a.zarr") == set()


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    with GridStore(path, FINGERPRINT), pytest.raises(StoreBusyError, match="another"), GridStore(path, FINGERPRINT):
        pass
    assert finished(path) == set()
