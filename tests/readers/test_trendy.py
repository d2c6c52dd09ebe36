import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, carbon_budget, trendy
from coldcarbon.readers.seasons import season_flux
from grid_files import need


def lines(first=1990, last=1992, regions=False) -> list[str]:
    """Northern land releases 0.5 and takes up 1 in July; the south the other way round, at a tenth."""
    rows = []
    for month in pd.period_range(f"{first}-01", f"{last}-12", freq="M"):
        north = -1.0 if month.month == 7 else 0.5
        parts = [north / 2, 0, 0, 0, 0, 0, north / 2, 0, 0, 0.1, 0] if regions else [north, 0, 0.1]
        values = [*parts, sum(parts)] if regions else [sum(parts), *parts]
        rows.append(" ".join([month.strftime("%Y%m"), *(f"{value:.3f}" for value in values)]))
    return rows


def write(folder, model="LPJ", bands=None, regions=None):
    paths = []
    for kind, rows in (("", bands or lines()), ("reg", regions or lines(regions=True))):
        paths.append(folder / f"DGVM_{model}{kind}_monthly.csv")
        paths[-1].write_text("\n".join(rows) + "\n")
    return paths


def test_uptake_is_positive_by_band_and_region(tmp_path):
    write(tmp_path)
    write(tmp_path, "VISIT", lines(1991), lines(1991, regions=True))
    frame = trendy.read(tmp_path, ["LPJ", "VISIT"])
    assert list(frame.columns) == ["model", "month", "days", *trendy.BANDS, *trendy.REGIONS]
    july = frame.iloc[6]
    assert july[["global", "north_of_30", "south_of_30"]].tolist() == pytest.approx([0.9, 1.0, -0.1])
    assert july["eurasian_boreal"] == 0.5
    flux = trendy.flux(frame, "north_of_30")
    assert flux.columns.tolist() == ["LPJ", "VISIT"]
    assert flux.loc["1990-07"].tolist() == [1000, pytest.approx(np.nan, nan_ok=True)]
    both = trendy.flux(frame, trendy.NORTHERN_REGIONS, unit="PgC")
    pd.testing.assert_frame_equal(both * 1000, flux)
    assert season_flux(flux, "annual")["LPJ"].tolist() == [-4500] * 3


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        (3, "199003 0.1 0.2 0.3", "row 4: 4 fields, not 5"),
        (3, "199004 0.6 0.5 0 0.1 0.1", "row 4: 6 fields"),
        (3, "199005 0.600 0.500 0.000 0.100", "row 4, column 'month': 1990-05 follows 1990-03"),
        (3, "199013 0.600 0.500 0.000 0.100", "row 4, column 'month': '199013' is no month"),
        (3, "199004 0.600 *** 0.000 0.100", "row 4, column 'north_of_30': '\\*\\*\\*' is not a number"),
        (3, "199004 0.900 0.500 0.000 0.100", "row 4, column 'global': the parts differ from the globe by 0.300"),
        (3, "199004 600.0 500.0 0.000 100.0", "column 'global': the largest value is 600"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, row, text, message):
    rows = lines()
    rows[row] = text
    path, _ = write(tmp_path, bands=rows)
    with pytest.raises(ReaderError, match=message):
        trendy.read_file(path)


def test_truncated_empty_and_unequal_files(tmp_path):
    path, regions = write(tmp_path, bands=lines()[:-2])
    with pytest.raises(ReaderError, match="row 34, column 'month': the last year ends in 1992-10"):
        trendy.read_file(path)
    path.write_text("\n".join(lines())[:-8])
    with pytest.raises(ReaderError, match="row 36: the last line has no end"):
        trendy.read_file(path)
    path.write_text("")
    with pytest.raises(ReaderError, match="the file is empty"):
        trendy.read_file(path)
    write(tmp_path, bands=lines(1991))
    with pytest.raises(ReaderError, match=r"DGVM_LPJreg_monthly\.csv, column 'month': its months are not those"):
        trendy.read(tmp_path, ["LPJ"])
    other = [row.replace("-1.000", "-0.500").replace("-0.900", "-0.400") for row in lines()]
    write(tmp_path, bands=other)
    with pytest.raises(ReaderError, match="row 7, column 'global': its globe is not that"):
        trendy.read(tmp_path, ["LPJ"])
    with pytest.raises(ReaderError, match="cannot be read"):
        trendy.read(tmp_path, ["OCN"])
    with pytest.raises(ValueError, match="models must be among"):
        trendy.read(tmp_path, ["CABLE"])
    assert regions.exists()


def test_unknown_places(tmp_path):
    write(tmp_path)
    frame = trendy.read(tmp_path, ["LPJ"])
    with pytest.raises(ValueError, match="there is no siberia"):
        trendy.flux(frame, "siberia")
    with pytest.raises(ValueError, match="unit must be"):
        trendy.flux(frame, "global", unit="kg")


# ---- the real files


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    need("trendy-v9-bands")
    return trendy.read()


def test_real_years_and_models(real):
    first = real.groupby("model")["month"].min().astype(str)
    assert first["SDGVM"] == "1900-01"
    assert first["VISIT"] == "1860-01"
    assert (first.drop(["SDGVM", "VISIT"]) == "1700-01").all()
    assert len(real) == 45600
    assert tuple(real["model"].unique()) == trendy.MODELS


def test_real_months_add_up_to_the_workbook(real):
    need("global-carbon-budget-2020")
    ours = season_flux(trendy.flux(real, "global", unit="PgC"), "annual").loc[1960:2019]
    names = {there: here for here, there in trendy.WORKBOOK_NAMES.items()}
    models = carbon_budget.read_models().pivot_table(index="year", columns="model", values="net_land")
    theirs = models.rename(columns=names).loc[1960:2019, list(trendy.MODELS)]
    correlation, bias = ours.corrwith(theirs), (ours - theirs).mean()
    usual = correlation.index.drop(["SDGVM", "ISBA-CTRIP"])
    assert (correlation[usual] > 0.96).all()
    assert (bias[usual].abs() < 0.16).all()
    assert bias["SDGVM"] == pytest.approx(1.33, abs=0.02)
    assert correlation["ISBA-CTRIP"] == pytest.approx(0.686, abs=0.002)
    # the workbook's year of this model runs from July to June
    months = trendy.flux(real, "global", unit="PgC")["ISBA-CTRIP"].dropna()
    moved = months.groupby(pd.PeriodIndex(months.index + 6).year).sum().loc[1961:2019]
    assert moved.corr(theirs["ISBA-CTRIP"].loc[1961:2019]) > 0.99


def test_real_odd_models(real):
    north = trendy.flux(real, "north_of_30", unit="PgC").loc["1980":"2017"]
    by_month = north.groupby(pd.PeriodIndex(north.index).month).mean()
    peak = by_month.idxmax()
    assert peak["YIBs"] == 8
    assert peak.drop("YIBs").isin([6, 7]).all()
    amplitude = by_month.max() - by_month.min()
    assert amplitude["SDGVM"] > 1.4 * amplitude.drop("SDGVM").max()
