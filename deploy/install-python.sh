#!/bin/sh
# Makes .venv and installs exactly what a lock file says: install-python.sh deploy/requirements.lock
set -eu
lock=$1
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Python 3.11 or newer is needed; name one with: make run PYTHON=/path/to/python3" >&2
    exit 1
}

if [ ! -x .venv/bin/python ]; then
    echo "Making .venv ..."
    "$python" -m venv .venv 2>/dev/null || {
        rm -rf .venv
        command -v uv >/dev/null || {
            echo "python3 -m venv doesn't work here; on Debian: apt-get install python3-venv" >&2
            exit 1
        }
        uv venv --quiet --python "$python" .venv
    }
fi

echo "Installing $lock ..."
if command -v uv >/dev/null; then
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
fi
