"""Where shards and parts are: a path of this machine, or an object of a bucket.

Holds reading, writing and carrying of whole files; knows neither documents nor rows. An address
is an absolute path or scheme://bucket/name, with the options of pyarrow's file systems behind a ?.
"""

import os
import shutil
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

Place = tuple[fs.FileSystem, str]


def below(address: str, *names: str) -> str:
    """The address of what lies below it."""
    place, mark, options = address.partition("?") if "://" in address else (address, "", "")
    return "/".join((place.rstrip("/"), *names)) + mark + options


def parquet_at(address: str) -> pq.ParquetFile:
    """The file, opened; of a bucket only what is asked for is read."""
    system, path = _opened(address)
    return pq.ParquetFile(system.open_input_file(path))


def read(address: str) -> bytes:
    """The whole file."""
    system, path = _opened(address)
    with system.open_input_stream(path) as stream:
        return stream.read()


def put(address: str, content: pa.Buffer | bytes) -> None:
    """The whole file or nothing, also when two workers write the same one, or one is killed."""
    system, path = _opened(address)
    if not isinstance(system, fs.LocalFileSystem):
        with system.open_output_stream(path) as stream:  # an object appears when it is complete
            stream.write(content)
        return
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    writing = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    with writing.open("wb") as stream:
        stream.write(content)
    os.replace(writing, file)


def send(file: Path, address: str) -> None:
    """A copy of a file of this machine there."""
    system, path = _opened(address)
    if isinstance(system, fs.LocalFileSystem):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb") as source, system.open_output_stream(path) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def fetch(address: str, directory: Path) -> int:
    """Everything below the address, copied into the directory of this machine; files copied."""
    system, path = _opened(address)
    wanted = fs.FileSelector(path, recursive=True, allow_not_found=True)
    files = [one for one in system.get_file_info(wanted) if one.type == fs.FileType.File]
    for one in files:
        target = directory / os.path.relpath(one.path, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with system.open_input_stream(one.path) as source, target.open("wb") as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
    return len(files)


def remove(address: str) -> None:
    """Everything below the address, and it."""
    system, path = _opened(address)
    if system.get_file_info(path).type != fs.FileType.NotFound:
        system.delete_dir(path)


def _opened(address: str) -> Place:
    if "://" not in address:
        return fs.LocalFileSystem(), address
    system, path = fs.FileSystem.from_uri(address)
    return system, path
