"""Profiles as read from the tiny file."""

from pathlib import Path

import pandas as pd
import pytest

from coldcarbon.readers import root_profiles
from root_profile_file import NO_PLACE, TROPICAL, write


@pytest.fixture
def quirky(tmp_path: Path) -> pd.DataFrame:
    return root_profiles.read(
        write(
            tmp_path,
            TROPICAL | {"Rainfall_season ": "non-tropical,", "Latitude": "15"},
            TROPICAL | {"Rainfall_season ": "tropical, seas", "Latitude": "10"},
            {"  ID": "WC19a", "Vegetation": "ENL plantation / tem", "Anthropogenic": "Y", **NO_PLACE},
            {"  ID": "TG02", "Reference": "Pietikäinen  & Finér 1999", "Elevation": "300-600", "D50": "0"},
            {"  ID": "D05", "Elevation": "119 m", "Sampmax": "yes", "UMD_cover": "-999", "Totmass": "-999"},
        )
    )
