"""Large arrays that several processes look at: they lie in a file, and in memory once for all."""

from __future__ import annotations

import mmap
import pickle
from typing import IO, Any

Shared = tuple[bytes, list[tuple[int, int]]]
"""A thing without its arrays, and where in the file each of those begins and ends."""

_EVEN = 64  # arrays begin at such places, so that processors read them at their best


def put(what: object, file: IO[bytes]) -> Shared:
    """Write the arrays of a thing that can be pickled into an empty file."""
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(what, 5, buffer_callback=arrays.append)
    places = []
    file.write(bytes(_EVEN))  # an empty file could not be mapped
    for array in arrays:
        raw = array.raw()
        start = -(-file.tell() // _EVEN) * _EVEN
        file.seek(start)
        file.write(raw)
        places.append((start, start + raw.nbytes))
    file.flush()
    return rest, places


def take(shared: Shared, file: IO[bytes]) -> Any:
    """The thing that `put` gave; its arrays cannot be changed."""
    rest, places = shared
    held = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return pickle.loads(rest, buffers=[held[start:end] for start, end in places])
