#!/bin/sh
# .venv with the pinned requirements of the given file; does nothing while the files are unchanged.
set -eu
cd "$(dirname "$0")/.."
wanted=$1
sum=$(cat requirements.txt "$wanted" | sha256sum | cut -c1-16)
stamp=".venv/.installed-$wanted-$sum"
if [ -e "$stamp" ] && .venv/bin/python -c "" 2>/dev/null; then exit 0; fi

python=
for candidate in python3.11 python3 python3.12 python3.13; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed (python3.11 was not found on the PATH)." >&2
    exit 1
fi
if ! .venv/bin/python -c "" 2>/dev/null; then
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "Installing $wanted into .venv ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
rm -f .venv/.installed-"$wanted"-*
touch "$stamp"
