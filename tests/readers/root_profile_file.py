"""A tiny root profile file with the quirks of the real one."""

import csv
import io
from pathlib import Path

DEFAULTS = {
    "  ID": "TG01",
    "Schenk_Jackson_2002": "YES",
    "Reference": "Planted 2001",
    "location": "Somewhere, Else",
    "Latitude": "45",
    "Longitude": "-100.5",
    "Elevation": "1200",
    "MaxDiameter": "Total",
    "Measurement": "mass",
    "Totmass": "1.5",
    "Sampdepth": "1",
    "Sampmax": "no",
    "Texture": "medium",
    "Depth_org_horizon": "0",
    "Broadleaved_trees": "0",
    "Needleleaved_trees": "0",
    "Shrubs": "0",
    "Semi_shrubs": "0",
    "Grasses": "1",
    "Forbs": "1",
    "Succulents": "0",
    "Tree_phenology": "-999",
    "Anthropogenic": "N",
    "Wetland": "N",
    "Vegetation": "Grassland",
    "UMD_cover": "10",
    "PET": "1000",
    "MAP": "600",
    "Rainfall_season ": "summer maximum",
    "D50": "0.1",
    "D95": "0.5",
    "D50_extrapolated": "0.12",
    "D95_extrapolated": "0.8",
}
NO_PLACE = dict.fromkeys(("Latitude", "Longitude", "PET", "MAP", "Rainfall_season "), "-999")
TROPICAL = {"  ID": "RE19z", "Vegetation": "EBL forest / tropica"}


def write(folder: Path, *rows: dict[str, str], without: str = "", encoding: str = "latin-1") -> Path:
    names = [name for name in DEFAULTS if name.strip() != without]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[(DEFAULTS | row)[name] for name in names] for row in rows])
    file = folder / "root_profiles.csv"
    file.write_bytes(text.getvalue().encode(encoding))
    return file
