import numpy as np
import pytest

from coldcarbon.readers import ReaderError, gistemp
from grid_files import need

HEADER = ",".join(["Year", *gistemp.COLUMNS])


def write(folder, *rows, header=HEADER):
    path = folder / "zones.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def row(year, value=".5"):
    return ",".join([str(year), *[value] * 14])


def test_anomalies_by_year(tmp_path):
    frame = gistemp.read(write(tmp_path, row(2000, "-.15"), row(2001, "1.2")))
    assert list(frame.columns) == list(gistemp.COLUMNS)
    assert frame.loc[2000].tolist() == [-0.15] * 14
    np.testing.assert_allclose(gistemp.band_mean(frame, 50, 90), [-0.15, 1.2])


def test_a_band_weights_zones_by_their_area(tmp_path):
    frame = gistemp.read(write(tmp_path, row(2000, "0")))
    frame["64N-90N"] = 1.0
    part = (1 - np.sin(np.radians(64))) / (1 - np.sin(np.radians(50)))
    assert gistemp.band_mean(frame, 50, 90).item() == pytest.approx(part)
    assert gistemp.band_mean(frame, 65, 70).item() == 1
    with pytest.raises(ValueError, match="a band needs"):
        gistemp.band_mean(frame, 90, 50)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((row(2000), row(2002)), "row 3, column 'Year': 2002 follows 2000"),
        ((row(2000), row("MM")), "row 3, column 'Year': 'MM' is no year"),
        ((row(2000), row(2001, "***")), "row 3, column 'Glob': '\\*\\*\\*' is not a number"),
        ((row(2000), row(2001, "98")), "row 3, column 'Glob': '98' lies outside -15 to 15"),
        ((row(2000), row(2001)[:-6]), "row 3: 13 fields where the header has 15"),
        ((), "a header and no rows"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, rows, message):
    with pytest.raises(ReaderError, match=message):
        gistemp.read(write(tmp_path, *rows))


def test_missing_zones_and_files(tmp_path):
    with pytest.raises(ReaderError, match="row 1: missing: '44N-64N'"):
        gistemp.read(write(tmp_path, row(2000), header=HEADER.replace("44N-64N", "45N-64N")))
    with pytest.raises(ReaderError, match="cannot be read"):
        gistemp.read(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(ReaderError, match="the file is empty"):
        gistemp.read(tmp_path / "empty.csv")


def test_the_real_file():
    need("gistemp-zonal")
    frame = gistemp.read()
    assert (frame.index[0], frame.index[-1], frame.shape) == (1880, 2020, (141, 14))
    # the means of broad zones follow from those of narrow ones
    assert (gistemp.band_mean(frame, 24, 90) - frame["24N-90N"]).abs().max() < 0.1
    assert (gistemp.band_mean(frame, -90, 90) - frame["Glob"]).abs().max() < 0.1
    assert abs(frame.loc[1951:1980].mean()).max() < 0.02
