"""Towers in small: a monthly file and the table of towers with the names and quirks of the real ones."""

from pathlib import Path

import numpy as np
import pandas as pd

MISSING = "-9999"
HEADER = [
    "TIMESTAMP",
    "TA_F",
    "TA_F_QC",
    "SW_IN_F",
    "SW_IN_F_QC",
    "VPD_F",
    "P_F",
    "P_F_QC",
    "PPFD_IN",
    "PPFD_IN_QC",
    "TS_F_MDS_1",
    "TS_F_MDS_1_QC",
    "SWC_F_MDS_1",
    "SWC_F_MDS_1_QC",
    "NEE_VUT_REF",
    "NEE_VUT_REF_QC",
    "NEE_VUT_REF_RANDUNC",
    "NEE_VUT_25",
    "NEE_VUT_75",
    "RECO_NT_VUT_REF",
    "GPP_NT_VUT_REF",
    "RECO_DT_VUT_REF",
    "GPP_DT_VUT_REF",
]


def table(first=2001, last=2003) -> pd.DataFrame:
    """NEE -1 - month / 10, GPP 3 and 5, TER 2 and 4; every value a text."""
    months = pd.period_range(f"{first}-01", f"{last}-12", freq="M")
    frame = pd.DataFrame({name: np.full(len(months), "0.5") for name in HEADER}, dtype=object)
    frame["TIMESTAMP"] = [month.strftime("%Y%m") for month in months]
    k = np.arange(len(months))
    frame["NEE_VUT_REF"] = [f"{-1 - m / 10 - i / 1000:.4f}" for i, m in enumerate(months.month)]
    frame["NEE_VUT_25"], frame["NEE_VUT_75"] = "-1.2", "-0.8"
    for name, level in {"GPP_NT_VUT_REF": 3, "GPP_DT_VUT_REF": 5, "RECO_NT_VUT_REF": 2, "RECO_DT_VUT_REF": 4}.items():
        frame[name] = [f"{level + i / 1000:.4f}" for i in k]
    frame["SWC_F_MDS_1"] = [f"{20 + i / 10:.1f}" for i in k]
    frame["P_F"], frame["TA_F"] = "2.0", "-3.5"
    return frame


def write(folder: Path, frame: pd.DataFrame, site="FI-Xyz", years=("2001", "2003")) -> Path:
    path = folder / f"FLX_{site}_FLUXNET2015_SUBSET_MM_{years[0]}-{years[1]}_1-4.csv"
    frame.to_csv(path, index=False)
    return path


def write_sites(folder: Path, *rows: str) -> Path:
    path = folder / "FluxNET_sites.csv"
    header = "SITE_ID,SITE_NAME,FLUXNET2015,FLUXNET-CH4,LOCATION_LAT,LOCATION_LONG,LOCATION_ELEV,IGBP,MAT,MAP"
    rows = rows or ("FI-Xyz,Somewhere,CC-BY-4.0,,61.5,24.5,120,ENF,3,600", "IT-Abc,South,Tier 2,,41,12,,CRO,,")
    path.write_text("\r\n".join([header, *rows]) + "\r\n")
    return path
