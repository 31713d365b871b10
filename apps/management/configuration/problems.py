"""What is wrong with a configuration file: all of it, each with its line."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `path` names the member as people write it: `clients[demo-web].type`."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.line}: {self.path}: {self.message}"
            if self.path
            else f"{self.line}: {self.message}"
        )


class ConfigurationError(Exception):
    """The file can't be carried out; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
