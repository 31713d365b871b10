"""Node with the SDK: installed once for each lock file, into a folder that git ignores."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.conftest import require
from tests.docs.blocks import ROOT
from tests.services import find_node

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json")
SECONDS = 100


def run(script: str, *, url: str, token: str, **world: Any) -> set[str]:
    """Run one of the scripts; the names of the methods that it has called."""
    node = require("Node.js", find_node())
    own = {
        "NODE_PATH": str(installed() / "node_modules"),
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


def installed() -> Path:
    """The folder with the packages of the lock file."""
    mark = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    folder = ROOT / "var" / "node" / mark[:16]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        for name in FILES:
            shutil.copy(HERE / name, fresh)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=fresh, check=True, capture_output=True, timeout=SECONDS)
        try:
            fresh.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return folder
