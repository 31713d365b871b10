"""The four commands as functions: load, plan, apply, and what both say."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.management.configuration.addresses import address_problems
from apps.management.configuration.carrier import CONFIGURATION, Carrier, NewSecret
from apps.management.configuration.carry_out import carry_out
from apps.management.configuration.current import read_current
from apps.management.configuration.document import read_document
from apps.management.configuration.items import Document
from apps.management.configuration.names import ClientNames
from apps.management.configuration.plan import Change, count, differences
from apps.management.configuration.policy_tests import not_listed, run_tests
from apps.management.configuration.problems import ConfigurationError, Problem
from apps.management.configuration.references import References
from apps.management.configuration.source import read_source
from apps.servers.services import ensure_installation
from apps.servers.services.tested import broken_so_far, whole_change
from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import Entry
from apps.systemlog.record import record


@dataclass(slots=True)
class Result:
    """What a file would change or has changed."""

    changes: list[Change]
    secrets: list[NewSecret] = field(default_factory=list)
    failed_tests: list[Problem] = field(default_factory=list)
    tests: int = 0

    @property
    def counts(self) -> Mapping[str, int]:
        """How many objects are created, updated, deleted."""
        return count(self.changes)


class _Undo(Exception):
    """Nothing of this may stay."""


def apply(data: bytes, *, prune: bool = False, name: str = "") -> Result:
    """Carry a file out. Raises ConfigurationError, and then nothing has changed."""
    read = _read(data)
    with use(RequestContext(kind="JOB")), whole_change():
        ensure_installation()
        result, problems = _carry_out(*read, prune=prune)
        if problems := [*problems, *result.failed_tests]:
            raise ConfigurationError(problems)
        if result.changes:
            record(_entry(data, result, prune=prune, name=name))
    return result


def plan(data: bytes, *, prune: bool = False) -> Result:
    """What `apply` would do, found by doing it and taking everything back. Raises likewise."""
    read = _read(data)
    try:
        with whole_change():
            ensure_installation()
            result, problems = _carry_out(*read, prune=prune)
            raise _Undo
    except _Undo:
        if problems:
            raise ConfigurationError(problems) from None
        return result


def drift(data: bytes, *, prune: bool = False) -> Result:
    """The differences alone: reads, and takes no lock."""
    wanted, problems = read_document(read_source(data))
    clients = ClientNames(wanted)
    current = read_current(wanted, clients, prune=prune)
    problems += References(wanted, current, clients, prune=prune).problems()
    if problems:
        raise ConfigurationError(problems)
    return Result(differences(wanted, current, prune=prune))


def _read(data: bytes) -> tuple[Document, list[Problem]]:
    """The document, and what is wrong with it: before any transaction, as it resolves names."""
    wanted, problems = read_document(read_source(data))
    return wanted, [*problems, *address_problems(wanted)]


def _carry_out(
    wanted: Document, problems: list[Problem], *, prune: bool
) -> tuple[Result, list[Problem]]:
    """Inside a transaction: the result, and every mistake."""
    clients = ClientNames(wanted)
    current = read_current(wanted, clients, prune=prune)
    problems += References(wanted, current, clients, prune=prune).problems()
    result = Result(differences(wanted, current, prune=prune))
    run = Carrier(clients)
    run.problems = problems
    carry_out(run, result.changes)
    result.secrets = run.secrets
    if not run.problems:
        servers = wanted.items("authorizationServers")
        result.tests = sum(len(server.sections.get("tests", ())) for server in servers)
        result.failed_tests = run_tests(servers) + not_listed(broken_so_far(), servers)
    return result, run.problems


def _entry(data: bytes, result: Result, *, prune: bool, name: str) -> Entry:
    debug: dict[str, Any] = {
        "file": name[-200:] or None,
        "sha256": hashlib.sha256(data).hexdigest(),
        "prune": prune,
        **result.counts,
    }
    return Entry("system.configuration.apply", CONFIGURATION, debug=debug)
