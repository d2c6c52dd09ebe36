import numpy as np
import pytest
import xarray as xr

from coldcarbon.grids.chunks import cut_into_chunks
from coldcarbon.grids.schema import check_schema, checked_result, schema_of, template_like

LATITUDE, LONGITUDE = np.array([1.5, 0.5]), np.array([-0.5, 0.5, 1.5])
CHUNK = cut_into_chunks(LATITUDE, LONGITUDE, (2, 3))[0]


def field(values: object = 1.0, *dims: str) -> xr.Variable:
    shape = tuple({"latitude": 2, "longitude": 3}.get(name, 4) for name in dims or ("latitude", "longitude"))
    return xr.Variable(dims or ("latitude", "longitude"), np.broadcast_to(values, shape).copy(), {"units": "m"})


def checked(result: object) -> xr.Dataset:
    return checked_result(result, CHUNK, LATITUDE, LONGITUDE)


def test_axes_are_added_and_put_last() -> None:
    result = checked(xr.Dataset({"a": field(1.0, "longitude", "layer", "latitude")}, attrs={"title": "x"}))
    assert result["a"].dims == ("layer", "latitude", "longitude")
    np.testing.assert_array_equal(result["latitude"], LATITUDE)
    assert result["latitude"].attrs["units"] == "degrees_north"
    assert result["a"].attrs == {"units": "m"}
    assert result.attrs == {"title": "x"}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (xr.Dataset(), "no variable"),
        (xr.Dataset({"a": ("layer", [1.0])}), "lacks latitude and longitude"),
        (xr.Dataset({"a": field(1.0, "latitude")}), "lacks longitude"),
        (xr.Dataset({"a": field("text")}), "not numbers"),
        (xr.Dataset({"a": field()}).isel(latitude=[0]), "has 1 cells of latitude, the chunk has 2"),
        (xr.Dataset({"a": field()}, {"latitude": [0.5, 1.5]}), "other cells of latitude"),
        (xr.Dataset({"a": field()}, {"biome": field(2.0)}), "'biome' changes over the grid"),
    ],
)
def test_a_result_that_does_not_fit_is_named_with_its_chunk(result: xr.Dataset, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        checked(result)
    assert "latitude 0.5 to 1.5, longitude -0.5 to 1.5" in str(raised.value)


def test_only_a_dataset_is_a_result() -> None:
    with pytest.raises(TypeError, match="to_dataset"):
        checked(xr.DataArray(field()))
    with pytest.raises(TypeError, match="ndarray"):
        checked(np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (xr.Dataset({"b": field()}), "has the variables b, other chunks have a"),
        (xr.Dataset({"a": field(1)}), "variable 'a' differs.*int64"),
        (xr.Dataset({"a": field(1.0, "layer", "latitude", "longitude")}), "variable 'a' differs"),
        (xr.Dataset({"a": field()}, {"depth": 2}), "coordinate 'depth' differs from other chunks: other values"),
        (xr.Dataset({"a": field()}), "coordinates none, other chunks have depth"),
    ],
)
def test_results_that_differ_from_those_before_are_named(other: xr.Dataset, message: str) -> None:
    first = xr.Dataset({"a": field()}, {"depth": 1})
    if "depth" not in other.coords and "coordinates" not in message:
        other = other.assign_coords(depth=1)
    with pytest.raises(ValueError, match=message):
        check_schema(schema_of(checked(other)), schema_of(checked(first)), CHUNK)
    check_schema(schema_of(checked(first)), schema_of(checked(first)), CHUNK)


def test_the_template_takes_no_memory_and_is_missing_where_nothing_was_computed() -> None:
    result = checked(xr.Dataset({"a": field(), "k": field(True)}, {"name": ("layer", ["x", "y"])}))
    wide = np.linspace(-180, 180, 1_000_000)
    template, encoding = template_like(result, np.linspace(-90, 90, 500_000), wide, (50_000, 100_000))
    assert template["a"].shape == (500_000, 1_000_000)
    assert template["a"].chunks is not None
    assert encoding["a"]["chunks"] == (50_000, 100_000)
    assert np.isnan(encoding["a"]["fill_value"])
    assert "fill_value" not in encoding["k"]
