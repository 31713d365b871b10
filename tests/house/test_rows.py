"""What sign-in, consent and the console owe to security is numbered, and each number has a test
that says it in its name."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = {
    "sign-in, reset and bootstrap": range(228, 243),
    "consent": range(243, 248),
    "the console": range(287, 298),
}
NAMED = re.compile(r"^\s*(?:async )?def test_\w*?row_(\d+)", re.MULTILINE)


def test_every_row_of_sign_in_consent_and_console_is_a_test_by_its_number() -> None:
    found = {int(n) for path in TESTS.rglob("test_*.py") for n in NAMED.findall(path.read_text())}
    missing = {area: sorted(set(rows) - found) for area, rows in ROWS.items()}
    assert missing == {area: [] for area in ROWS}
