"""Compiled: the fixed words of canonical text, by number, and how one is written."""

import numpy as np

from moonlanding_assets.source.native import compiled
from moonlanding_assets.source.native_bytes import INT64, Bytes

# Head and tail of a value stand at its kind, and at its kind more TAIL.
TAIL = INT64(12)
(
    TRUE, FALSE, NAN, INFINITY, NEGATIVE_INFINITY, LONGITUDE, VECTOR, VECTOR_END,
    ID, ID_END, PROJECTS, DATABASES, DEFAULT, DOCUMENTS,
) = (INT64(word) for word in range(2 * TAIL, 2 * TAIL + 14))  # fmt: skip
_WORDS = (
    '{"nullValue":null', '{"booleanValue":', '{"integerValue":"', '{"stringValue":"',
    '{"doubleValue":', '{"geoPointValue":{"latitude":', '{"referenceValue":"',
    '{"timestampValue":"', '{"bytesValue":"', '{"mapValue":{"fields":{',
    '{"arrayValue":{"values":[', '{"doubleValue":',
    "}", "}", '"}', '"}', "}", "}}", '"}', '"}', '"}', "}}}", "]}}", "}",
    "true", "false", '"NaN"', '"Infinity"', '"-Infinity"', ',"longitude":',
    '{"mapValue":{"fields":{"__type__":{"stringValue":"__vector__"},"value":'
    '{"arrayValue":{"values":[', "]}}}}}",
    "__id", "__", "projects/", "/databases/", "(default)", "/documents/",
)  # fmt: skip
_BYTES = np.frombuffer("".join(_WORDS).encode(), np.uint8)
_ENDS = np.cumsum([0, *(len(word) for word in _WORDS)])


@compiled
def put(out: Bytes, to: int, word: int) -> int:
    """Writes the word; returns where it ends."""
    for place in range(_ENDS[word], _ENDS[word + 1]):
        out[to] = _BYTES[place]
        to += 1
    return to
