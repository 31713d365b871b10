"""Node with the SDK, unmodified."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import require
from tests.node import SECONDS, installed
from tests.services import find_node

HERE = Path(__file__).parent


def run(script: str, *, url: str, token: str, **world: Any) -> set[str]:
    """Run one of the scripts; the names of the methods that it has called."""
    node = require("Node.js", find_node())
    own = {
        "NODE_PATH": str(installed(HERE)),
        "ORG_URL": url,
        "TOKEN": token,
        "WORLD": json.dumps(world),
    }
    result = subprocess.run(
        [node, str(HERE / script)],
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))
