"""One spelling for what applications write: JSON and times mean the same however they are written.

Pure; decides nothing about what a column may hold.
"""

from datetime import UTC, datetime

import orjson

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.times import utc_text
from moonlanding_assets.mapping.transform import SqlValue
from moonlanding_assets.schema.columns import Column


def plain(column: Column, value: SqlValue) -> SqlValue:
    """The value with times as ISO text in UTC and JSON as the migration writes it.

    A time without an offset is UTC; what is no time and no JSON stays as it is.
    """
    if column.meaning == "time":
        return _time(value)
    return _json(value) if column.meaning == "json" else value


def is_same(column: Column, left: SqlValue, right: SqlValue) -> bool:
    """Whether two values of the column mean the same, in kind and in every bit."""
    return ascii(left) == ascii(right) or ascii(plain(column, left)) == ascii(plain(column, right))


def _time(value: SqlValue) -> SqlValue:
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            return utc_text(int(value) * 1000)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if moment.microsecond % 1000:
            return value  # finer than the database keeps times
        text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    except (ValueError, OverflowError, RejectedValue):
        return value if isinstance(value, str) else str(value)


def _json(value: SqlValue) -> SqlValue:
    if not isinstance(value, str):
        return value
    try:
        return orjson.dumps(orjson.loads(value), option=orjson.OPT_SORT_KEYS).decode()
    except ValueError:
        return value
