#!/bin/sh
# Installs what the tests need beside Python where that is allowed: Debian or Ubuntu, as root or by sudo.
# Arguments are more programs, whose packages have their names.
set -eu

missing=
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
command -v npm >/dev/null || missing="$missing nodejs npm"
for program in "$@"; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || exit 0
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || exit 0
    as_root="sudo -n"
fi

echo "Installing$missing ..."
$as_root apt-get update -qq || exit 0
for package in $missing; do
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null || echo "Couldn't install $package."
done
