#!/bin/sh
# Debian packages that some tests need. Only root can install them; without them those tests say they were skipped.
set -eu
missing=
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || missing="$missing chromium"
command -v soffice >/dev/null || missing="$missing libreoffice-calc-nogui"
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then missing="$missing fonts-noto-cjk"; fi
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
echo "NOT INSTALLED:$missing. The tests that need them will be skipped, or fail where CI=true." >&2
