import openpyxl
import pytest

from coldcarbon.readers import ReaderError, carbon_budget
from grid_files import need

HEADER = ["Year", *carbon_budget.BUDGET]


def workbook(path, *, header=HEADER, years=(1959, 1960, 1961), change=None, models=("CLM5.0", "LPJ ")):
    """Three years: fossil 2, land use 1.5, growth 1, ocean 0.8, land 1.2, cement 0.1, imbalance 0.4."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    values = dict(zip(carbon_budget.BUDGET, (2, 1.5, 1, 0.8, 1.2, 0.1, 0.4), strict=True))
    for name in ("Global Carbon Budget", "Historical Budget"):
        sheet = book.create_sheet(name)
        sheet.append([None, "All values in GtC/yr"])
        sheet.append(header)
        for year in years:
            sheet.append([year, *(values.get(column, 0) for column in header[1:])])
        sheet.append(["2020*", "~9.3"])
    for name, level in (("Terrestrial Sink", 3.0), ("Land-Use Change Emissions", 1.0)):
        sheet = book.create_sheet(name)
        extra = ["H&N", "BLUE", "OSCAR", None] if name.startswith("Land") else []
        sheet.append([None, "notes"])
        sheet.append(["Year", "GCB", None, *extra, *models, None, "MMM (multi-model mean)", "Model Spread (sd)"])
        for year in years:
            sheet.append([year, 9, None, *[8] * len(extra), *(level + k for k in range(len(models))), None, 7, 1])
    if change:
        name, cell, value = change
        book[name][cell] = value
    book.save(path)
    return path


def test_budget_and_models(tmp_path):
    path = workbook(tmp_path / "budget.xlsx")
    budget = carbon_budget.read(path)
    assert budget.index.tolist() == [1959, 1960, 1961]
    assert budget.loc[1960, ["land_sink", "land_use_emission", "net_land"]].tolist() == pytest.approx([1.2, 1.5, -0.3])
    assert budget.attrs["left_out"] == {"Global Carbon Budget, row 6": "2020*"}
    assert budget.attrs["units"]["net_land"] == "PgC yr-1"
    models = carbon_budget.read_models(path)
    assert models["model"].unique().tolist() == ["CLM5.0", "LPJ"]
    assert models.iloc[0][["year", "land_sink", "land_use_emission", "net_land"]].tolist() == [1959, 3, 1, 2]
    assert len(models) == 6


def test_early_cells_may_be_empty_in_the_historical_sheet_only(tmp_path):
    path = workbook(tmp_path / "budget.xlsx", change=("Historical Budget", "C3", None))
    assert carbon_budget.read(path, historical=True)["net_land"].isna().tolist() == [True, False, False]
    path = workbook(tmp_path / "budget.xlsx", change=("Global Carbon Budget", "C3", None))
    with pytest.raises(ReaderError, match=r"row 3, .* is not a number"):
        carbon_budget.read(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"header": [n for n in HEADER if n != "land sink"]}, "missing: 'land sink'"),
        ({"years": (1959, 1961)}, "row 4, column 'Year': sheet 'Global Carbon Budget': 1961 follows 1959"),
        ({"years": ()}, "sheet 'Global Carbon Budget' has no years"),
        ({"header": ["Jahr", *HEADER[1:]]}, "has no row that begins with 'Year'"),
        (
            {"change": ("Global Carbon Budget", "F4", "about 1")},
            "row 4, column 'land sink': .*'about 1' is not a number",
        ),
        ({"change": ("Global Carbon Budget", "B4", 9200)}, "row 4, .*9200 lies outside -30 to 30.*all is in PgC"),
    ],
)
def test_bad_workbooks_are_refused_by_name(tmp_path, options, message):
    path = workbook(tmp_path / "budget.xlsx", **options)
    with pytest.raises(ReaderError, match=message):
        carbon_budget.read(path)


def test_sheets_of_other_models_are_refused(tmp_path):
    path = workbook(tmp_path / "budget.xlsx", change=("Terrestrial Sink", "D2", "DLEM"))
    with pytest.raises(ReaderError, match=r"differ in models or years \(CLM5.0, DLEM\)"):
        carbon_budget.read_models(path)


def test_what_is_no_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "budget.xlsx")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ReaderError, match="not a workbook that can be read"):
        carbon_budget.read(path)
    with pytest.raises(ReaderError, match="cannot be read"):
        carbon_budget.read(tmp_path / "absent.xlsx")
    book = openpyxl.Workbook()
    book.save(path)
    with pytest.raises(ReaderError, match="no sheet 'Global Carbon Budget'"):
        carbon_budget.read(path)


def test_the_real_workbook():
    need("global-carbon-budget-2020")
    budget = carbon_budget.read()
    assert (budget.index[0], budget.index[-1], len(budget)) == (1959, 2019, 61)
    mean = budget.loc[2000:2016].mean()
    assert mean["land_sink"] == pytest.approx(3.105, abs=0.001)
    assert mean["net_land"] == pytest.approx(1.622, abs=0.001)
    closed = budget["fossil_emission"] + budget["land_use_emission"] - budget["atmospheric_growth"]
    closed -= budget["ocean_sink"] + budget["land_sink"] + budget["cement_sink"]
    assert (closed - budget["budget_imbalance"]).abs().max() < 1e-6
    assert carbon_budget.read(historical=True).index[0] == 1750
    models = carbon_budget.read_models()
    assert (models["model"].nunique(), len(models)) == (17, 1037)
    sink = models.groupby("year")["land_sink"].mean()
    assert (sink - budget["land_sink"]).abs().max() < 0.01
