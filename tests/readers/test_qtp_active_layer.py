from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers import qtp_active_layer as soil
from coldcarbon.simulate import yun2024_climate

T = "soil_temperature_degrees_celsius"
HEADER = ["Year", "Month", "Day", "10cmGT", "50cmGT"]
HERE = catalogue.mode() != "simulated" and catalogue.present(soil.DATASET)


def write(folder: Path, rows, header=HEADER, sheet="Ch04", place="Ch04 (LDH)") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append(header)
    for row in rows:
        page.append(row)
    file = folder / soil.WORKBOOK
    book.save(file)
    header = "Site Name,Latitude (°N),Longitude (°E),Vegetation,Soil Type\n"
    (folder / soil.PLACES).write_text(header + f"{place},31.82,91.74,Alpine wet meadow,Entisols\n", encoding="utf-8")
    return file


def days(first: str, last: str, f) -> list:
    return [[d.year, d.month, d.day, f(d), f(d) / 2] for d in pd.date_range(first, last)]


def test_rows_become_days_and_depths(tmp_path):
    rows = [[2002, 1, 1, -6.0, -2.0, None], [2002, 1, 2, None, -2.5, None]]
    frame = soil.read(write(tmp_path, rows, [*HEADER, None]), sheets=["Ch04"])
    assert list(frame.columns) == list(soil.COLUMNS)
    assert set(frame.attrs["units"]) <= set(frame.columns)
    assert frame[T].tolist()[:2] == [-6.0, -2.0]
    assert np.isnan(frame[T].iloc[2])
    assert frame["depth_cm"].tolist() == [10, 50, 10, 50]
    assert set(frame["site"]) == {"Liangdaohe"}
    assert set(frame["vegetation"]) == {"Alpine wet meadow"}


def test_years_that_repeat_each_other_are_marked_on_both_sides(tmp_path):
    rng = np.random.default_rng(1)
    rows = days("2005-01-01", "2006-12-31", lambda _: round(rng.normal(), 4))
    start, n = 100, 30
    for i in range(start, start + n):
        rows[365 + i][3:] = rows[i][3:]
    rows[365 + 300][3:] = rows[300][3:]  # one day alone is chance
    frame = soil.read(write(tmp_path, rows), sheets=["Ch04"])
    marked = frame.loc[frame["repeated"], "date"].dt.day_of_year.unique()
    assert set(marked) == set(range(start + 1, start + n + 1))
    assert frame["repeated"].sum() == 2 * 2 * n


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        ([[2002, 1, 1, "cold", 1]], HEADER, "'cold' is not a number"),
        ([[2002, 1, 1, 99, 1]], HEADER, "99 lies outside"),
        ([[2002, 2, 30, 1, 1]], HEADER, "is no date"),
        ([[2002, 1, 2, 1, 1], [2002, 1, 1, 1, 1]], HEADER, "is no date after"),
        ([[2002, 1, 1, 1, 1]], ["Year", "Month", "Day", "top", "50cmGT"], "is no depth"),
        ([[2002, 1, 1, 1, 1]], ["Year", "Month", "Day", "10cmGT", None], "without a depth"),
        ([[2002, 1, 1, 1, 1]], ["Date", "Month", "Day", "10cmGT", "50cmGT"], "Year, Month, Day"),
        ([], HEADER, "holds no temperatures"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, rows, header, words):
    with pytest.raises(ReaderError, match=words):
        soil.read(write(tmp_path, rows, header), sheets=["Ch04"])


def test_missing_sheets_places_and_files_are_named(tmp_path):
    file = write(tmp_path, [[2002, 1, 1, 1, 1]])
    with pytest.raises(ReaderError, match="no sheet 'QT09'"):
        soil.read(file, sheets=["QT09"])
    with pytest.raises(ValueError, match="not \\['Nowhere'\\]"):
        soil.read(file, sheets=["Nowhere"])
    with pytest.raises(ReaderError, match="has no site"):
        soil.read(write(tmp_path, [[2002, 1, 1, 1, 1]], place="elsewhere"), sheets=["Ch04"])
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(ReaderError, match="is no workbook"):
        soil.read(tmp_path / "text.xlsx", tmp_path / soil.PLACES)


def test_depth_between_sensors_is_linear_and_beyond_is_missing(tmp_path):
    rows = [[2002, 1, 1, -6.0, -2.0], [2002, 1, 3, 0.0, 4.0]]
    frame = soil.read(write(tmp_path, rows), sheets=["Ch04"])
    daily = soil.at_depth(frame, 30)
    assert daily["Liangdaohe"].iloc[[0, 2]].tolist() == pytest.approx([-4, 2])
    assert np.isnan(daily["Liangdaohe"].iloc[1])  # a day without a row
    assert soil.at_depth(frame, 10)["Liangdaohe"].iloc[0] == -6
    assert soil.at_depth(frame, 60)["Liangdaohe"].isna().all()


def test_seasons_and_the_year_of_the_winter():
    dates = pd.date_range("2001-01-01", "2003-12-31", name="date")
    season = np.where((dates.month >= 5) & (dates.month <= 9), 100, 0)
    daily = pd.DataFrame({"A": season + dates.year + 0.5 * (dates.month >= 10)}, index=dates)
    growing = soil.season_means(daily).query("season == 'growing'")
    assert growing["mean"].tolist() == [2101, 2102, 2103]
    assert set(growing["days"]) == {153}
    winters = {w: soil.season_means(daily, winter=w).query("season == 'non_growing'") for w in soil.Winter.__args__}
    assert winters["ends"]["year"].tolist() == [2002, 2003]
    assert winters["starts"]["year"].tolist() == [2001, 2002]
    assert winters["ends"]["mean"].tolist() == winters["starts"]["mean"].tolist()
    assert winters["calendar"]["year"].tolist() == [2001, 2002, 2003]
    halves = 92 * 2001.5 + 120 * 2002  # October to December, January to April
    assert winters["ends"]["mean"].iloc[0] == pytest.approx(halves / 212)


def test_seasons_with_too_few_days_are_left_out():
    dates = pd.date_range("2001-01-01", "2001-12-31", name="date")
    daily = pd.DataFrame({"A": 1.0}, index=dates)
    daily.loc["2001-06-01":"2001-06-20"] = np.nan
    assert len(soil.season_means(daily).query("season == 'growing'")) == 0
    assert len(soil.season_means(daily, least_share=0.8).query("season == 'growing'")) == 1
    with pytest.raises(ValueError, match="winter is"):
        soil.season_means(daily, winter="none")
    with pytest.raises(ValueError, match="least_share"):
        soil.season_means(daily, least_share=0)


@pytest.mark.skipif(not HERE, reason="needs qtp-active-layer")
def test_the_real_file_has_the_gap_and_the_copy_of_liangdaohe():
    frame = soil.read(sheets=["Ch04", "QT09", "TSHAL"])
    assert list(frame.columns) == list(yun2024_climate.soil_temperature(sheets=["Ch04"]).columns)
    copies = frame.loc[frame["repeated"]]
    assert set(copies["site"]) == {"Liangdaohe"}
    assert set(copies["date"].dt.year) == {2005, 2006}
    growing = soil.season_means(soil.at_depth(frame, 30)).query("season == 'growing'")
    years = growing.groupby("site")["year"].apply(list)
    assert years["Liangdaohe"] == [2002, 2003, *range(2005, 2019)]
    assert years["Xidatan"] == list(range(2011, 2019))
    assert years["Tianshuihai"] == [2016, 2017, 2018]
