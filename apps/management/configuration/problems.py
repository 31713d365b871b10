"""What is wrong with a configuration file: all of it, each with its line."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `path` names the member as people write it: `clients[demo-web].type`. Line 0:
    no line of the file is wrong."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        parts = (str(self.line) if self.line else "", self.path, self.message)
        return ": ".join(part for part in parts if part)


class ConfigurationError(Exception):
    """The file can't be carried out; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
