import functools
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from coldcarbon.grids import ChunksFailedError, StoreMismatchError, compute_to_zarr, map_to_zarr

LATITUDE = np.linspace(44.5, -44.5, 90)
LONGITUDE = np.linspace(-59.5, 59.5, 120)
NUMBER = 12  # chunks of 30 by 30 or less
CALLS: list[tuple[float, float]] = []


def planted(latitude: np.ndarray, longitude: np.ndarray, scale: float = 1.0) -> xr.Dataset:
    """A field that tells every cell, one with layers, one of classes; the sea south of 30 S is missing."""
    CALLS.append((float(latitude[0]), float(longitude[0])))
    values = scale * (1000 * latitude[:, None] + longitude)
    values[latitude < -30] = np.nan
    layers = np.stack([values, values + 0.5]).astype(np.float32)
    grid = ("latitude", "longitude")
    return xr.Dataset(
        {
            "height": (grid, values, {"units": "m", "long_name": "height"}),
            "layers": (("layer", *grid), layers, {"units": "kg m-2"}),
            "land": (grid, np.isfinite(values)),
        },
        coords={"layer": ("layer", ["upper", "lower"], {"long_name": "layer"})},
        attrs={"title": "planted"},
    )


def failing_at(bad: set[float], latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
    if float(longitude[0]) in bad:
        raise ArithmeticError("no root found")
    return planted(latitude, longitude)


def run(path: Path, function=planted, **changes):
    CALLS.clear()
    arguments = {"settings": {"seed": 1}, "chunk": (30, 32), "scheduler": "threads", "workers": 2} | changes
    return compute_to_zarr(function, LATITUDE, LONGITUDE, path, **arguments)


def truth(scale: float = 1.0) -> xr.Dataset:
    return planted(LATITUDE, LONGITUDE, scale).assign_coords(latitude=LATITUDE, longitude=LONGITUDE)


def assert_recovered(found: xr.Dataset, scale: float = 1.0) -> None:
    expected = truth(scale)
    for name in ("height", "layers", "land"):
        np.testing.assert_array_equal(found[name], expected[name])
        assert found[name].dtype == expected[name].dtype
        assert found[name].attrs == expected[name].attrs
        assert found[name].chunks is not None
    assert list(found["layer"].values) == ["upper", "lower"]
    assert found["layer"].attrs == {"long_name": "layer"}
    assert found["latitude"].attrs["units"] == "degrees_north"
    assert found.attrs == {"title": "planted"}
    np.testing.assert_array_equal(found["height"].sel(latitude=44.5), expected["height"].sel(latitude=44.5))


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes"])
def test_a_planted_field_is_recovered_exactly(tmp_path: Path, scheduler: str) -> None:
    workers = None if scheduler == "synchronous" else 2
    found = run(tmp_path / "a.zarr", constants={"scale": 3.0}, scheduler=scheduler, workers=workers)
    assert_recovered(found, 3.0)
    assert found["height"].encoding["chunks"] == (30, 32)
    again = xr.open_zarr(tmp_path / "a.zarr", consolidated=False)
    xr.testing.assert_identical(again.compute(), found.compute())


@pytest.mark.parametrize("chunk", [(1000, 1000), (90, 120), (23, 17), (90, 5)])
def test_chunks_of_any_size_give_one_grid(tmp_path: Path, chunk: tuple[int, int]) -> None:
    found = run(tmp_path / "a.zarr", functools.partial(planted, scale=2.0), chunk=chunk)
    assert_recovered(found, 2.0)


def test_a_finished_store_calls_nothing(tmp_path: Path) -> None:
    run(tmp_path / "a.zarr")
    assert len(CALLS) == NUMBER
    assert_recovered(run(tmp_path / "a.zarr", scheduler="synchronous", workers=None))
    assert len(CALLS) == 1  # that of the comparison
    run(tmp_path / "a.zarr", overwrite=True)
    assert len(CALLS) == NUMBER


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_run_is_taken_up_where_it_stopped(tmp_path: Path, interruption: type[BaseException]) -> None:
    stop = True

    def interrupted(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        if stop and len(CALLS) == 5:
            raise interruption
        return planted(latitude, longitude)

    with pytest.raises(interruption):
        run(tmp_path / "a.zarr", interrupted, scheduler="synchronous", workers=None)
    first = set(CALLS)
    assert len(first) == 5
    stop = False
    found = run(tmp_path / "a.zarr", interrupted, scheduler="synchronous", workers=None)
    # a chunk handed over and not yet written may be computed twice; the finished ones are not
    assert len(first & set(CALLS)) <= 2
    assert len(first | set(CALLS)) == NUMBER
    assert_recovered(found)


def test_a_killed_run_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    program = tmp_path / "slow.py"
    program.write_text(
        textwrap.dedent(
            """
            import sys, time
            import numpy as np, xarray as xr
            from coldcarbon.grids import compute_to_zarr

            def slow(latitude, longitude):
                with open("calls", "a") as stream:
                    stream.write(f"{latitude[0]} {longitude[0]}\\n")
                time.sleep(float(sys.argv[1]))
                values = latitude[:, None] + longitude
                return xr.Dataset({"a": (("latitude", "longitude"), values)})

            compute_to_zarr(slow, np.arange(10.0), np.arange(4.0), "a.zarr", settings={}, chunk=(1, 4), workers=2)
            """
        )
    )
    record = tmp_path / "a.zarr.progress"
    killed = subprocess.Popen([sys.executable, program, "0.3"], cwd=tmp_path)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not record.exists() or record.read_text().count('"chunk": "') < 3):
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    finished = record.read_text().count('"chunk": "')
    assert 3 <= finished < 10
    calls = tmp_path / "calls"
    calls.unlink()
    subprocess.run([sys.executable, program, "0"], cwd=tmp_path, check=True)
    assert len(calls.read_text().splitlines()) == 10 - finished
    data = xr.open_zarr(tmp_path / "a.zarr", consolidated=False)
    np.testing.assert_array_equal(data["a"], np.arange(10.0)[:, None] + np.arange(4.0))


def test_a_damaged_chunk_is_computed_again(tmp_path: Path) -> None:
    run(tmp_path / "a.zarr")
    (tmp_path / "a.zarr" / "height" / "c" / "1" / "2").write_bytes(b"half")
    found = run(tmp_path / "a.zarr")
    assert [(float(LATITUDE[30]), float(LONGITUDE[64]))] == CALLS
    assert_recovered(found)


def other(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
    return planted(latitude, longitude, 5.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": {"seed": 2}}, "settings seed was 1, now 2"),
        ({"settings": {"seed": 1, "size": np.float64(2.5)}}, r"settings size is new \(2.5\)"),
        ({"chunk": (30, 31)}, r"chunk was \[30, 32\], now \[30, 31\]"),
        ({"function": other}, 'function was ".*planted", now ".*other"'),
    ],
)
def test_a_store_of_another_computation_is_refused(tmp_path: Path, changes: dict, message: str) -> None:
    run(tmp_path / "a.zarr")
    with pytest.raises(StoreMismatchError, match=message):
        run(tmp_path / "a.zarr", **changes)
    assert_recovered(run(tmp_path / "a.zarr"))


def test_other_axes_are_refused(tmp_path: Path) -> None:
    run(tmp_path / "a.zarr")
    with pytest.raises(StoreMismatchError, match=r"latitude was .*90 cells from 44.5 to -44.5"):
        compute_to_zarr(planted, LATITUDE[::-1], LONGITUDE, tmp_path / "a.zarr", settings={"seed": 1}, chunk=(30, 32))


def test_a_function_rewritten_under_its_name_is_refused(tmp_path: Path) -> None:
    for text in ("1.0", "2.0"):
        module = tmp_path / "changing.py"
        module.write_text(
            "import numpy as np, xarray as xr\n"
            "def f(latitude, longitude):\n"
            f"    values = np.full((len(latitude), len(longitude)), {text})\n"
            "    return xr.Dataset({'a': (('latitude', 'longitude'), values)})\n"
        )
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import changing; from coldcarbon.grids import compute_to_zarr;"
                "compute_to_zarr(changing.f, [0.5, 1.5], [0.5], 'a.zarr', settings={})",
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        if text == "1.0":
            assert done.returncode == 0, done.stderr
    assert done.returncode != 0
    assert "text of the function was" in done.stderr


def test_chunks_that_fail_are_named_and_the_others_kept(tmp_path: Path) -> None:
    bad = {float(LONGITUDE[32])}
    function = functools.partial(failing_at, bad)
    with pytest.raises(ChunksFailedError, match="3 of 12 chunks failed") as raised:
        run(tmp_path / "a.zarr", function)
    assert "latitude 15.5 to 44.5, longitude -27.5 to 3.5: ArithmeticError: no root found" in str(raised.value)
    assert "9 are in" in str(raised.value)
    assert isinstance(raised.value.__cause__, ArithmeticError)
    bad.clear()
    found = run(tmp_path / "a.zarr", function)
    assert len(CALLS) == 3
    assert_recovered(found)


def test_a_run_in_which_all_fails_stops_early(tmp_path: Path) -> None:
    tried = []

    def broken(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        tried.append(latitude)
        raise OSError("no such file")

    with pytest.raises(ChunksFailedError, match=r"the run stopped.*no such file"):
        run(tmp_path / "a.zarr", broken, chunk=(1, 1))
    assert len(tried) <= 8


def test_results_that_do_not_fit_are_refused_and_named(tmp_path: Path) -> None:
    def turned(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        return planted(latitude, longitude).isel(latitude=slice(None, None, -1)).assign_coords(latitude=latitude[::-1])

    def changing(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
        result = planted(latitude, longitude)
        return result.rename(land="sea") if latitude[0] < 20 else result

    with pytest.raises(ValueError, match=r"the result for latitude .* other cells of latitude"):
        run(tmp_path / "a.zarr", turned)
    with pytest.raises(ValueError, match="has the variables height, layers, sea, other chunks have"):
        run(tmp_path / "b.zarr", changing)
    with pytest.raises(TypeError, match="to_dataset"):
        run(tmp_path / "c.zarr", lambda latitude, longitude: planted(latitude, longitude)["height"])


def test_bad_arguments_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    with pytest.raises(ValueError, match="latitude must strictly"):
        compute_to_zarr(planted, [1, 3, 2], LONGITUDE, path, settings={})
    with pytest.raises(ValueError, match=r"plain numbers and text: .* is a object"):
        run(path, settings={"forest": object()})
    with pytest.raises(ValueError, match="retries"):
        run(path, retries=-1)
    with pytest.raises(ValueError, match="chunk must"):
        run(path, chunk=(0, 1))
    assert not path.exists()


def test_inputs_are_mapped_block_by_block(tmp_path: Path) -> None:
    source = truth().chunk(latitude=20, longitude=50)
    sizes = []

    def doubled(block: xr.Dataset, offset: float) -> xr.Dataset:
        assert block["height"].chunks is None  # in memory
        sizes.append(block.sizes["latitude"])
        return xr.Dataset({"twice": (2 * block["height"] + offset).assign_attrs(units="m")})

    found = map_to_zarr(
        doubled, source[["height"]], tmp_path / "a.zarr", settings={}, constants={"offset": 1.0}, chunk=(30, 40)
    )
    np.testing.assert_array_equal(found["twice"], 2 * truth()["height"] + 1)
    assert sizes == [30] * 9
    with pytest.raises(ValueError, match="lack latitude with coordinates; their dimensions are y, longitude"):
        map_to_zarr(doubled, source[["height"]].rename(latitude="y"), tmp_path / "b.zarr", settings={})


def test_memory_does_not_grow_with_the_grid(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, sys
        import numpy as np, xarray as xr
        from coldcarbon.grids import area_weighted_mean, compute_to_zarr

        def chance(latitude, longitude):
            rng = np.random.default_rng(int(1e6 * (latitude[0] + 90) + 1e3 * (longitude[0] + 180)))
            return xr.Dataset({"a": (("latitude", "longitude"), rng.random((latitude.size, longitude.size)))})

        n = int(sys.argv[1])
        grid = compute_to_zarr(chance, np.linspace(-80, 80, n), np.linspace(-170, 170, n), f"{n}.zarr", settings={},
                               chunk=(500, 500), workers=2)
        mean = float(area_weighted_mean(grid["a"]).compute(scheduler="synchronous"))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, mean)
        """
    )
    peaks = []
    for n in (1000, 5000):
        done = subprocess.run(
            [sys.executable, "-c", program, str(n)], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        peak, mean = map(float, done.stdout.split())
        peaks.append(peak)
        assert mean == pytest.approx(0.5, abs=0.01)
    # the larger grid takes 191 MB, 25 times the smaller
    assert peaks[1] - peaks[0] < 60
