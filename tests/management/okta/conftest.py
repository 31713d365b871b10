"""A program that may do everything, and one that may only look."""

import pytest

from tests.factories import make_user
from tests.management.okta.caller import Program, a_superusers_program, program_of


@pytest.fixture
def api() -> Program:
    """A superuser's program."""
    return a_superusers_program()


@pytest.fixture
def auditor() -> Program:
    """The program of an administrator who may only look."""
    return program_of(make_user(is_staff=True))
