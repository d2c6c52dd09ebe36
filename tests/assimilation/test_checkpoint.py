"""Killed and resumed, a run gives the chain it would have given."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from targets import normal

from coldcarbon.assimilation import CheckpointError, metropolis
from coldcarbon.assimilation.checkpoint import read, write

HERE = Path(__file__).parent
RUN = """
import sys, time
sys.path.insert(0, {here!r})
import test_checkpoint
test_checkpoint.run({path!r}, slow=True)
"""
STEPS = 400


def run(path=None, slow=False, **settings):
    """A walk that adapts; slowed down, it takes some seconds and writes after every glance at the clock."""
    target = normal([0.5, -0.5], [[1.0, 0.3], [0.3, 0.5]])

    class Slow:
        box, names = target.box, target.names

        def log_density(self, points):
            time.sleep(0.01 if slow else 0)
            return target.log_density(points)

    asked = {"covariance": [0.2 * np.eye(2)], "adapt": 250, "seed": 11, "every_seconds": 0.0} | settings
    return metropolis(Slow(), np.zeros((1, 3, 2)), STEPS, checkpoint=path, **asked)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path):
    path = tmp_path / "walk.npz"
    process = subprocess.Popen([sys.executable, "-c", RUN.format(here=str(HERE), path=str(path))])
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            if path.exists() and len(read(path)[1]["points"]) >= 60:
                break
            time.sleep(0.05)
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL) if process.poll() is None else None
        process.wait()
    written = len(read(path)[1]["points"])
    assert 0 < written < STEPS
    resumed, whole = run(path), run()
    for name in ("points", "log_density", "accepted", "scale", "outside"):
        assert np.array_equal(getattr(resumed, name), getattr(whole, name)), name
    assert dict(resumed.settings) == dict(whole.settings)


def test_a_finished_run_is_read_and_not_repeated(tmp_path):
    path = tmp_path / "walk.npz"
    first = run(path)
    before = path.stat().st_mtime_ns
    again = run(path)
    assert np.array_equal(first.points, again.points)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("change", "named"), [({"seed": 12}, "seed is 11"), ({"adapt": 100}, "adapt"), ({"covariance": [np.eye(2)]}, "cov")]
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change, named):
    path = tmp_path / "walk.npz"
    run(path)
    with pytest.raises(CheckpointError, match=named):
        run(path, **change)


def test_other_data_are_another_run(tmp_path):
    path = tmp_path / "walk.npz"
    settings = {"covariance": [np.eye(2)], "seed": 1, "checkpoint": path}
    metropolis(normal([0, 0], np.eye(2)), np.zeros((1, 1, 2)) + 0.2, 10, **settings)
    with pytest.raises(CheckpointError, match="density_at_start"):
        metropolis(normal([0.1, 0], np.eye(2)), np.zeros((1, 1, 2)) + 0.2, 10, **settings)


def test_half_a_file_is_no_checkpoint(tmp_path):
    path = tmp_path / "walk.npz"
    run(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        run(path)


def test_a_fault_in_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "state.npz"
    write(path, {"step": 1}, {"x": np.arange(3)})
    with pytest.raises(TypeError):
        write(path, {"step": object()}, {"x": np.arange(4)})
    header, arrays = read(path)
    assert header == {"step": 1}
    assert list(arrays["x"]) == [0, 1, 2]
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


def test_troubles_survive(tmp_path):
    path = tmp_path / "walk.npz"
    target = normal([0.0, 0.0], np.eye(2))

    class Broken:
        box, names = target.box, target.names

        def log_density(self, points):
            return np.where(points[..., 0] > 1, np.nan, target.log_density(points))

    settings = {"covariance": [np.eye(2)], "seed": 1, "checkpoint": path}
    first = metropolis(Broken(), np.zeros((1, 2, 2)), 200, **settings)
    again = metropolis(Broken(), np.zeros((1, 2, 2)), 200, **settings)
    assert len(first.troubles) > 0
    assert first.troubles.equals(again.troubles)
    assert np.array_equal(first.non_finite, again.non_finite)
