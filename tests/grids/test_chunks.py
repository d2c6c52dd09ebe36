import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.grids.chunks import checked_axis, cut_into_chunks


@given(st.integers(1, 30), st.integers(1, 30), st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_each_cell_lies_in_one_chunk(n_latitude: int, n_longitude: int, size: tuple[int, int]) -> None:
    chunks = cut_into_chunks(np.arange(n_latitude, dtype=float), np.arange(n_longitude, dtype=float), size)
    times = np.zeros((n_latitude, n_longitude), int)
    for chunk in chunks:
        times[chunk.latitudes, chunk.longitudes] += 1
        assert chunk.shape == times[chunk.latitudes, chunk.longitudes].shape
        assert chunk.latitudes.start == chunk.row * size[0]
        assert chunk.longitudes.start == chunk.column * size[1]
    assert (times == 1).all()
    assert len({chunk.key for chunk in chunks}) == len(chunks)


def test_a_chunk_is_named_by_its_degrees() -> None:
    chunks = cut_into_chunks(np.array([2.5, 1.5, 0.5]), np.array([-0.5, 0.5]), (2, 1))
    assert [chunk.name for chunk in chunks[:3]] == [
        "latitude 1.5 to 2.5, longitude -0.5 to -0.5",
        "latitude 1.5 to 2.5, longitude 0.5 to 0.5",
        "latitude 0.5 to 0.5, longitude -0.5 to -0.5",
    ]


@pytest.mark.parametrize("size", [(0, 1), (1, -1), (1,), 5, ("a", 2)])
def test_a_chunk_of_no_size_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="chunk must"):
        cut_into_chunks(np.arange(3.0), np.arange(3.0), size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "centres", "message"),
    [
        ("latitude", [1, 3, 2], "latitude must strictly rise or strictly fall, but 2 follows 3"),
        ("latitude", [3, 1, 2], "but 2 follows 1"),
        ("latitude", [1, 1, 2], "but 1 follows 1"),
        ("longitude", [3, 2, 1], "longitude must strictly rise, but 2 follows 3"),
        ("longitude", [0.5, 359.5], "leaves -180 to 180"),
        ("latitude", [-95, 0], "leaves -90 to 90"),
        ("latitude", [0, np.nan], "1 missing"),
        ("latitude", [], "at least one"),
        ("latitude", [[1, 2]], "shape"),
    ],
)
def test_an_axis_out_of_order_is_refused(name: str, centres: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_axis(name, centres)


def test_latitudes_may_fall() -> None:
    np.testing.assert_array_equal(checked_axis("latitude", [2, 1, -3]), [2, 1, -3])
