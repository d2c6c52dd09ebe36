"""A Zarr store that is filled chunk by chunk, and the record of what is finished.

Beside ``map.zarr`` lie ``map.zarr.progress``, one line of JSON for the fingerprint, one for the variables and one for
each finished chunk, and ``map.zarr.lock``. A line is added after its chunk has been written; a line that an
interruption cut short does not count. Each line holds checksums of the files of its chunk, so that a damaged or missing
file is noticed and the chunk computed again.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xarray as xr

from coldcarbon.grids.chunks import Chunk
from coldcarbon.grids.errors import StoreBusyError, StoreMismatchError

__all__ = ["GridStore"]


class GridStore:
    """One store, held by one process; use it in a ``with`` statement.

    Parameters
    ----------
    path : path
        Folder of the Zarr store.
    fingerprint : mapping
        What the content depends on, fit for JSON; another one than that of an existing store is refused.
    overwrite : bool
        Remove an existing store first.

    Raises
    ------
    StoreBusyError
        On entering, if another process holds it.
    StoreMismatchError
        On entering, if it was made with another fingerprint or not here.
    """

    def __init__(
        self, path: str | os.PathLike[str], fingerprint: Mapping[str, Any], *, overwrite: bool = False
    ) -> None:
        from filelock import FileLock

        self.path = Path(path)
        self.progress = self.path.with_name(self.path.name + ".progress")
        self.fingerprint = json.loads(json.dumps(fingerprint))
        self.schema: dict[str, Any] | None = None
        self.finished: set[str] = set()
        self._overwrite = overwrite
        self._lock = FileLock(self.path.with_name(self.path.name + ".lock"), timeout=0)

    def __enter__(self) -> Self:
        from filelock import Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreBusyError(
                f"{self.path} is being written by another process: wait for it, or give another path"
            ) from None
        try:
            if self._overwrite:
                self._remove()
            self._read()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def create(self, schema: dict[str, Any], template: xr.Dataset, encoding: dict[str, dict[str, Any]]) -> None:
        """Write axes, attributes and empty variables.

        Parameters
        ----------
        schema : dict
            From `schema_of`; kept in the record.
        template : xarray.Dataset
            The whole grid on Dask arrays that are not computed.
        encoding : dict
            Of its variables.
        """
        template.to_zarr(self.path, mode="w", compute=False, consolidated=False, encoding=encoding)
        self.schema, self.finished = schema, set()
        self._rewrite({})

    def write(self, chunk: Chunk, result: xr.Dataset) -> None:
        """Write one chunk, then record it.

        Parameters
        ----------
        chunk : Chunk
            Where it belongs.
        result : xarray.Dataset
            From `checked_result`.
        """
        bare = result.drop_vars(list(result.coords))
        bare.to_zarr(self.path, mode="r+", region=chunk.region, consolidated=False)
        line = json.dumps({"chunk": chunk.key, "files": self._checksums(chunk.row, chunk.column)})
        with self.progress.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.finished.add(chunk.key)

    def open(self) -> xr.Dataset:
        """The store, read chunk by chunk when values are asked for.

        Returns
        -------
        xarray.Dataset
            On Dask arrays with the chunks of the store.
        """
        return xr.open_zarr(self.path, chunks={}, consolidated=False)

    def _read(self) -> None:
        lines = self._lines()
        if not lines:
            if self.path.exists():
                raise StoreMismatchError(
                    f"{self.path} is there but {self.progress.name} is not, so nobody knows what is finished: "
                    "delete it, give another path, or overwrite=True"
                )
            self._rewrite({})
            return
        self._compare(lines[0].get("fingerprint", {}))
        self.schema = next((line["schema"] for line in lines if "schema" in line), None)
        if self.schema is None or not (self.path / "zarr.json").exists():
            self.schema = None
            self._rewrite({})
            return
        recorded = {line["chunk"]: line["files"] for line in lines if "chunk" in line}
        whole = {key: files for key, files in recorded.items() if self._checksums(*_place(key)) == files}
        self.finished = set(whole)
        self._rewrite(whole)

    def _lines(self) -> list[dict[str, Any]]:
        """Lines of the record up to the first that is cut short."""
        if not self.progress.exists():
            return []
        lines = []
        for text in self.progress.read_text(encoding="utf-8", errors="replace").split("\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut short: its chunk is computed again
            if isinstance(line, dict):
                lines.append(line)
        return lines

    def _rewrite(self, finished: Mapping[str, Any]) -> None:
        """Replace the record at one stroke."""
        lines: list[dict[str, Any]] = [{"fingerprint": self.fingerprint}]
        if self.schema is not None:
            lines.append({"schema": self.schema})
        lines += [{"chunk": key, "files": files} for key, files in finished.items()]
        new = self.progress.with_name(self.progress.name + ".new")
        new.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        new.replace(self.progress)

    def _compare(self, earlier: Mapping[str, Any]) -> None:
        differences = list(_differences(earlier, self.fingerprint))
        if differences:
            raise StoreMismatchError(
                f"{self.path} holds another computation: {'; '.join(differences)}. "
                "Give another path to keep it, or overwrite=True to replace it"
            )

    def _checksums(self, row: int, column: int) -> dict[str, int | None]:
        """Checksum of the file of each variable; None where a chunk holds only missing values and has no file."""
        assert self.schema is not None  # noqa: S101 (chunks are recorded after the variables)
        sums: dict[str, int | None] = {}
        for name, variable in self.schema["variables"].items():
            places = [*("0" for _ in variable["sizes"]), str(row), str(column)]
            file = self.path.joinpath(name, "c", *places)
            sums[name] = zlib.crc32(file.read_bytes()) if file.exists() else None
        return sums

    def _remove(self) -> None:
        self.progress.unlink(missing_ok=True)
        if self.path.exists():
            if not self.path.is_dir():
                raise StoreMismatchError(f"{self.path} is a file, not a Zarr store; it is not removed")
            if any(self.path.iterdir()) and not (self.path / "zarr.json").exists():
                raise StoreMismatchError(f"{self.path} holds no Zarr store; it is not removed")
            shutil.rmtree(self.path)


def _place(key: str) -> tuple[int, int]:
    row, column = key.split("/")
    return int(row), int(column)


def _differences(earlier: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> list[str]:
    """What differs between two fingerprints, in words."""
    found = []
    for name in sorted({*earlier, *now}):
        label = f"{within}{name}"
        if name not in earlier:
            found.append(f"{label} is new ({_short(now[name])})")
        elif name not in now:
            found.append(f"{label} was {_short(earlier[name])} and is gone")
        elif isinstance(earlier[name], dict) and isinstance(now[name], dict):
            found += _differences(earlier[name], now[name], f"{label} ")
        elif earlier[name] != now[name]:
            found.append(f"{label} was {_short(earlier[name])}, now {_short(now[name])}")
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
