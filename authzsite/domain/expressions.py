"""Claim expressions: Okta's language, evaluated by a kept CEL engine (a Rust crate in a wheel).

It was chosen over the pure Python implementation for speed (2 µs instead of hundreds), and
because it bounds recursion and arithmetic itself. CEL has no loops; its macros can't be reached
(see `expression_syntax`), so an evaluation is linear in the text and bounded by `limits`.

Context: `user`, `appuser`, `app`, `org` as mappings or None; `groups` as `{id: name}`; `now` as
an aware datetime. A missing attribute is null, and a null result leaves the claim out.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import cel

from authzsite.domain import limits
from authzsite.domain.expression_syntax import Arity, Reader
from authzsite.domain.expression_tokens import ExpressionError, tokenize
from authzsite.domain.okta_context_functions import CONTEXT_FUNCTIONS, Surroundings, iso_8601
from authzsite.domain.okta_functions import OPERATORS, PLAIN_FUNCTIONS

__all__ = ["FUNCTION_NAMES", "Expression", "ExpressionError", "compile_expression"]

_ARITIES: Final = {
    name: Arity(least, most)
    for name, (_, least, most) in (PLAIN_FUNCTIONS | CONTEXT_FUNCTIONS).items()
}
FUNCTION_NAMES: Final = tuple(sorted(_ARITIES))

_ENGINE_MESSAGES: Final[dict[type[BaseException], str]] = {
    ZeroDivisionError: "division by zero",
    OverflowError: "number out of range",
    TypeError: "operands of types that don't go together",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; evaluating it changes nothing, so threads may share it."""

    text: str
    program: cel.Program
    paths: tuple[tuple[str, tuple[str, ...]], ...]
    """CEL variable and the attribute path it stands for."""
    functions: tuple[tuple[str, str], ...]
    """CEL function and the name in the table it stands for."""

    def evaluate(self, context: Mapping[str, object]) -> object:
        """The claim's value: text, number, boolean, a list of those, or None to leave it out.

        Raises `ExpressionError` and nothing else.
        """
        failures: list[ExpressionError] = []
        names: dict[str, Any] = {name: _value(_at(context, path)) for name, path in self.paths}
        if self.functions:
            surroundings = _surroundings(context)
            for cel_name, name in self.functions:
                names[cel_name] = _guarded(name, surroundings, failures)
        try:
            result = _run(self.program, names)
        except ExpressionError as error:
            failures.append(error)  # often the consequence of an earlier one
        if failures:
            raise failures[0]
        return _claim(result)


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression | ExpressionError:
    """The expression, or the error that says what is wrong with it and where. Cached."""
    try:
        return _compiled(text)
    except ExpressionError as error:
        return error


def _compiled(text: str) -> Expression:
    if not 0 < len(text) <= limits.MAX_EXPRESSION_LENGTH:
        raise ExpressionError(f"must have 1 to {limits.MAX_EXPRESSION_LENGTH} characters")
    reader = Reader(tokenize(text), _ARITIES)
    source = reader.read()
    used = [(name, name) for name in OPERATORS if f"{name}(" in source]
    return Expression(
        text=text,
        program=_program(source),
        paths=tuple((name, path) for path, name in reader.paths.items()),
        functions=(*used, *reader.called.items()),
    )


def _program(source: str) -> cel.Program:
    try:
        return cel.compile(source)
    except BaseException as error:
        raise _translated(error, "too complex or not well-formed") from None


def _run(program: cel.Program, names: dict[str, Any]) -> object:
    try:
        return program.execute(names)
    except BaseException as error:
        raise _translated(error, "could not be evaluated") from None


def _translated(error: BaseException, otherwise: str) -> BaseException:
    """The engine's failure as ours. A panic in Rust arrives as a bare BaseException."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    return ExpressionError(_ENGINE_MESSAGES.get(type(error), otherwise))


def _surroundings(context: Mapping[str, object]) -> Surroundings:
    groups, now = context.get("groups"), context.get("now")
    return Surroundings(
        groups=groups if isinstance(groups, Mapping) else {},
        now=now if isinstance(now, datetime) else None,
    )


def _guarded(
    name: str, surroundings: Surroundings, failures: list[ExpressionError]
) -> Callable[..., Any]:
    """The function as CEL calls it: failures are kept aside, never raised through Rust."""

    def call(*arguments: Any) -> Any:
        try:
            return _bounded(_apply(name, surroundings, arguments))
        except ExpressionError as error:
            failures.append(error)
        except Exception as error:  # a foreign type in an attribute; Rust would print it
            failures.append(ExpressionError(f"{name.rstrip('_')}: {type(error).__name__}"))
        return None

    return call


def _apply(name: str, surroundings: Surroundings, arguments: tuple[Any, ...]) -> Any:
    if name in OPERATORS:
        return OPERATORS[name](*arguments)
    if name in PLAIN_FUNCTIONS:
        return PLAIN_FUNCTIONS[name][0](*arguments)
    return CONTEXT_FUNCTIONS[name][0](surroundings, *arguments)


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > limits.MAX_EXPRESSION_TEXT:
        raise ExpressionError(f"text longer than {limits.MAX_EXPRESSION_TEXT} characters")
    if isinstance(value, list) and len(value) > limits.MAX_EXPRESSION_ITEMS:
        raise ExpressionError(f"more than {limits.MAX_EXPRESSION_ITEMS} items")
    return value


def _at(context: Mapping[str, object], path: tuple[str, ...]) -> object:
    """The attribute, or None where any part of the path is missing; only mappings are entered."""
    value: object = context
    for name in path:
        if type(value) is not dict and not isinstance(value, Mapping):  # the first is faster
            return None
        value = value.get(name)
    return value


def _value(value: object) -> Any:
    """An attribute in a type that the engine knows; what has no such type becomes an object."""
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in _bounded(list(value))]
    return _plain(value)


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return _bounded(str(value))
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ExpressionError("number out of range")
    if isinstance(value, datetime):
        return iso_8601(value)
    return value if value is None or isinstance(value, bool | int | float) else {}


def _claim(result: object) -> object:
    """The result, if a claim may hold it."""
    if isinstance(result, list):
        return [_scalar(item) for item in result]
    return None if result is None else _scalar(result)


def _scalar(value: object) -> object:
    is_scalar = isinstance(value, str | bool | int | float)
    if not is_scalar or (isinstance(value, float) and not math.isfinite(value)):
        raise ExpressionError("the result is neither text, a number, a boolean nor a list of them")
    return value
