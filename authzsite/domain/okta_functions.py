"""Okta's functions on text, lists and numbers, by their Okta names.

A missing value (null) never fails: what transforms one text answers null, what joins texts
reads it as empty. Wrong types raise `ExpressionError`. Every result is bounded before it is built.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from authzsite.domain import limits
from authzsite.domain.expression_tokens import ExpressionError

Function = Callable[..., Any]


def to_text(value: Any) -> str:
    """Any scalar as text; null is empty, booleans as Java writes them."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise ExpressionError("expected text, found a list or an object")


def to_list(value: Any) -> list[Any]:
    """A list as it is, null as the empty list."""
    if value is None or isinstance(value, list):
        return value or []
    raise ExpressionError("expected a list")


def to_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ExpressionError("expected a whole number")
    return value


def joined(parts: list[str], separator: str = "") -> str:
    """The parts as one text, measured first."""
    length = sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1)
    if length > limits.MAX_EXPRESSION_TEXT:
        raise ExpressionError(f"text longer than {limits.MAX_EXPRESSION_TEXT} characters")
    return separator.join(parts)


def plus(*values: Any) -> Any:
    """`+`: numbers add up until text appears, then everything joins (as Java does)."""
    total = values[0]
    for value in values[1:]:
        is_sum = _is_number(total) and _is_number(value)
        total = total + value if is_sum else joined([to_text(total), to_text(value)])
    return total


def compare(sign: str, left: Any, right: Any) -> bool:
    """`<` and its kin; a missing value is on neither side of anything (R9)."""
    if left is None or right is None:
        return False
    if not (_is_number(left) and _is_number(right)) and type(left) is not type(right):
        raise ExpressionError(f"'{sign}' needs two numbers or two texts")
    if isinstance(left, list):
        raise ExpressionError(f"'{sign}' doesn't order lists")
    return bool(left == right and "=" in sign) or bool(
        left < right if "<" in sign else left > right
    )


def truth(value: Any) -> bool:
    """A condition; missing is false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ExpressionError("a condition must be true or false")


def elvis(value: Any, default: Any) -> Any:
    """`?:`: the default for null and, as in Spring's language, for empty text."""
    return default if value is None or value == "" else value


def replace(text: Any, match: Any, replacement: Any, count: int = -1) -> str | None:
    """Every (or the first `count`) `match`, plain text; an empty match replaces nothing."""
    if text is None:
        return None
    source, old, new = to_text(text), to_text(match), to_text(replacement)
    found = source.count(old) if old else 0
    if len(source) + found * len(new) > limits.MAX_EXPRESSION_TEXT:
        raise ExpressionError(f"text longer than {limits.MAX_EXPRESSION_TEXT} characters")
    return source.replace(old, new, count) if old else source


def substring(text: Any, start: Any, end: Any = None) -> str | None:
    """From `start` up to, not including, `end`; both are clamped to the text."""
    if text is None:
        return None
    source = to_text(text)
    last = len(source) if end is None else max(0, to_int(end))
    return source[max(0, to_int(start)) : last]


def substring_after(text: Any, search: Any) -> str | None:
    """What follows the first `search`; empty without one."""
    return None if text is None else to_text(text).partition(_needle(search))[2]


def substring_before(text: Any, search: Any) -> str | None:
    """What precedes the first `search`; everything without one."""
    return None if text is None else to_text(text).partition(_needle(search))[0]


def string_switch(text: Any, default: Any, *pairs: Any) -> Any:
    """The value of the first key that the text contains, else the default."""
    if len(pairs) % 2:
        raise ExpressionError("String.stringSwitch needs a value for every key")
    source = to_text(text)
    found = (v for k, v in zip(pairs[::2], pairs[1::2], strict=True) if to_text(k) in source)
    return default if text is None else next(found, default)


def array_remove(values: Any, value: Any) -> list[Any]:
    """Without the first element that equals `value`."""
    items = list(to_list(values))
    at = next((n for n, item in enumerate(items) if _is_same(item, value)), None)
    return items if at is None else items[:at] + items[at + 1 :]


def array_get(values: Any, position: Any) -> Any:
    """The element at a position from 0; null outside."""
    items, at = to_list(values), to_int(position)
    return items[at] if 0 <= at < len(items) else None


def array_flatten(*values: Any) -> list[Any]:
    """Scalars and lists as one list."""
    return [item for v in values for item in (v if isinstance(v, list) else [v])]


def array_contains(values: Any, value: Any) -> bool:
    return any(_is_same(item, value) for item in to_list(values))


def convert_to_int(value: Any) -> int | None:
    """Nearest whole number of 64 bits; halves go away from zero."""
    if value is None:
        return None
    number = int(_decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if abs(number) >= 2**63:
        raise ExpressionError("number too large")
    return number


def convert_to_num(value: Any) -> float | None:
    return None if value is None else float(_decimal(value))


def _decimal(value: Any) -> Decimal:
    text = to_text(value).strip()
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > 18:
        raise ExpressionError(f"{text[:40]!r} is not a number of a usual size")
    return number


def _needle(search: Any) -> str:
    text = to_text(search)
    if not text:
        raise ExpressionError("the text to search for is empty")
    return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_same(one: Any, two: Any) -> bool:
    return bool(one == two) and isinstance(one, bool) == isinstance(two, bool)


def _on_text(change: Callable[[str], str]) -> Function:
    return lambda text: None if text is None else change(to_text(text))


_UPPER: Final = _on_text(str.upper)
_LOWER: Final = _on_text(str.lower)

# Operators first (their names can't be written in an expression), then Okta's names with the
# least and most arguments. The bare names are Okta's deprecated spellings.
OPERATORS: Final[dict[str, Function]] = {
    "plus_": plus,
    "compare_": compare,
    "truth_": truth,
    "elvis_": elvis,
}
PLAIN_FUNCTIONS: Final[dict[str, tuple[Function, int, int | None]]] = {
    "String.append": (lambda a, b: joined([to_text(a), to_text(b)]), 2, 2),
    "String.join": (lambda sep, *s: joined([to_text(x) for x in s], to_text(sep)), 2, None),
    "String.len": (lambda s: len(to_text(s)), 1, 1),
    "String.removeSpaces": (_on_text(lambda s: s.replace(" ", "")), 1, 1),
    "String.replace": (replace, 3, 3),
    "String.replaceFirst": (lambda s, m, r: replace(s, m, r, 1), 3, 3),
    "String.stringContains": (lambda s, x: s is not None and to_text(x) in to_text(s), 2, 2),
    "String.stringSwitch": (string_switch, 2, None),
    "String.substring": (substring, 2, 3),
    "String.substringAfter": (substring_after, 2, 2),
    "String.substringBefore": (substring_before, 2, 2),
    "String.toLowerCase": (_LOWER, 1, 1),
    "String.toUpperCase": (_UPPER, 1, 1),
    "substring": (substring, 2, 3),
    "substringAfter": (substring_after, 2, 2),
    "substringBefore": (substring_before, 2, 2),
    "toLowerCase": (_LOWER, 1, 1),
    "toUpperCase": (_UPPER, 1, 1),
    "Arrays.add": (lambda a, v: [*to_list(a), v], 2, 2),
    "Arrays.remove": (array_remove, 2, 2),
    "Arrays.clear": (lambda a: to_list(a)[:0], 1, 1),
    "Arrays.get": (array_get, 2, 2),
    "Arrays.flatten": (array_flatten, 1, None),
    "Arrays.contains": (array_contains, 2, 2),
    "Arrays.size": (lambda a: len(to_list(a)), 1, 1),
    "Arrays.isEmpty": (lambda a: not to_list(a), 1, 1),
    "Arrays.toCsvString": (lambda a: joined([to_text(x) for x in to_list(a)], ","), 1, 1),
    "Convert.toInt": (convert_to_int, 1, 1),
    "Convert.toNum": (convert_to_num, 1, 1),
    "Convert.fromInt": (lambda n: None if n is None else str(to_int(n)), 1, 1),
    "Convert.toString": (lambda v: None if v is None else to_text(v), 1, 1),
}
