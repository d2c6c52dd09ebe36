"""Damages: a name and what it makes of a valid file, with the place that a refusal has to name.

Each damage gives trials: a writer of the damaged file, the place of the damage (row of the file, column) or None, and,
where the damaged value may be taken for the reader's own mark of missing, a writer of the file with that mark.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from samples import Grid, Parquet, RTable, Sample, Sheet, Table, Text

Writer = Callable[[Path], None]
PAGE = b"<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head>\n<body>Try again</body></html>\n"


@dataclass
class Trial:
    """One damaged file. ``same_but_order``: rows may come in another order; ``alike``: another file it may equal."""

    write: Writer
    row: int | None = None
    column: str | None = None
    same_but_order: bool = False
    alike: Writer | None = None
    may_pass: bool = True  # whether the result of the undamaged file is an answer


Damage = Callable[[Sample, Path], Iterator[Trial]]
DAMAGES: dict[str, Damage] = {}
CONCERNS: dict[str, Callable[[Sample], bool]] = {}
"""Which samples a damage can be done to."""


def damage(name: str, concerns: Callable[[Sample], bool] = lambda _: True) -> Callable[[Damage], Damage]:
    def add(make: Damage) -> Damage:
        DAMAGES[name], CONCERNS[name] = make, concerns
        return make

    return add


def _is_text(sample: Sample) -> bool:
    return isinstance(sample.form, Text)


def _is_grid(sample: Sample) -> bool:
    return isinstance(sample.form, Grid)


def _is_table(sample: Sample) -> bool:
    return isinstance(sample.form, Text | Parquet | Sheet | RTable)


def put(content: bytes) -> Writer:
    return lambda path: path.write_bytes(content) and None


# ---- bytes of any file


@damage("empty file")
def _empty(sample: Sample, path: Path) -> Iterator[Trial]:
    yield Trial(put(b""), may_pass=False)


@damage("zero bytes")
def _zeros(sample: Sample, path: Path) -> Iterator[Trial]:
    yield Trial(put(b"\0" * path.stat().st_size), may_pass=False)


@damage("web page in its place")
def _page(sample: Sample, path: Path) -> Iterator[Trial]:
    yield Trial(put(PAGE), may_pass=False)


@damage("truncated")
def _truncated(sample: Sample, path: Path) -> Iterator[Trial]:
    content = path.read_bytes()
    for share in (0.1, 0.5, 0.8, 0.95):
        cut = content[: int(len(content) * share)]
        yield Trial(put(cut.rstrip(b"\r\n")), may_pass=False)  # at the end of a row it is a shorter file


# A tower less is no damage of a folder of towers.
@damage("absent", lambda sample: sample.reader not in ("fluxnet2015.read", "plateau_towers.read"))
def _absent(sample: Sample, path: Path) -> Iterator[Trial]:
    yield Trial(lambda p: p.unlink(), may_pass=False)


# ---- bytes of text


def _text(sample: Sample, path: Path, change: Callable[[bytes], bytes]) -> Writer | None:
    content = sample.form.content(path)
    changed = change(content)
    return None if changed == content else lambda p: sample.form.put(p, changed)


def _of_text(name: str, change: Callable[[bytes, Text], bytes], **options: Any) -> None:
    @damage(name, _is_text)
    def make(sample: Sample, path: Path) -> Iterator[Trial]:
        write = _text(sample, path, lambda content: change(content, sample.form))
        if write:
            yield Trial(write, **options)


def _recoded(content: bytes, form: Text, encoding: str) -> bytes:
    return content.decode(form.encoding).encode(encoding)


_of_text("last character lost", lambda b, f: b.rstrip(b"\r\n")[:-1], may_pass=False)
_of_text("cut within a row", lambda b, f: b[: b.rstrip(b"\r\n").rindex(b"\n") + 9], may_pass=False)
_of_text("UTF-16", lambda b, f: _recoded(b, f, "utf-16"))
_of_text("UTF-16 without mark", lambda b, f: _recoded(b, f, "utf-16-le"))
_of_text("Latin-1 or UTF-8", lambda b, f: _recoded(b, f, "utf-8" if f.encoding == "latin-1" else "latin-1"))
_of_text("byte order mark", lambda b, f: b"\xef\xbb\xbf" + b)
_of_text("line ends of Windows", lambda b, f: b.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
_of_text("line ends of Unix", lambda b, f: b.replace(b"\r\n", b"\n"))
_of_text("line ends of old Macs", lambda b, f: b.replace(b"\r\n", b"\n").replace(b"\n", b"\r"))
_of_text("semicolons between fields", lambda b, f: b.replace(b",", b";"))
_of_text("decimal commas throughout", lambda b, f: b.replace(b",", b";").replace(b".", b","))
_of_text("quotation mark left open", lambda b, f: b[: len(b) * 3 // 4].rpartition(b"\n")[0] + b'\n"' + b[-40:])
_of_text("written twice", lambda b, f: b + b, may_pass=False)
_of_text("blank line within", lambda b, f: b[: b.rindex(b"\n", 0, len(b) * 3 // 4) + 1] + b"\n" + b[-60:])


# ---- tables: text, workbooks, parquet, R


def _saved(sample: Sample, table: Any) -> Writer:
    return lambda path: sample.form.save(path, table)


def _of_table(name: str, change: Callable[[Table, Sample], Iterator[tuple[Table, dict[str, Any]]]]) -> None:
    @damage(name, _is_table)
    def make(sample: Sample, path: Path) -> Iterator[Trial]:
        for changed, options in change(sample.form.load(path), sample):
            yield Trial(_saved(sample, changed), **options)


def _headed(sample: Sample) -> bool:
    return not (isinstance(sample.form, Text) and sample.form.header)


def _reordered(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    order = list(range(len(table.header)))[::-1]
    new = Table([table.header[i] for i in order], [[row[i] for i in order] for row in table.rows])
    yield new, {"may_pass": _headed(sample)}
    if _headed(sample):
        kept = order[-1:] + order[:-1]  # the first stays
        yield Table([table.header[i] for i in kept], [[row[i] for i in kept] for row in table.rows]), {}


def _extra(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if _headed(sample) and "stations" not in sample.reader and "models" not in sample.reader:
        yield Table([*table.header, "Note 2"], [[*row, "1"] for row in table.rows]), {}
    else:
        yield Table([*table.header, "Note 2"], [[*row, "x"] for row in table.rows]), {"may_pass": False}


def _renamed(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    for name in sample.required:
        place = [title.strip() if isinstance(title, str) else title for title in table.header].index(name.strip())
        header = list(table.header)
        header[place] = f"{name} (m)"
        yield Table(header, table.rows), {"may_pass": False}


def _dropped(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    for place, title in enumerate(table.header):
        if not sample.required or (isinstance(title, str) and title.strip() in [n.strip() for n in sample.required]):
            header = [n for i, n in enumerate(table.header) if i != place]
            yield (
                Table(header, [[c for i, c in enumerate(row) if i != place] for row in table.rows]),
                {"may_pass": False},
            )


def _column_twice(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if isinstance(sample.form, Parquet) or not sample.numbers:
        return
    name = sample.numbers[-1]
    place = table.header.index(name)
    yield Table([*table.header, name], [[*row, table.rows[0][place]] for row in table.rows]), {"may_pass": False}


def _shuffled(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    n = len(table.rows)
    order = [(7 * i + 1) % n for i in range(n)] if n % 7 else list(np.roll(range(n), 1))
    options = {"may_pass": False} if sample.ordered else {"same_but_order": True}
    yield Table(table.header, [table.rows[i] for i in order]), options
    yield Table(table.header, table.rows[::-1]), options


def _two_swapped(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    rows = list(table.rows)
    rows[1], rows[2] = rows[2], rows[1]
    yield Table(table.header, rows), {"may_pass": False} if sample.ordered else {"same_but_order": True}


def _row_twice(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    rows = list(table.rows)
    yield Table(table.header, [*rows[:2], rows[1], *rows[2:]]), {"may_pass": False}
    yield Table(table.header, [*rows, rows[0]]), {"may_pass": False}


def _row_lost(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if (sample.ordered and sample.reader != "qtp_active_layer.read") or sample.reader == "cru_normals.read":
        yield Table(table.header, [*table.rows[:1], *table.rows[2:]]), {"may_pass": False}


def _all_twice(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    yield Table(table.header, [*table.rows, *table.rows]), {"may_pass": False}


def _header_only(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    yield Table(table.header, []), {"may_pass": False}


def _short_and_long(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if isinstance(sample.form, Text):
        for change in (lambda row: row[:-1], lambda row: [*row, "1"]):
            rows = [*table.rows[:1], change(table.rows[1]), *table.rows[2:]]
            yield Table(table.header, rows), {"row": table.first + 1, "may_pass": False}


def _swapped_places(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if sample.swap:
        exchange = dict(zip(sample.swap, sample.swap[::-1], strict=True))
        yield Table([exchange.get(name, name) for name in table.header], table.rows), {"may_pass": False}


def _other_unit(table: Table, sample: Sample) -> Iterator[tuple[Table, dict[str, Any]]]:
    if sample.unit:
        name, factor, offset = sample.unit
        place = table.header.index(name)
        new = table.copy()
        for row in new.rows:
            try:
                value = float(row[place]) * factor + offset
            except (TypeError, ValueError):
                continue
            row[place] = f"{value:g}" if isinstance(row[place], str) else value
        yield new, {"may_pass": False}


for _name, _change in {
    "columns in another order": _reordered,
    "an extra column": _extra,
    "a column renamed": _renamed,
    "a column lost": _dropped,
    "a column twice": _column_twice,
    "rows in another order": _shuffled,
    "two rows swapped": _two_swapped,
    "a row twice": _row_twice,
    "a row lost": _row_lost,
    "all rows twice": _all_twice,
    "header only": _header_only,
    "a field too few or too many": _short_and_long,
    "latitude and longitude swapped": _swapped_places,
    "another unit": _other_unit,
}.items():
    _of_table(_name, _change)


def _of_cells(name: str, *values: Any) -> None:
    """A value in the place of a number, in each column of numbers; refused by row and column, or missing as marked."""

    @damage(name, _is_table)
    def make(sample: Sample, path: Path) -> Iterator[Trial]:
        table = sample.form.load(path)
        for column in sample.numbers:
            for value in values:
                row = 2
                if isinstance(sample.form, Text):
                    value = str(value)
                mark = sample.missing
                own = value == mark or (value != value and mark != mark)
                may_miss = sample.may_miss is None or column in sample.may_miss
                if own and may_miss:
                    continue
                alike = None
                if mark is not None and may_miss:
                    alike = _saved(sample, table.set(row, column, mark))
                elif isinstance(sample.form, Sheet) and value == "" and sample.may_miss is None:
                    continue  # an empty cell is the mark of workbooks
                damaged = _saved(sample, table.set(row, column, value))
                if isinstance(sample.form, Sheet) and value in (np.inf, -np.inf):
                    continue  # no cell can hold it
                if value == "" and not _headed(sample):
                    column = None  # blanks between fields: one is missing, and which cannot be told
                named = column.strip() if isinstance(column, str) else column
                yield Trial(damaged, table.first + row, named, alike=alike, may_pass=False)


_of_cells("text in a number", "many")
_of_cells("decimal comma", "3,5")
_of_cells("out of range", 1e12, -1e12)
_of_cells("infinite", np.inf, -np.inf)
_of_cells("missing as elsewhere", -9999, -99999, 1e20)
_of_cells("missing as a word", "NaN", "n/a", "#N/A", "-")
_of_cells("an empty field", "")


# ---- grids


def _of_grid(name: str, change: Callable[[xr.Dataset, Sample], Iterator[tuple[xr.Dataset, dict[str, Any]]]]) -> None:
    @damage(name, _is_grid)
    def make(sample: Sample, path: Path) -> Iterator[Trial]:
        for dataset, options in change(sample.form.load(path), sample):
            yield Trial(_saved(sample, dataset), **options)


REFUSED = {"may_pass": False}


def _first_cell(dataset: xr.Dataset, name: str, value: float) -> xr.Dataset:
    new = dataset.copy(deep=True)
    new[name] = new[name].astype(float)
    new[name][dict.fromkeys(new[name].dims, 1)] = value
    return new


def _values(*values: float) -> Callable[[xr.Dataset, Sample], Iterator[tuple[xr.Dataset, dict[str, Any]]]]:
    def change(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
        for name in sample.numbers:
            for value in values:
                if value == value or sample.missing is None:
                    yield _first_cell(dataset, name, value), {"column": name, **REFUSED}

    return change


def _time(dataset: xr.Dataset) -> list[str]:
    return [name for name in ("time",) if name in dataset.dims and np.issubdtype(dataset[name].dtype, np.datetime64)]


def _grid_renamed(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    if sample.reader != "rasters.read":  # which takes the one variable that is there
        for name in sample.numbers:
            yield dataset.rename({name: "other"}), REFUSED


def _grid_without_axis(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    for name in dataset[sample.numbers[0]].dims:
        if not (sample.reader == "rasters.read" and name == "time"):
            yield dataset.isel({name: 0}, drop=True), REFUSED
            yield dataset.drop_vars(name), REFUSED


def _grid_extra_axis(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    yield dataset.expand_dims(level=[1, 2]), REFUSED


def _grid_transposed(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    yield dataset.transpose(*list(dataset[sample.numbers[0]].dims)[::-1]), {}


def _grid_swapped(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    if sample.swap:
        yield dataset.rename(dict(zip(sample.swap, sample.swap[::-1], strict=True))), REFUSED


def _grid_unit(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    name, factor, offset = sample.unit  # type: ignore[misc]
    for units in ("K", ""):
        new = dataset.copy(deep=True)
        new[name].attrs["units"] = units
        yield new, REFUSED if units or sample.reader != "rasters.read" else {}
    new = dataset.copy(deep=True)
    new[name] = (new[name] * factor + offset).assign_attrs(dataset[name].attrs)
    yield new, REFUSED


def _grid_times(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    for name in _time(dataset):
        options = REFUSED if sample.ordered else {}
        yield dataset.isel({name: slice(None, None, -1)}), options
        twice = xr.concat([dataset, dataset.isel({name: slice(0, 1)})], name)
        yield twice, REFUSED
        if sample.ordered:
            yield dataset.drop_isel({name: 3}), REFUSED
        plain = dataset.assign_coords({name: np.arange(dataset.sizes[name])})
        yield plain, REFUSED


def _grid_rows(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    yield dataset.isel(lat=slice(None, None, -1)), {"same_but_order": True}
    yield dataset.isel(lat=[1, 0, *range(2, dataset.sizes["lat"])]), {"same_but_order": True}
    yield dataset.assign_coords(lat=dataset["lat"] * 1e4), REFUSED
    centres = dataset["lat"].to_numpy().astype(float)
    centres[1] = np.nan
    yield dataset.assign_coords(lat=centres), REFUSED


def _grid_empty(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    for name in _time(dataset) or ["lat"]:
        yield dataset.isel({name: slice(0, 0)}), REFUSED


def _grid_extra(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    yield dataset.assign(note=xr.DataArray(np.zeros(3), dims="n")), {}


def _grid_text(dataset: xr.Dataset, sample: Sample) -> Iterator[tuple[xr.Dataset, dict[str, Any]]]:
    for name in sample.numbers:
        new = dataset.copy()
        new[name] = (dataset[name].dims, dataset[name].to_numpy().astype("U12"), dataset[name].attrs)
        yield new, REFUSED


for _name, _grid_change in {
    "a variable renamed": _grid_renamed,
    "an axis lost": _grid_without_axis,
    "an axis too many": _grid_extra_axis,
    "axes in another order": _grid_transposed,
    "axes of latitude and longitude swapped": _grid_swapped,
    "another unit of a grid": _grid_unit,
    "times out of order, twice, lost, no dates": _grid_times,
    "latitudes out of order or off the globe": _grid_rows,
    "no times or rows": _grid_empty,
    "an extra variable": _grid_extra,
    "text in place of numbers": _grid_text,
    "NaN in a grid": _values(np.nan),
    "out of range in a grid": _values(1e12, -1e12),
    "infinite in a grid": _values(np.inf, -np.inf),
    "missing as elsewhere in a grid": _values(-9999.0, 1e20),
}.items():
    _of_grid(_name, _grid_change)


# ---- arrays, pictures, outlines


def _of_kind(tag: str, name: str, write: Callable[[Path], None], **options: Any) -> None:
    @damage(name, lambda sample: tag in sample.tags)
    def make(sample: Sample, path: Path) -> Iterator[Trial]:
        yield Trial(write, **{"may_pass": False, **options})


def _npz(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with np.load(path) as archive:
            values = archive[archive.files[0]]
        np.savez(path, change(values))

    return write


def _one(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        new = values.astype(float)
        new[1, 1] = value
        return new

    return change


for _name, _array_change in {
    "array transposed": np.transpose,
    "array of another shape": lambda a: a[:-1],
    "array with an axis too many": lambda a: a[None],
    "array of text": lambda a: a.astype("U9"),
    "array with NaN": _one(np.nan),
    "array with infinity": _one(np.inf),
    "array with a code for missing": _one(-9999.0),
    "array out of range": _one(1e12),
    "array in another unit": lambda a: a * 1000.0,
    "array without rows": lambda a: a[:0],
}.items():
    _of_kind("npz", _name, _npz(_array_change))


def _axes_swapped(path: Path) -> None:
    one, other, spare = (path.with_name(name) for name in ("v7_lat_mt.npz", "v7_lon_mt.npz", "spare"))
    one.rename(spare)
    other.rename(one)
    spare.rename(other)


_of_kind("npz", "two arrays in one file", lambda path: np.savez(path, np.zeros((2, 2)), np.ones((2, 2))))
_of_kind("npz", "files of latitude and longitude swapped", _axes_swapped)


def _tiff(values: np.ndarray, **options: Any) -> Callable[[Path], None]:
    from grid_files import write_geotiff

    return lambda path: write_geotiff(path, values, **options)


_NDVI = np.array([[0.5, np.nan, 0.7, 0.8], [0.1, 0.2, 0.3, -3000.0]], "float32")
_of_kind("tiff", "picture of bytes", _tiff(np.zeros((2, 4), "uint8")))
_of_kind("tiff", "picture of whole numbers", _tiff(np.ones((2, 4), "uint16")))
_of_kind("tiff", "picture without a place", _tiff(_NDVI, scale=None))
_of_kind("tiff", "picture in metres", _tiff(_NDVI, keys=(1024, 0, 1, 1, 1025, 0, 1, 1)))


# geotiff.read_band gives whatever the pixels hold
@damage("picture with other values or another shape", lambda sample: sample.reader == "ndvi.read")
def _pictures(sample: Sample, path: Path) -> Iterator[Trial]:
    for values in (_NDVI * 1e4, np.where(_NDVI == 0.5, np.inf, _NDVI), np.where(_NDVI == 0.5, -9999, _NDVI)):
        yield Trial(_tiff(values.astype("float32")), may_pass=False)
    yield Trial(_tiff(_NDVI[:1]), may_pass=False)
    yield Trial(_tiff(_NDVI.T.copy()), may_pass=False)


def _outline(change: Callable[[dict], Any]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        content = json.loads(path.read_text())
        path.write_text(json.dumps(change(content) or content))

    return write


def _ring(content: dict) -> list:
    return content["features"][0]["geometry"]["coordinates"][0]


for _name, _outline_change in {
    "outline with coordinates swapped": lambda c: [point.reverse() for point in _ring(c)] and None,
    "outline in metres": lambda c: [point.__setitem__(0, point[0] * 1e5) for point in _ring(c)] and None,
    "outline with NaN": lambda c: _ring(c)[1].__setitem__(0, float("nan")),
    "outline with text": lambda c: _ring(c)[1].__setitem__(0, "80,5"),
    "outline with an infinite point": lambda c: _ring(c)[1].__setitem__(0, float("inf")),
    "outline twice": lambda c: c["features"].append(c["features"][0]),
    "outline without features": lambda c: c["features"].clear(),
    "outline without coordinates": lambda c: c["features"][0]["geometry"].pop("coordinates") and None,
    "outline out of range": lambda c: _ring(c)[1].__setitem__(0, 1e12),
    "outline that is not closed": lambda c: _ring(c).pop() and None,
}.items():
    _of_kind("geojson", _name, _outline(_outline_change))
