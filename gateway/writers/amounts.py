"""Amounts of money in a question, and the ranges of amounts that the rows of a table speak of."""

import re

_AMOUNT = r"(?:(?:[A-Z]{3}|[$€£])\s?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_ASKED = re.compile(_AMOUNT)
_ABOVE = re.compile(rf"\b(?:above|over|more than|exceeding|from)\s+{_AMOUNT}", re.IGNORECASE)
_UP_TO = re.compile(rf"\b(?:up to|below|under|less than|not exceeding|at most)\s+{_AMOUNT}", re.IGNORECASE)


def amounts(text: str) -> list[float]:
    """The amounts with a currency in a text."""
    return [_value(found) for found in _ASKED.findall(text)]


def fits(row: str, asked: list[float]) -> bool | None:
    """Whether a row's range ("above USD 1,000 up to USD 25,000") holds one of the amounts; None without a range."""
    above, up_to = _ABOVE.search(row), _UP_TO.search(row)
    if not asked or (above is None and up_to is None):
        return None
    low = _value(above.group(1)) if above else float("-inf")
    high = _value(up_to.group(1)) if up_to else float("inf")
    return any(low < amount <= high for amount in asked)


def _value(text: str) -> float:
    return float(text.replace(",", ""))
