"""Packages of Node, pinned with their digests: installed once for each lock file, into a folder
that git ignores."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.docs.blocks import ROOT

FILES = ("package.json", "package-lock.json")
SECONDS = 100


def installed(lock: Path) -> Path:
    """The folder with the packages of the lock file beside `package.json` in `lock`."""
    mark = hashlib.sha256(b"".join((lock / name).read_bytes() for name in FILES)).hexdigest()
    folder = ROOT / "var" / "node" / mark[:16]
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        for name in FILES:
            shutil.copy(lock / name, fresh)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=fresh, check=True, capture_output=True, timeout=SECONDS)
        try:
            fresh.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return folder / "node_modules"
