"""The table of ABCflux in small: its columns that are read, one that is not, and its quirks."""

import csv
import io
import zipfile
from pathlib import Path

HEADER = [
    *("site_name", "site_reference", "email", "site_id", "country", "latitude", "longitude", "year", "month", "nee"),
    *("gpp", "reco", "biome", "land_cover_bawld", "permafrost", "disturbance", "flux_method", "partition_method"),
    *("gap_fill_perc_nee", "tair", "precip", "tsoil_surface", "soil_moisture", "ppfd", "data_usage"),
    "extraction_source_co2",
]
DEFAULT = {
    "site_name": "Somewhere",
    "site_reference": "XX-One",
    "email": "secret@example.org",
    "site_id": "NA",
    "country": "Russia",
    "latitude": "68.6",
    "longitude": "161.3",
    "year": "2010",
    "month": "7",
    "nee": "-30",
    "gpp": "-90",
    "reco": "60",
    "biome": "Tundra",
    "permafrost": "Yes",
    "flux_method": "EC",
    "partition_method": "Reichstein",
    "extraction_source_co2": "Fluxnet2015",
}
EXPLANATION = {name: f"What {name} means" for name in HEADER} | {"biome": "Biome of the study site"}


def record(**values: str) -> dict[str, str]:
    return dict.fromkeys(HEADER, "NA") | DEFAULT | values


def encoded(*records: dict[str, str], header: list[str] = HEADER) -> bytes:
    stream = io.StringIO(newline="")
    lines = csv.writer(stream)
    lines.writerow(header)
    lines.writerows([row.get(name, "NA") for name in header] for row in records)
    # ö of an old Macintosh where the text asks for it, UTF-8 elsewhere
    return stream.getvalue().encode("utf-8").replace(b"<mac>", b"\x9a")


def write(folder: Path, *records: dict[str, str], header: list[str] = HEADER) -> Path:
    path = folder / "ABC.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ABC.csv", encoded(*records, header=header))
        archive.writestr("__MACOSX/._ABC.csv", b"\x00")
    return path
