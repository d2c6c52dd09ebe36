import numpy as np
import pandas as pd
import pytest
import xarray as xr

from coldcarbon.readers import ReaderError, gridded, inversions, koppen
from coldcarbon.readers.seasons import season_flux
from grid_files import need
from inversion_files import LAND, UNITS, fluxes, write


def test_uptake_is_positive_and_totals_become_rates(tmp_path):
    mean = inversions.read_file(write(tmp_path, "CT2017", fluxes()))
    total = inversions.read_file(write(tmp_path, "CAMSv20r1", fluxes(totals=True, first="1999-01", months=216)))
    assert (mean.attrs["monthly_in_file"], total.attrs["monthly_in_file"]) == ("mean", "total")
    assert (mean.attrs["family"], total.attrs["system"]) == ("CT", "CAMSv20r1")
    rate = inversions.band_flux(mean, -90, 90, per="year")["CT2017"]
    np.testing.assert_allclose(rate.iloc[:12], -LAND)
    again = inversions.band_flux(total, -90, 90, per="year")["CAMSv20r1"]
    np.testing.assert_allclose(again["2000":"2016"], rate)
    ocean = inversions.band_flux(mean, -90, 90, variable="ocean_uptake", per="year")
    fossil = inversions.band_flux(mean, -90, 90, variable="fossil_emission", per="year")
    np.testing.assert_allclose(ocean, 2)
    np.testing.assert_allclose(fossil, 9)
    assert mean["time"].to_numpy()[1] == np.datetime64("2000-02-01")
    assert mean["days"].to_numpy()[1] == 29


def test_months_add_up_to_the_year():
    member = inversions.zonal_dataset(
        pd.period_range("2000-01", "2003-12", freq="M"),
        np.arange(-90.0, 91.0, 10),
        {"land_uptake": np.full((48, 18), 2 / 180)},
    )
    flux = inversions.band_flux(member, -90, 90)
    assert flux.attrs["units"] == "TgC month-1"
    assert flux.to_numpy().sum() == pytest.approx(2000 * 4)  # four years of 365.25 days


@pytest.mark.parametrize(
    ("south", "north", "part"), [(40, 70, 1), (50, 60, 1 / 3), (42.5, 44, 0.05), (-90, 41, 1 / 30)]
)
def test_cells_at_the_edges_of_a_band_count_by_their_part(tmp_path, south, north, part):
    member = inversions.read_file(write(tmp_path, "CT2017", fluxes()))
    flux = inversions.band_flux(member, south, north, per="year")["CT2017"]
    np.testing.assert_allclose(flux.iloc[:12], -LAND * part, atol=1e-12)


def test_members_keep_their_bands_on_the_common_axis(tmp_path):
    write(tmp_path, "CT2017", fluxes(step=1.0))
    write(tmp_path, "s99oc_v2020", fluxes(step=2.0, first="1999-01", months=252))
    write(tmp_path, "CAMSv20r1", fluxes(step=180 / 95, totals=True, first="1990-01", months=365))
    dataset = inversions.read(tmp_path, ["CAMSv20r1", "CT2017", "s99oc_v2020"])
    assert dict(dataset.sizes) == {"system": 3, "time": 365, "latitude": 180}
    assert dataset["family"].to_numpy().tolist() == ["CAMS", "CT", "CarboScope"]
    flux = inversions.band_flux(dataset, 50, 90, per="year")
    assert flux["CT2017"].notna().sum() == 204
    assert flux["CT2017"].first_valid_index() == pd.Period("2000-01", "M")
    for name in flux:
        own = inversions.read_file(tmp_path / f"{name}_fluxes_za_ts_monthly.nc")
        alone = inversions.band_flux(own, 50, 90, per="year")[name]
        np.testing.assert_allclose(flux[name].dropna(), alone, rtol=1e-12)
    assert inversions.common_period(dataset) == (2000, 2016)
    lengths = inversions.month_lengths(dataset, "CT2017")
    np.testing.assert_allclose(lengths["leap_over_common"], [29 / 28, 1, 1])
    np.testing.assert_allclose(lengths["days_of_february"], [28, 31, 31])


def change(**attributes):
    def apply(dataset: xr.Dataset) -> xr.Dataset:
        dataset["SFCO2_LND"].attrs |= attributes
        return dataset

    return apply


def with_hole(dataset: xr.Dataset) -> xr.Dataset:
    dataset["SFCO2_LND"].to_numpy()[4, 2] = np.nan
    return dataset


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.drop_vars("SFCO2_LND"), "missing: 'SFCO2_LND'"),
        (lambda d: d.rename(lat="latitude"), "missing: 'lat'"),
        (lambda d: d.drop_isel(time=7), "row 8, column 'time': a gap in the months: 2000-09 follows 2000-07"),
        (lambda d: d.isel(time=[0, 1, 1, 2]), "row 3, column 'time': a repetition"),
        (change(units="kg C m-2 s-1"), "column 'SFCO2_LND': units 'kg C m-2 s-1'"),
        (with_hole, "row 5, column 'SFCO2_LND': no value in 2000-05 at latitude -77.5"),
        (lambda d: d.assign_coords(lat=d.lat * 1.2), "column 'lat': latitude -105 lies outside the globe"),
        (lambda d: d.isel(lat=slice(None, None, -1)), "column 'lat': latitudes are not strictly rising"),
        (lambda d: d.assign(SFCO2_FFF=d.SFCO2_FFF * 1000), "column 'SFCO2_FFF': the global mean is 9e\\+03 PgC"),
        (lambda d: d.assign(SFCO2_LND=-d.SFCO2_LND), "land takes up -29 PgC yr-1 in July"),
        (lambda d: d.assign(SFCO2_LND=d.SFCO2_LND / 12), "land takes up 2.42 PgC yr-1 in July"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, spoil, message):
    good = fluxes()
    spoilt = spoil(good)
    for name in ("SFCO2_FFF", "SFCO2_LND"):
        if name in spoilt and "units" not in spoilt[name].attrs:
            spoilt[name].attrs["units"] = UNITS
    path = write(tmp_path, "CT2017", spoilt)
    with pytest.raises(ReaderError, match=message) as caught:
        inversions.read_file(path)
    assert caught.value.path == path


def test_truncated_absent_and_unknown_files(tmp_path):
    path = write(tmp_path, "CT2017", fluxes())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ReaderError, match="not a NetCDF file that can be read"):
        inversions.read_file(path)
    with pytest.raises(ReaderError, match=r"not a NetCDF file|cannot be read"):
        inversions.read_file(tmp_path / "CTE2018_fluxes_za_ts_monthly.nc")
    other = write(tmp_path, "NISMON", fluxes())
    with pytest.raises(ValueError, match="none of CAMSv20r1"):
        inversions.read_file(other)
    assert inversions.read_file(other, monthly="mean").attrs["family"] == "NISMON"
    with pytest.raises(ValueError, match="systems must be among"):
        inversions.read(tmp_path, ["NISMON"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((60, 50), "a band needs"), ((50, 91), "a band needs"), ((50, 60, "month", "x"), "no variable 'x'")],
)
def test_bad_bands(tmp_path, arguments, message):
    member = inversions.read_file(write(tmp_path, "CT2017", fluxes()))
    south, north, *rest = arguments
    choices = dict(zip(("per", "variable"), rest, strict=False))
    with pytest.raises(ValueError, match=message):
        inversions.band_flux(member, south, north, **choices)


# ---- gridded inversions of a user


def grid(names=("time", "latitude", "longitude"), units="kgC m-2 month-1", longitudes=None) -> xr.Dataset:
    """Release of 1 g C m-2 d-1 everywhere, as totals of the month."""
    months = pd.period_range("2001-01", periods=14, freq="M")
    latitude = np.arange(87.5, -90, -5.0)
    longitude = np.arange(2.5, 360, 5.0) if longitudes is None else longitudes
    values = np.ones((14, len(latitude), len(longitude))) * months.days_in_month.to_numpy()[:, None, None] / 1000
    coords = dict(zip(names, (months.to_timestamp() + pd.Timedelta(days=14), latitude, longitude), strict=True))
    return xr.Dataset({"flux_apos_bio": (names, values, {"units": units})}, coords=coords)


def test_gridded_inversions_become_members(tmp_path):
    path = tmp_path / "mine.nc"
    grid().to_netcdf(path)
    cells = inversions.read_gridded(path, "flux_apos_bio")
    np.testing.assert_allclose(cells["land_uptake"], -1)
    assert (np.diff(cells["latitude"]) > 0).all()
    assert float(cells["longitude"].min()) == -177.5
    member = inversions.zonal(cells)
    flux = inversions.band_flux(member, -90, 90, per="year").iloc[:, 0]
    sphere = 4 * np.pi * (gridded.EARTH_RADIUS_KM * 1000) ** 2
    np.testing.assert_allclose(flux, -sphere * 365.25 / 1e15, rtol=1e-9)
    both = inversions.assemble({"mine": member, "theirs": inversions.read_file(write(tmp_path, "CT2017", fluxes()))})
    assert list(both.data_vars) == ["land_uptake"]
    np.testing.assert_allclose(inversions.band_flux(both, -90, 90, per="year")["mine"].dropna(), flux)


def test_gridded_units_and_directions(tmp_path):
    path = tmp_path / "mine.nc"
    short = grid(("date", "lat", "lon"))
    short["flux_apos_bio"] = xr.full_like(short["flux_apos_bio"], 1 / 12.011 / 86400)
    short["flux_apos_bio"].attrs["units"] = "mol m-2 s-1"
    short.to_netcdf(path)
    np.testing.assert_allclose(inversions.read_gridded(path, "flux_apos_bio", positive="down")["land_uptake"], 1)


@pytest.mark.parametrize(
    ("spoil", "variable", "message"),
    [
        (lambda d: d, "nbp", "no variable 'nbp' \\(found flux_apos_bio\\)"),
        (lambda d: d.isel(longitude=0, drop=True), "flux_apos_bio", "no axis of longitude"),
        (lambda d: d.drop_isel(time=3), "flux_apos_bio", "row 4, column 'time': a gap in the months"),
        (lambda d: d.assign_coords(latitude=d.latitude * 2), "flux_apos_bio", "column 'latitude': centres from -175"),
        (lambda d: d.assign(flux_apos_bio=d.flux_apos_bio.assign_attrs(units="furlong")), "flux_apos_bio", "'furlong'"),
        (
            lambda d: d.assign(flux_apos_bio=(d.flux_apos_bio * 1000).assign_attrs(units="kgC m-2 month-1")),
            "flux_apos_bio",
            "the largest flux is 1e\\+03 g C m-2 d-1",
        ),
    ],
)
def test_bad_grids_are_refused_by_name(tmp_path, spoil, variable, message):
    path = tmp_path / "mine.nc"
    spoil(grid()).to_netcdf(path)
    with pytest.raises(ReaderError, match=message):
        inversions.read_gridded(path, variable)


def test_land_of_a_band():
    axes = {"latitude": np.arange(-87.5, 90, 5.0), "longitude": np.arange(-177.5, 180, 5.0)}
    land = xr.DataArray(np.ones((36, 72)), coords=axes, dims=("latitude", "longitude"))
    land[:, :36] = np.nan
    half = 2 * np.pi * gridded.EARTH_RADIUS_KM**2
    assert inversions.band_land_area_km2(land, -90, 90) == pytest.approx(half)
    assert inversions.band_land_area_km2(land, 0, 30) == pytest.approx(half / 4)
    assert inversions.band_land_area_km2(land, 51, 52) == pytest.approx(
        half / 2 * (np.sin(np.radians(52)) - np.sin(np.radians(51)))
    )
    with pytest.raises(ValueError, match="a band needs"):
        inversions.band_land_area_km2(land, 60, 50)


# ---- the real files


@pytest.fixture(scope="module")
def real() -> xr.Dataset:
    need("inversions-zonal")
    return inversions.read()


def test_real_months_and_members(real):
    months = inversions.band_flux(real, -90, 90).notna().sum()
    assert months.to_dict() == {
        "CAMSv20r1": 365,
        "CT2017": 204,
        "CT2019B": 228,
        "CTE2018": 216,
        "CTE2020": 240,
        "MIROC": 288,
        "s99oc_v2020": 252,
    }
    assert inversions.common_period(real) == (2000, 2016)
    assert real["family"].to_numpy().tolist() == ["CAMS", "CT", "CT", "CTE", "CTE", "MIROC", "CarboScope"]


def test_real_months_are_totals_in_two_files_and_means_in_five(real):
    lengths = inversions.month_lengths(real)
    totals = [name for name, system in inversions.SYSTEMS.items() if system.monthly == "total"]
    assert lengths.loc[totals, "leap_over_common"].to_numpy() == pytest.approx([29 / 28] * 2, rel=1e-3)
    assert (lengths["leap_over_common"].drop(totals) < 1.005).all()
    assert lengths.loc["CAMSv20r1", "days_of_february"] == pytest.approx(28, abs=0.1)
    # a day short, in the file as published
    assert lengths.loc["MIROC", "days_of_february"] == pytest.approx(27, abs=0.1)
    # once they are rates, the fossil flux of every year is the same within 0.3 % wherever the inventory is
    fossil = inversions.band_flux(real, -90, 90, variable="fossil_emission")["2000":"2016"].sum() / 17000
    assert fossil[["CAMSv20r1", "CTE2020", "MIROC", "s99oc_v2020"]].to_numpy() == pytest.approx([8.46] * 4, rel=3e-3)


def test_real_global_totals(real):
    annual = {
        name: inversions.band_flux(real, -90, 90, variable=name)["2000":"2016"].sum() / 17000
        for name in inversions.UNITS
    }
    assert annual["fossil_emission"].between(8.4, 8.7).all()
    assert annual["land_uptake"].between(1.4, 2.6).all()
    left = annual["fossil_emission"] - annual["land_uptake"] - annual["ocean_uptake"]
    # what the atmosphere gained: 4.5 PgC yr-1
    assert left.between(4.3, 4.6).all()
    july = inversions.band_flux(real, -90, 90, per="year")["2000":"2016"]
    assert july[pd.PeriodIndex(july.index).month == 7].mean().between(26, 33).all()


def test_real_seasons_north_of_fifty(real):
    flux = inversions.band_flux(real, 50, 90)
    means = {season: season_flux(flux, season).loc[2000:2016].mean() for season in ("EGS", "LGS", "winter", "annual")}
    assert means["EGS"].between(2900, 4100).all()
    assert means["LGS"].between(-1000, -770).all()
    np.testing.assert_allclose(means["EGS"] + means["LGS"] + means["winter"], means["annual"])


def test_real_land_of_the_north():
    need("koppen-geiger")
    land = koppen.read(drop_ice=True)["climate_class"]
    assert inversions.band_land_area_km2(land, 50, 90) == pytest.approx(33.0e6, rel=0.01)
    assert inversions.band_land_area_km2(koppen.read()["climate_class"], -90, 90) == pytest.approx(158.6e6, rel=0.01)
