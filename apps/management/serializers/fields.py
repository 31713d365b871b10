"""Fields that take a JSON type as it is: nothing is coerced but what is documented (row 277)."""

import re
from typing import Any

from rest_framework import serializers

_DIGITS = re.compile(r"[0-9]{1,12}")
REQUIRED: dict[str, Any] = {"required": "is required", "null": "must not be null"}


class Text(serializers.CharField):
    """A text, as it was written: not trimmed; what it may say is the services' business."""

    def __init__(self, **options: Any) -> None:
        messages = {**REQUIRED, "invalid": "must be a text"}
        given: dict[str, Any] = {"trim_whitespace": False, "allow_blank": True}
        super().__init__(**(given | {"error_messages": messages} | options))

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class TextList(serializers.ListField):
    """A list of texts."""

    def __init__(self, **options: Any) -> None:
        messages = {**REQUIRED, "not_a_list": "must be a list of texts"}
        given: dict[str, Any] = {"child": Text(), "error_messages": messages}
        super().__init__(**(given | options))


class Seconds(serializers.IntegerField):
    """A whole number, also as a text of digits, as one of Identity Cloud's guides writes it."""

    def __init__(self, **options: Any) -> None:
        messages = {**REQUIRED, "invalid": "must be a whole number of seconds"}
        super().__init__(error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and _DIGITS.fullmatch(data):
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class WholeNumber(serializers.IntegerField):
    """A whole number: no text, no fraction, and no truth."""

    def __init__(self, **options: Any) -> None:
        messages = {**REQUIRED, "invalid": "must be a whole number"}
        super().__init__(error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    """true or false, not merely truthy."""

    def __init__(self, **options: Any) -> None:
        messages = {**REQUIRED, "invalid": "must be true or false"}
        super().__init__(error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data
