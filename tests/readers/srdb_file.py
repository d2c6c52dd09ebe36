"""A tiny production file with the quirks of the real one."""

import csv
import io
from pathlib import Path

DEFAULTS = {
    "Record_number": "",
    "Study_number": "10",
    "Author": "Somebody",
    "Contributor": "SB",
    "Duplicate_record": "",
    "Quality_flag": "",
    "Country": "Nowhere",
    "Region": "",
    "Site_name": "Plot",
    "Study_midyear": "2001.5",
    "YearsOfData": "1",
    "Latitude": "45",
    "Longitude": "10",
    "Elevation": "200",
    "Manipulation": "None",
    "Biome": "Temperate",
    "Ecosystem_type": "Forest",
    "Ecosystem_state": "Natural",
    "Leaf_habit": "Deciduous",
    "Stage": "Mature",
    "MAT": "9",
    "MAP": "800",
    "Study_precip": "",
    "Rs_annual": "900",
    "NPP": "600",
    "ANPP": "400",
    "BNPP": "200",
    "NPP_FR": "",
    "Notes": "",
}


def write(folder: Path, *rows: dict[str, str], without: str = "", encoding: str = "utf-8") -> Path:
    names = [name for name in DEFAULTS if name != without]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for number, row in enumerate(rows, start=1):
        fields = DEFAULTS | {"Record_number": str(number)} | row
        writer.writerow([fields[name] for name in names])
    file = folder / "srdb.csv"
    file.write_bytes(text.getvalue().encode(encoding))
    return file
