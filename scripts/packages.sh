#!/bin/sh
# Debian packages: with "fonts" only the Chinese font that the portal itself uses, else also what some tests need.
# Only root can install them; without them those tests say they were skipped, and boards are printed from their page.
set -eu
missing=
if [ "${1:-}" != fonts ]; then
    command -v redis-server >/dev/null || missing="$missing redis-server"
    command -v chromium >/dev/null || missing="$missing chromium"
    command -v gpg >/dev/null || missing="$missing gnupg"
    command -v soffice >/dev/null || missing="$missing libreoffice-calc-nogui"
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx"
    command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
fi
# the file itself and not fc-list, which a slim machine has not
if [ ! -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ]; then missing="$missing fonts-noto-cjk"; fi
if [ -z "$missing" ]; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing ..."
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/tmp/apt.$$ 2>&1; then
        rm -f /tmp/apt.$$
        exit 0
    fi
    tail -5 /tmp/apt.$$ >&2
    rm -f /tmp/apt.$$
fi
if [ "${1:-}" = fonts ]; then
    echo "NOT INSTALLED:$missing. Notice boards can be printed from their page, but not downloaded as PDF." >&2
else
    echo "NOT INSTALLED:$missing. The tests that need them will be skipped, or fail where CI=true." >&2
fi
