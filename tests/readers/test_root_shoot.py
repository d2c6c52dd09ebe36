from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from coldcarbon.readers import ReaderError, root_shoot

PLATEAU = box(80, 28, 104, 40)
MA = '"","latitude","longitude","ratio","vegetationType"\n'
CLIMATE = (
    '"","X.1","ID","X","Longitude","Latitude","Tg","GPP","smlim","ratio","Sand","pH","rzwc","Vegetation.type","AI",'
    '"source","detail_source"\n'
)


def ma(folder: Path, *rows: tuple[object, object, object, str]) -> Path:
    file = folder / "ma.csv"
    file.write_text(MA + "".join(f'"{i}",{a},{b},{c},"{d}"\n' for i, (a, b, c, d) in enumerate(rows, 1)))
    return file


def climate(folder: Path, *rows: dict[str, object]) -> Path:
    usual = {
        "Longitude": 90.0, "Latitude": 32.0, "Tg": 7.0, "GPP": 1.0, "smlim": 0.8, "ratio": '"5.5"', "Sand": "NA",
        "pH": 8.1, "rzwc": 200.0, "Vegetation.type": '"grass"', "AI": 1.5, "source": '"s"', "detail_source": '"d"',
    }  # fmt: skip
    lines = [",".join(str(v) for v in [f'"{i}"', 1, 1, 1, *(usual | row).values()]) for i, row in enumerate(rows, 1)]
    # the order of `usual` is that of the header
    file = folder / "climate.csv"
    file.write_text(CLIMATE + "\n".join(lines) + "\n")
    return file


def test_eta_is_shoot_over_root(tmp_path):
    frame = root_shoot.read_ma2021(ma(tmp_path, (32, 90, 5, "grass"), (32, 90, 0.25, "forest")))
    assert list(frame.columns) == list(root_shoot.COLUMNS)
    assert frame["eta"].tolist() == [0.2, 4.0]
    assert frame.attrs["left_out"] == {}
    assert frame["row_in_file"].tolist() == [2, 3]


def test_what_is_of_no_use_is_named_and_counted_and_no_row_is_lost(tmp_path):
    rows = [{"ratio": '"0. 239"'}, {"ratio": '"0"'}, {"ratio": '"0"'}, {"AI": 0, "rzwc": 0}]
    frame = root_shoot.read_climate(climate(tmp_path, *rows))
    assert list(frame.columns) == list(root_shoot.CLIMATE_COLUMNS)
    assert frame.attrs["left_out"] == {root_shoot.NO_NUMBER: 1, root_shoot.ZERO: 2}
    assert frame["eta"].isna().tolist() == [True, True, True, False]
    assert frame.attrs["zeros"] == {"aridity_pet_per_precipitation": 1, "root_zone_water_capacity_mm": 1}
    assert frame[["aridity_pet_per_precipitation", "root_zone_water_capacity_mm"]].isna().sum().tolist() == [1, 1]
    assert frame["sand_percent"].isna().all()


def test_copies_are_one_measurement_and_neighbours_are_not(tmp_path):
    rows = [
        (31.41, 90.42, 9.895953757, "grass"),
        (31.41, 90.42, 9.9, "grass"),  # rounded by a compiler
        (31.4133, 90.4156, 9.895953757, "grass"),  # more digits of the place
        (31.41, 90.42, 9.8, "grass"),  # another plot
        (31.41, 90.42, 9.9, "shrub"),  # another vegetation
        (33.9, 90.42, 9.9, "grass"),  # another place
        (31.9, 90.9, 9.895953757, "grass"),  # the same nine digits half a degree away
        (31.6, 90.6, 5.0, "grass"),
        (31.9, 90.6, 5.0, "grass"),  # few digits agree by chance
        (30.0, 90.0, 5, "grass"),
        (30.0, 90.0, 4.985, "grass"),  # 5 stands for 5.0
        (30.0, 90.0, 4.6, "grass"),
    ]
    found = root_shoot.plateau_rows(root_shoot.read_ma2021(ma(tmp_path, *rows)), outline=PLATEAU)
    numbers = found["measurement"].tolist()
    assert numbers == [0, 0, 0, 1, 2, 0, 3, 4, 5, 5, 6]  # the shrub is not among the rows
    assert found["measurement"].nunique() == 7


def test_the_number_of_measurements_does_not_depend_on_the_order(tmp_path):
    rng = np.random.default_rng(3)
    exact = rng.lognormal(1.7, 0.6, 30)
    rows = [(round(30 + i / 10, 2), 90.0, repr(float(x)), "grass") for i, x in enumerate(exact)]
    rows += [(a, b, round(float(x), 1), v) for a, b, x, v in rows] * 2
    frame = root_shoot.read_ma2021(ma(tmp_path, *rows))
    numbers = root_shoot.measurement_numbers(frame)
    order = rng.permutation(len(frame))
    again = root_shoot.measurement_numbers(frame.iloc[order])
    assert len(set(numbers)) == len(set(again)) == 30
    assert pd.crosstab(numbers[order], again).gt(0).sum(axis=1).eq(1).all()


def test_rows_of_the_plateau_and_seasons_that_cannot_be_alpine(tmp_path):
    rows = [{}, {"Tg": 28.0}, {"Latitude": 10.0}, {"Vegetation.type": '"forest"'}, {"ratio": '"0"', "Tg": 28.0}]
    found = root_shoot.plateau_rows(root_shoot.read_climate(climate(tmp_path, *rows)), outline=PLATEAU)
    assert found["left_out"].tolist() == ["", root_shoot.TOO_WARM, root_shoot.ZERO]
    assert found.attrs["left_out"] == {root_shoot.TOO_WARM: 1, root_shoot.ZERO: 1}
    assert found["eta"].notna().tolist() == [True, True, False]
    assert found["measurement"].isna().tolist() == [False, False, True]
    assert found.attrs["units"]["eta"].startswith("1 (aboveground")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(95, 90, 1, "grass")], "row 2, column 'latitude': '95' lies outside"),
        ([(32, 90, 1, "grass"), (32, "east", 1, "grass")], "row 3, column 'longitude': 'east' is not a number"),
        ([(32, 90, -1, "grass")], "lies outside 0 to"),
        ([(32, 90, 1, "moss")], "none of forest"),
        ([(32, "", 1, "grass")], "is not a number"),
        ([], "no rows"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path, rows, message):
    with pytest.raises(ReaderError, match=message):
        root_shoot.read_ma2021(ma(tmp_path, *rows))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ReaderError, match="cannot be read"):
        root_shoot.read_ma2021(tmp_path / "absent.csv")
    with pytest.raises(ReaderError, match="missing: 'Latitude'"):
        root_shoot.read_climate(ma(tmp_path, (32, 90, 1, "grass")))
    with pytest.raises(ReaderError, match="'warm' is not a number"):
        root_shoot.read_climate(climate(tmp_path, {"Tg": '"warm"'}))
    frame = root_shoot.read_ma2021(ma(tmp_path, (32, 90, 0, "grass")))
    with pytest.raises(ValueError, match="not above zero"):
        root_shoot.measurement_numbers(frame)
    assert root_shoot.measurement_numbers(frame[:0]).size == 0
