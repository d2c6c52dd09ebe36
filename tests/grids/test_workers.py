import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from distributed import LocalCluster

from coldcarbon.grids import ChunksFailedError, compute_to_zarr, workers

LATITUDE, LONGITUDE = np.arange(8.0), np.arange(10.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as running:
        yield running


class Table:
    """A large input that counts how often it is packed to be sent."""

    packed = 0

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __reduce__(self) -> tuple:
        Table.packed += 1
        return Table, (self.values,)


def looked_up(latitude: np.ndarray, longitude: np.ndarray, table: Table) -> xr.Dataset:
    values = table.values[(10 * latitude[:, None] + longitude).astype(int)]
    return xr.Dataset({"a": (("latitude", "longitude"), values)})


def run(path: Path, function, **changes) -> xr.Dataset:
    arguments = {"settings": {}, "chunk": (1, 5)} | changes
    return compute_to_zarr(function, LATITUDE, LONGITUDE, path, **arguments)


def test_the_address_in_the_environment_is_used(
    tmp_path: Path, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCARBON_DASK", cluster.scheduler_address)
    seen = set()

    def where(latitude: np.ndarray, longitude: np.ndarray, table: Table) -> xr.Dataset:
        from distributed import get_worker

        seen.add(get_worker().address)
        time.sleep(0.02)
        return looked_up(latitude, longitude, table)

    found = run(tmp_path / "a.zarr", where, constants={"table": Table(np.arange(80.0))})
    np.testing.assert_array_equal(found["a"], 10 * LATITUDE[:, None] + LONGITUDE)
    assert len(seen) == 2
    local = run(tmp_path / "b.zarr", looked_up, scheduler="threads", constants={"table": Table(np.arange(80.0))})
    xr.testing.assert_identical(local.compute(), found.compute())


def test_failures_are_tried_again_and_then_named(tmp_path: Path, cluster: LocalCluster) -> None:
    tries: dict[float, int] = {}

    def moody(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        key = float(10 * latitude[0] + longitude[0])
        tries[key] = tries.get(key, 0) + 1
        if key == 25 or (key == 40 and tries[key] < 3):
            raise OSError("the disk is gone")
        return xr.Dataset({"a": (("latitude", "longitude"), latitude[:, None] + longitude)})

    with pytest.raises(ChunksFailedError, match=r"1 of 16 .*latitude 2 to 2, longitude 5 to 9: OSError: the disk"):
        run(tmp_path / "a.zarr", moody, scheduler=cluster.scheduler_address, retries=2)
    assert tries[40] == 3
    assert tries[25] == 3
    assert sum(tries.values()) == 16 + 4


@pytest.mark.parametrize("kind", ["threads", "scheduler"])
def test_only_two_chunks_for_each_worker_are_under_way(tmp_path: Path, cluster: LocalCluster, kind: str) -> None:
    lock, started, ahead = threading.Lock(), [0], []

    def watched(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        with lock:
            started[0] += 1
            finished = (tmp_path / "a.zarr.progress").read_text().count('"files"')
            ahead.append(started[0] - finished)
        return xr.Dataset({"a": (("latitude", "longitude"), latitude[:, None] + longitude)})

    changes = {"workers": 2} if kind == "threads" else {"scheduler": cluster.scheduler_address}
    run(tmp_path / "a.zarr", watched, chunk=(1, 1), **changes)
    assert len(ahead) == 80
    assert max(ahead) <= 4


def test_a_constant_is_sent_once_to_each_process(tmp_path: Path) -> None:
    Table.packed = 0
    found = run(
        tmp_path / "a.zarr", looked_up, scheduler="processes", workers=1, constants={"table": Table(np.arange(80.0))}
    )
    np.testing.assert_array_equal(found["a"], 10 * LATITUDE[:, None] + LONGITUDE)
    assert Table.packed == 1


def dying(latitude: np.ndarray, longitude: np.ndarray, folder: Path, always: bool) -> xr.Dataset:
    mark = folder / "died"
    if latitude[0] == 3 and (always or not mark.exists()):
        mark.touch()
        os._exit(9)
    return xr.Dataset({"a": (("latitude", "longitude"), latitude[:, None] + longitude)})


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    found = run(
        tmp_path / "a.zarr",
        dying,
        scheduler="processes",
        workers=1,
        chunk=(1, 10),
        constants={"folder": tmp_path, "always": False},
    )
    np.testing.assert_array_equal(found["a"], LATITUDE[:, None] + LONGITUDE)
    assert (tmp_path / "died").exists()


def test_a_chunk_that_kills_its_process_is_named_and_the_others_kept(tmp_path: Path) -> None:
    with pytest.raises(ChunksFailedError, match=r"1 of 8 chunks failed \(latitude 3 to 3, .*a process died"):
        run(
            tmp_path / "a.zarr",
            dying,
            scheduler="processes",
            workers=1,
            retries=1,
            chunk=(1, 10),
            constants={"folder": tmp_path, "always": True},
        )
    found = xr.open_zarr(tmp_path / "a.zarr", consolidated=False)["a"]
    np.testing.assert_array_equal(found.isnull().all("longitude"), LATITUDE == 3)


class Deadly:
    """What kills the process that receives it."""

    def __reduce__(self) -> tuple:
        return os._exit, (3,)


def test_a_run_whose_workers_all_die_stops(tmp_path: Path) -> None:
    with pytest.raises(ChunksFailedError, match=r"the run stopped .*a process died"):
        run(
            tmp_path / "a.zarr",
            looked_up,
            scheduler="processes",
            workers=1,
            retries=1,
            chunk=(1, 1),
            constants={"table": Deadly()},
        )


@pytest.mark.soak  # starts processes that are killed and started again
def test_inputs_lost_with_the_last_worker_are_sent_again(tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        found = run(
            tmp_path / "a.zarr",
            dying,
            scheduler=cluster.scheduler_address,
            chunk=(1, 10),
            constants={"folder": tmp_path, "always": False},
        )
    np.testing.assert_array_equal(found["a"], LATITUDE[:, None] + LONGITUDE)
    assert (tmp_path / "died").exists()


def test_a_result_that_does_not_fit_is_refused_from_a_scheduler_too(tmp_path: Path, cluster: LocalCluster) -> None:
    def short(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"a": (("latitude", "longitude"), np.zeros((latitude.size, 1)))})

    with pytest.raises(ValueError, match="has 1 cells of longitude, the chunk has 5"):
        run(tmp_path / "a.zarr", short, scheduler=cluster.scheduler_address)


def test_wrong_schedulers_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'threads', 'processes', 'synchronous' or an address"):
        run(tmp_path / "a.zarr", looked_up, scheduler="cluster")
    with pytest.raises(ValueError, match="at least 1"):
        run(tmp_path / "a.zarr", looked_up, workers=0)
    with pytest.raises(ValueError, match="those of the scheduler"):
        run(tmp_path / "a.zarr", looked_up, workers=2, scheduler="tcp://127.0.0.1:1")
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.3)
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*COLDCARBON_DASK"):
        run(tmp_path / "a.zarr", looked_up, scheduler="tcp://127.0.0.1:1")


def test_a_scheduler_without_workers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.5)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(ConnectionError, match="has no workers"),
    ):
        run(tmp_path / "a.zarr", looked_up, scheduler=empty.scheduler_address)
