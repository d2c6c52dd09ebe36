from pathlib import Path

import numpy as np
import pytest

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError, qtp_stations
from coldcarbon.simulate import yun2024_climate

HERE = catalogue.mode() != "simulated" and catalogue.present(qtp_stations.DATASET)


def write(folder: Path, air: str, ground: str | None = None) -> tuple[Path, Path]:
    files = folder / qtp_stations.AIR, folder / qtp_stations.GROUND
    for file, text in zip(files, (air, air if ground is None else ground), strict=True):
        file.write_text(text)
    return files


def test_two_tables_become_one(tmp_path):
    frame = qtp_stations.read(*write(tmp_path, ",A,B\n2001,NA,1.5\n2002,2,NA\n", ",A,B\n2001,NA,NA\n2002,5,4\n"))
    assert list(frame.columns) == list(qtp_stations.COLUMNS)
    assert frame[["station", "year"]].to_numpy().tolist() == [["A", 2002], ["B", 2001], ["B", 2002]]
    air, ground = qtp_stations.COLUMNS[2:4]
    assert frame[air].tolist()[:2] == [2, 1.5]
    assert frame[ground].iloc[[0, 2]].tolist() == [5, 4]
    assert np.isnan(frame[ground].iloc[1])
    assert frame["air_first_year"].tolist() == [True, True, False]
    assert frame["ground_first_year"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("air", "ground", "words"),
    [
        (",A\n2001,cold\n", None, "is not a number"),
        (",A\n2001,-99\n", None, "lies outside"),
        (",A\n2001,1\n2003,1\n", None, "is not the year after"),
        (",A\nyear,1\n", None, "is not the year after"),
        (",A\n2001,1\n", ",B\n2001,1\n", "are not those of"),
        ("", None, "the file is empty"),
        (",A\n", None, "a header and no rows"),
    ],
)
def test_what_is_no_table_of_stations_is_refused(tmp_path, air, ground, words):
    with pytest.raises(ReaderError, match=words):
        qtp_stations.read(*write(tmp_path, air, ground))


@pytest.mark.skipif(not HERE, reason="needs qtp-stations")
def test_the_real_files_hold_52_stations_and_odd_first_years():
    frame = qtp_stations.read()
    assert list(frame.columns) == list(yun2024_climate.stations(n=2).columns)
    assert frame["station"].nunique() == 52
    assert frame["year"].agg(["min", "max"]).tolist() == [1951, 2010]
    yutian = frame[frame["station"] == "Yutian"].set_index("year")[qtp_stations.COLUMNS[2]].dropna()
    assert yutian.iloc[1] - yutian.iloc[0] > 10
