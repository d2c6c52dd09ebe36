"""The transect's file in small, with its quirks and with what must be refused; the real one where it is here."""

import numpy as np
import pandas as pd
import pytest
import rdata

from coldcarbon.readers import ReaderError, tibet_transect
from grid_files import need


def rows() -> pd.DataFrame:
    """Two sites with two layers each, the lower first, and a layer of another study."""
    table = []
    for site, vegetation in (("10", "Alpine steppe: Stipa purpurea"), ("2", "Alpine meadow: Kobresia pygmaea")):
        for top, bottom, carbon in ((30.0, 50.0, 1.16413913995761), (0.0, 10.0, 2.41)):
            row = {"entry_name": "Chen_2021", "site_name": site, "pro_veg_note": vegetation, "curator_email": "a@b.c"}
            for source, low, high in (*tibet_transect._SITE_NUMBERS.values(), *tibet_transect._LAYER_NUMBERS.values()):
                row[source] = (low + high) / 2
            row |= {"lyr_top": top, "lyr_bot": bottom, "lyr_c_org": carbon, "pro_bd_0_cm_SG": 135.0}
            table.append(row | {"pro_corg_0_cm_SG": 4.0, "pro_lat": 31.0 + float(site) / 10})
    other = table[0] | {"entry_name": "Other_2000", "pro_lat": -60.0}
    return pd.DataFrame([*table, other])


def write(folder, table):
    path = folder / "layers.rds"
    texts = table.columns[table.dtypes == "str"]  # a factor is all that the writer can make of them
    rdata.write_rds(path, table.astype(dict.fromkeys(texts, "category")))
    return path


def test_sites_and_layers_are_tidy_and_in_order(tmp_path):
    transect = tibet_transect.read(write(tmp_path, rows()))
    assert len(transect) == 2
    assert transect.sites["site"].tolist() == ["transect-02", "transect-10"]
    assert transect.sites["vegetation"].tolist() == ["meadow", "steppe"]
    assert transect.layers["top_cm"].tolist() == [0, 30, 0, 30]
    assert transect.layers["organic_carbon_calculated"].tolist() == [False, True, False, True]
    assert transect.sites["gridded_bulk_density_g_per_cm3_0_cm"].tolist() == pytest.approx([1.35, 1.35])
    assert transect.sites["gridded_carbon_g_per_kg_0_cm"].tolist() == pytest.approx([20, 20])
    assert transect.layers["ph"].isna().all()
    assert not any("email" in name or "curator" in name for name in (*transect.sites, *transect.layers))
    assert set(transect.sites.attrs["units"]) <= set(transect.sites)
    assert tuple(transect.sites) == tibet_transect.SITE_COLUMNS
    assert tuple(transect.layers) == tibet_transect.LAYER_COLUMNS


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("lyr_c_org", np.nan, "row 1, column 'lyr_c_org': nan is not a number"),
        ("lyr_sand_tot_psa", 540.0, "column 'lyr_sand_tot_psa'"),
        ("pro_BIO1_C_WC2.1", 9999.0, "column 'pro_BIO1_C_WC2.1'"),
        ("pro_veg_note", "Alpine desert: nothing", "neither alpine meadow nor alpine steppe"),
        ("site_name", "x", "'x' is not a number"),
        ("pro_lat", 33.3, "transect-10 has two places or climates"),
        ("lyr_top", 0.0, "transect-10 has a layer twice"),
    ],
)
def test_bad_values_are_refused_by_name(tmp_path, column, value, message):
    table = rows()
    table.loc[0, column] = value
    with pytest.raises(ReaderError, match=message):
        tibet_transect.read(write(tmp_path, table))


def test_files_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "other.rds"
    path.write_bytes(b"nonsense")
    with pytest.raises(ReaderError, match="not a serialised R table"):
        tibet_transect.read(path)
    rdata.write_rds(path, np.arange(3))
    with pytest.raises(ReaderError, match="not a table"):
        tibet_transect.read(path)
    with pytest.raises(ReaderError, match="missing: 'pro_lat'"):
        tibet_transect.read(write(tmp_path, rows().drop(columns="pro_lat")))
    with pytest.raises(ReaderError, match="no rows of Chen_2021"):
        tibet_transect.read(write(tmp_path, rows().assign(entry_name="Other_2000")))


def test_the_real_file_is_what_the_module_says():
    need("tibet-transect")
    transect = tibet_transect.read()
    sites, layers = transect.sites, transect.layers
    assert sites["vegetation"].value_counts().to_dict() == {"steppe": 16, "meadow": 14}
    assert layers[["top_cm", "bottom_cm"]].drop_duplicates().to_numpy().tolist() == [[0, 10], [30, 50]]
    assert layers.groupby("top_cm")["organic_carbon_calculated"].sum().to_dict() == {0: 0, 30: 30}
    texture = layers[["sand_percent", "silt_percent", "clay_percent"]].sum(axis=1)
    assert texture.between(99.89, 100.11).all()
    name = "gridded_{}_{}_cm".format
    carbon, density, stones = (
        (sites[name(part, 0)] + sites[name(part, 10)]) / 2
        for part in ("carbon_g_per_kg", "bulk_density_g_per_cm3", "coarse_percent")
    )
    stock = carbon * density * 10 * (1 - stones / 100) / 100
    given = sites["gridded_carbon_stock_0_10_cm_kg_per_m2"]
    assert np.corrcoef(stock, given)[0, 1] > 0.99
    assert abs(stock.mean() / given.mean() - 1) < 0.05
    reported = sites["mean_annual_precipitation_mm"]
    assert np.corrcoef(reported, sites["bio12"])[0, 1] > 0.9
    assert np.corrcoef(reported, sites["cru_suspect_precipitation_mm"])[0, 1] < 0
    assert np.corrcoef(reported, sites["gpp_g_C_per_m2_per_day"])[0, 1] > 0.8
    assert np.corrcoef(reported, sites["potential_evapotranspiration_mm_per_year"])[0, 1] < -0.5
    assert sites["gpp_g_C_per_m2_per_day"].between(0.3, 1.4).all()
