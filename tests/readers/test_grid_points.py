from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.readers import grid_points, gridded
from coldcarbon.readers.grid_points import at_points
from coldcarbon.simulate import covariates

ONE_DEGREE_KM = 6371.0088 * np.pi / 180


def grid(values, latitude, longitude, **attributes) -> xr.Dataset:
    described = {"units": "%", "long_name": "x", "source": "planted"} | attributes
    leading = ("month",) if np.ndim(values) == 3 else ()
    return gridded.with_axes(
        Path("planted"), {"x": gridded.field(values, leading=leading, **described)}, latitude, longitude
    )


def world(step=10.0, falling=False) -> xr.Dataset:
    """Each cell holds its own number, counted from the south-west."""
    latitude = gridded.regular_axis(-90 + step / 2, 90 - step / 2, step)
    longitude = gridded.regular_axis(-180 + step / 2, 180 - step / 2, step)
    values = np.arange(len(latitude) * len(longitude), dtype=float).reshape(len(latitude), -1)
    return grid(values[::-1] if falling else values, latitude[::-1] if falling else latitude, longitude)


points = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=30)


@given(points)
@settings(max_examples=60, deadline=None)
def test_a_point_gets_the_cell_it_lies_in_whatever_the_order_of_latitude(places):
    north, east = np.array(places).T
    row = np.searchsorted(np.arange(-80, 90, 10), north, side="right")
    column = np.searchsorted(np.arange(-170, 180, 10), np.where(east == 180, -180, east), side="right")
    for falling in (False, True):
        frame = at_points(world(falling=falling), north, east)
        np.testing.assert_array_equal(frame["x_percent"], row * 36 + column)


@given(points)
@settings(max_examples=60, deadline=None)
def test_bilinear_recovers_a_plane_between_the_outermost_centres(places):
    latitude, longitude = gridded.regular_axis(-88, 88, 4), gridded.regular_axis(-178, 178, 4)
    dataset = grid(2 * latitude[:, None] + longitude, latitude, longitude)
    north, east = np.clip(np.array(places).T, -88, 88)
    frame = at_points(dataset, north, east, method="bilinear")
    np.testing.assert_allclose(frame["x_percent"], 2 * north + east, atol=1e-9)


@pytest.mark.parametrize("method", ["nearest", "bilinear"])
@pytest.mark.parametrize("falling", [False, True])
def test_planted_fields_are_recovered_at_points(method, falling):
    rng = np.random.default_rng(8)
    north, east = np.degrees(np.arcsin(rng.uniform(-1, 1, 300))), rng.uniform(-180, 180, 300)
    dataset = covariates.hwsd()
    dataset = dataset.isel(latitude=slice(None, None, -1)) if falling else dataset
    frame = at_points(dataset, north, east, method=method)
    for name, tolerance in (("topsoil_sand", 0.44), ("topsoil_clay", 0.18), ("topsoil_organic_carbon", 0.03)):
        error = np.abs(frame[f"{name}_percent"] - covariates.truth(name, north, east))
        assert error.max() < tolerance * (1 if method == "nearest" else 0.02)  # half a cell, or its square


def test_across_the_date_line_and_over_the_poles():
    longitude = gridded.regular_axis(-180, 176.25, 3.75)
    dataset = grid(np.tile(np.cos(np.radians(longitude)), (73, 1)), gridded.regular_axis(-90, 90, 2.5), longitude)
    nearest = at_points(dataset, [0, 0, 90, -90], [179, -180, 180, 0])["x_percent"]
    np.testing.assert_allclose(nearest, [-1, -1, -1, 1])
    between = at_points(dataset, [0, 89.9], [178.125, 180], method="bilinear")["x_percent"]
    np.testing.assert_allclose(between, [(-1 + np.cos(np.radians(176.25))) / 2, -1])


def with_gap() -> xr.Dataset:
    """One-degree cells around the equator, without value west of Greenwich; cells to the east hold their row."""
    latitude, longitude = gridded.regular_axis(-9.5, 9.5, 1), gridded.regular_axis(-9.5, 9.5, 1)
    values = np.where(longitude > 0, latitude[:, None], np.nan)
    return grid(values, latitude, longitude)


def test_a_gap_is_filled_from_the_nearest_edge_within_the_radius_only():
    north, east = [0.4, 0.4, 0.4, 3.5], [1.2, -0.25, -1.5, -0.9]
    unfilled = at_points(with_gap(), north, east)
    assert list(unfilled) == ["x_percent"]
    assert unfilled["x_percent"].isna().tolist() == [False, True, True, True]
    filled = at_points(with_gap(), north, east, fill_radius_km=120)
    np.testing.assert_allclose(filled["x_percent"], [0.5, 0.5, np.nan, 3.5])
    expected = [0, 0.25 * ONE_DEGREE_KM, np.nan, 0.9 * ONE_DEGREE_KM * np.cos(np.radians(3.5))]
    np.testing.assert_allclose(filled["x_distance_km"], expected, rtol=1e-4)
    assert filled.attrs["counts"]["x"] == {"in_own_cell": 1, "filled": 2, "missing": 1, "without_coordinates": 0}
    assert unfilled.attrs["counts"]["x"]["missing"] == 3
    bilinear = at_points(with_gap(), north, east, method="bilinear", fill_radius_km=120)
    np.testing.assert_allclose(bilinear["x_percent"], [0.4, 0.5, np.nan, 3.5])


def test_filling_finds_what_a_search_over_all_cells_finds():
    rng = np.random.default_rng(3)
    latitude, longitude = gridded.regular_axis(-87.5, 87.5, 5), gridded.regular_axis(-177.5, 177.5, 5)
    values = np.where(rng.random((36, 72)) < 0.03, np.arange(36 * 72.0).reshape(36, 72), np.nan)
    north, east = np.append(rng.uniform(-90, 90, 60), [89.9, -89.9]), np.append(rng.uniform(-180, 180, 60), [3.0, 179])
    frame = at_points(grid(values, latitude, longitude), north, east, fill_radius_km=1500)
    row, column = np.nonzero(np.isfinite(values))
    steps = np.linspace(-2.5, 2.5, 201)
    for point in range(len(north)):
        a, b = latitude[row][:, None] + steps, longitude[column][:, None] + steps
        # the nearest point of a cell lies on its border, or the point lies in the cell
        sides = [(a, b[:, [0]]), (a, b[:, [-1]]), (a[:, [0]], b), (a[:, [-1]], b)]
        apart = np.min(
            [haversine(north[point], east[point], *np.broadcast_arrays(*side)) for side in sides], axis=(0, 2)
        )
        inside = (abs(latitude[row] - north[point]) <= 2.5) & (abs(longitude[column] - east[point]) <= 2.5)
        apart[inside] = 0
        best = apart.min()
        if best > 1500:
            assert np.isnan(frame.loc[point, "x_percent"])
        else:
            assert frame.loc[point, "x_distance_km"] == pytest.approx(best, abs=0.5)
            chosen = apart[values[row, column] == frame.loc[point, "x_percent"]]
            assert chosen[0] == pytest.approx(best, abs=0.5)
    assert frame["x_percent"].isna().any()
    assert (frame["x_distance_km"] > 0).sum() > 30


def haversine(north, east, other_north, other_east):
    a, b, turn = np.radians(north), np.radians(other_north), np.radians(np.asarray(other_east) - east)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(turn / 2) ** 2
    return 2 * 6371.0088 * np.arcsin(np.sqrt(h))


def test_months_become_columns_and_a_cell_without_one_month_has_none():
    values = np.ones((3, 18, 36)) * np.array([1, 2, 3])[:, None, None]
    values[1, 9, 18] = np.nan
    axes = gridded.regular_axis(-85, 85, 10), gridded.regular_axis(-175, 175, 10)
    dataset = grid(values, *axes, units="degC").assign_coords(month=[1, 2, 3])
    frame = at_points(dataset, [5, 5], [-5, 5], fill_radius_km=600)
    assert list(frame) == [f"x_month_0{month}_degc" for month in (1, 2, 3)] + ["x_distance_km"]
    assert frame.iloc[1].tolist()[:3] == [1, 2, 3]
    assert frame["x_distance_km"][1] == pytest.approx(5 * ONE_DEGREE_KM * np.cos(np.radians(5)), rel=1e-3)
    assert at_points(dataset, [5], [5]).isna().all(axis=None)


def test_the_table_says_what_it_holds():
    places = pd.DataFrame({"lat": [10.0, np.nan, -30], "lon": [20.0, np.nan, 40]}, index=["a", "b", "c"])
    frame = at_points(world()["x"], places["lat"], places["lon"])
    assert frame.index.tolist() == ["a", "b", "c"]
    assert frame["x_percent"].isna().tolist() == [False, True, False]
    assert frame.attrs["units"] == {"x_percent": "%"}
    assert frame.attrs["sources"] == {"x_percent": "planted"}
    assert frame.attrs["counts"]["x"]["without_coordinates"] == 1
    assert (frame.attrs["method"], frame.attrs["fill_radius_km"]) == ("nearest", 0)


def test_rounded_coordinates_on_an_edge_belong_to_the_north_and_east():
    step = 0.05
    latitude = gridded.regular_axis(-89.975, 89.975, step)[2900:3100]
    longitude = gridded.regular_axis(-179.975, 179.975, step)[3900:4200]
    dataset = grid(np.broadcast_to(latitude[:, None], (200, 300)), latitude, longitude)
    edges = np.round(np.arange(55.05, 64.9, step), 2)
    frame = at_points(dataset, edges, np.full(len(edges), 20.0))
    np.testing.assert_allclose(frame["x_percent"], edges + step / 2)


def test_the_other_side_of_an_edge_counts_as_filled_at_no_distance():
    frame = at_points(with_gap(), [2.5], [0.0])
    assert frame["x_percent"].tolist() == [2.5]
    mirrored = with_gap().assign(x=lambda dataset: dataset["x"].isel(longitude=slice(None, None, -1)).variable)
    frame = at_points(mirrored, [2.5], [0.0], fill_radius_km=1)  # its own cell, to the east, has no value
    assert frame.iloc[0].tolist() == [2.5, 0]
    assert frame.attrs["counts"]["x"]["filled"] == 1


def test_a_regional_grid_has_no_value_outside():
    frame = at_points(with_gap(), [0.5, 0.5, 11, 10], [9.9, 10.5, 5, 10])
    assert frame["x_percent"].isna().tolist() == [False, True, True, False]


def test_classes_are_named_and_never_averaged():
    dataset = covariates.koppen()
    frame = at_points(dataset, [0, 70], [0, 100])
    assert frame["climate_class"].tolist() == ["Af", "ET"]
    assert frame["climate_group"].tolist() == ["tropical", "polar"]
    with pytest.raises(ValueError, match="'climate_class' holds classes"):
        at_points(dataset, [0], [0], method="bilinear")


@pytest.mark.parametrize(
    ("latitude", "longitude", "message"),
    [
        (
            [0, 91.5],
            [0, 0],
            r"row 1: latitude 91.5 lies outside -90 to 90 degrees; are latitude and longitude swapped\?",
        ),
        ([0, 0], [0, 270], r"row 1: longitude 270 .*degrees west are negative here \(-90\)"),
        ([0, 950], [0, 120], "row 1: latitude 950 lies outside -90 to 90 degrees$"),
        ([100, 200, 0], [0, 0, 0], r"row 0: .*\(1 more such rows\)"),
        ([0, np.inf], [0, 0], "row 1: latitude inf"),
        ([0, np.nan], [0, 5], "row 1: latitude is missing while"),
        ([0, 1], [0], "as long as each other"),
        (pd.Series([0, -95.0], index=["p1", "p2"]), [0, 0], "row p2: latitude -95"),
        (pd.Series([0.0], index=["a"]), pd.Series([0.0], index=["b"]), "different indices"),
    ],
)
def test_points_that_are_none_are_named(latitude, longitude, message):
    with pytest.raises(ValueError, match=message):
        at_points(world(), latitude, longitude)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"method": "cubic"}, "method must be"),
        ({"fill_radius_km": -1}, "fill_radius_km must be"),
        ({"fill_radius_km": np.nan}, "fill_radius_km must be"),
    ],
)
def test_choices_that_are_none_are_refused(choice, message):
    with pytest.raises(ValueError, match=message):
        at_points(world(), [0], [0], **choice)


def test_fields_without_axes_are_refused():
    with pytest.raises(ValueError, match="field 'x' has no latitude and longitude"):
        at_points(world().rename(latitude="lat", longitude="lon"), [0], [0])
    with pytest.raises(ValueError, match="holds no field"):
        at_points(world().drop_vars("x"), [0], [0])
    with pytest.raises(ValueError, match="does not rise or fall"):
        at_points(world().isel(latitude=[0, 2, 1]), [0], [0])


def test_blocks_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(4)
    north, east = rng.uniform(-90, 90, 200), rng.uniform(-180, 180, 200)
    dataset = covariates.cru_normals(step_degrees=2, ocean=True)
    whole = at_points(dataset, north, east, method="bilinear", fill_radius_km=500)
    monkeypatch.setattr(grid_points, "_BLOCK", (7, 11))
    monkeypatch.setattr(grid_points, "_BLOCKS_KEPT", 1)
    pd.testing.assert_frame_equal(at_points(dataset, north, east, method="bilinear", fill_radius_km=500), whole)


def test_no_points_give_no_rows():
    frame = at_points(world(), [], [], fill_radius_km=10)
    assert frame.shape == (0, 2)
