from pathlib import Path

import numpy as np
import pytest

from coldcarbon.readers import ReaderError, cmip6_regional
from grid_files import need


def name_of(variable="npp", experiment="ssp126", region="Permafrost", model="MODEL-A") -> str:
    table = "Amon" if variable == "tas" else "Lmon"
    years = "1850-2014" if experiment == "historical" else "2015-2100"
    return f"CMIP6_{model}_{table}_{experiment}_r1i1p1f2_{variable}_{region}_{years}.txt"


def rows(experiment="ssp126", value=3.0) -> list[str]:
    first, last = cmip6_regional.EXPERIMENTS[experiment]
    return [f"  {year}.0   {value + (year - first) / 1000:.6f} " for year in range(first, last + 1)]


def write(folder: Path, lines: list[str], **parts: str) -> Path:
    path = folder / name_of(**parts)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_models_are_joined_by_year_and_temperature_is_celsius(tmp_path: Path) -> None:
    write(tmp_path, rows(value=3.0))
    write(tmp_path, rows(value=2.5), variable="rh")
    for variable in ("npp", "rh"):
        write(tmp_path, rows(), variable=variable, region="East_Asia")
    write(tmp_path, rows(value=280.0), variable="tas", region="East_Asia")
    table = cmip6_regional.read(tmp_path)
    assert list(table.columns[:4]) == ["model", "experiment", "region", "year"]
    cold = table[table["region"] == "northern permafrost"]
    assert (cold["npp_PgC_per_year"] - cold["rh_PgC_per_year"]).to_numpy() == pytest.approx(np.full(86, 0.5))
    assert cold["air_temperature_degrees_celsius"].isna().all()
    east = table[table["region"] == "East Asia"]
    assert east["air_temperature_degrees_celsius"].iloc[0] == pytest.approx(6.85)
    assert set(table.attrs["units"]) == set(table.columns[4:])


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        (3, "2018.0", "row 4: 1 fields, not 2"),
        (3, "2018.0 3.0 1", "row 4: 3 fields"),
        (3, "2018.0 ***", "row 4, column 'value': '\\*\\*\\*' is not a number"),
        (3, "2018.0 nan", "row 4, column 'value': 'nan' is not a number"),
        (3, "2019.0 3.0", "row 4, column 'year': year 2019 stands where 2018 belongs"),
        (3, "2017.0 3.0", "row 4, column 'year': year 2017"),
        (3, "2018.0 3000", "row 4, column 'npp': 3000 lies outside"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: int, text: str, message: str) -> None:
    lines = rows()
    lines[row] = text
    with pytest.raises(ReaderError, match=message):
        cmip6_regional.read_file(write(tmp_path, lines))


def test_a_cut_off_or_strange_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="85 years, not the 86"):
        cmip6_regional.read_file(write(tmp_path, rows()[:-1]))
    empty = tmp_path / name_of()
    empty.write_text("")
    with pytest.raises(ReaderError, match="empty"):
        cmip6_regional.read_file(empty)
    other = tmp_path / "CMIP6_MODEL-A_Lmon_ssp585_r1i1p1f1_npp_Permafrost_2015-2100.txt"
    other.write_text("2015 3\n")
    with pytest.raises(ReaderError, match="name"):
        cmip6_regional.read_file(other)
    other.rename(tmp_path / name_of("rh"))
    (tmp_path / name_of("rh")).write_bytes(b"2015.0 3\xb70\n")
    with pytest.raises(ReaderError, match="plain text"):
        cmip6_regional.read_file(tmp_path / name_of("rh"))
    with pytest.raises(ReaderError, match="cannot be read"):
        cmip6_regional.read_file(tmp_path / name_of("npp", model="ABSENT"))


def test_a_model_without_one_of_its_files_is_named(tmp_path: Path) -> None:
    write(tmp_path, rows())
    with pytest.raises(ReaderError, match="npp or rh of MODEL-A ssp126 northern permafrost is missing"):
        cmip6_regional.read(tmp_path)


def test_two_members_of_one_model_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, rows())
    path.with_name(path.name.replace("f2", "f1")).write_text("\n".join(rows()) + "\n")
    with pytest.raises(ReaderError, match="two files of MODEL-A ssp126"):
        cmip6_regional.read(tmp_path)


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="no file"):
        cmip6_regional.read(tmp_path)


def test_the_files_are_complete() -> None:
    need("cmip6-regional")
    table = cmip6_regional.read()
    assert table["model"].nunique() == 14
    counts = table.groupby(["experiment", "region"]).size()
    for (experiment, _), count in counts.items():
        first, last = cmip6_regional.EXPERIMENTS[experiment]
        assert count == 14 * (last - first + 1)
    east = table["region"] == "East Asia"
    assert table.loc[east, "air_temperature_degrees_celsius"].between(0, 14).all()
    assert table[["npp_PgC_per_year", "rh_PgC_per_year"]].stack().between(1, 13).all()
