"""Transforms of years and months.

Holds no moment (times.py). Text that names two years, or none, is refused.
"""

import re

from moonlanding_assets.errors import RejectedValue
from moonlanding_assets.mapping.numbers import to_integer
from moonlanding_assets.mapping.transform import SqlValue, Transform, Value, string_back

_YEAR = re.compile(r"\b(?:19|20)[0-9][0-9]\b")
_FINANCIAL_YEAR = re.compile(r"(?:FY ?)?((?:19|20)[0-9][0-9])", re.IGNORECASE)


def to_four_digit_year(value: Value) -> SqlValue:
    """The year as four digits, from a number or from text that names exactly one year.

    >>> to_four_digit_year({"doubleValue": 2024.0}), to_four_digit_year({"stringValue": "FY: 2024"})
    ('2024', '2024')
    """
    if "stringValue" not in value:
        return _year_number(value)
    text = value["stringValue"]
    if not text.strip():
        return None
    found = _YEAR.findall(text)
    if len(found) != 1:
        raise RejectedValue("not_one_year")
    return str(found[0])


def _year_number(value: Value) -> str | None:
    year = to_integer(value)
    if year is None:
        return None
    if not 1900 <= int(year) <= 2099:
        raise RejectedValue("not_one_year")
    return str(year)


def to_financial_year(value: Value) -> SqlValue:
    """The financial year (March to February) as four digits, from 2025, "2025" or "FY2025".

    >>> to_financial_year({"stringValue": "FY 2025"}), to_financial_year({"integerValue": "2025"})
    ('2025', '2025')
    """
    if "stringValue" not in value:
        return _year_number(value)
    text = value["stringValue"].strip()
    if not text:
        return None
    found = _FINANCIAL_YEAR.fullmatch(text)
    if found is None:
        raise RejectedValue("not_a_financial_year")
    return found.group(1)


four_digit_year = Transform("four_digit_year", "text", to_four_digit_year, string_back)
financial_year = Transform("financial_year", "text", to_financial_year, string_back)
