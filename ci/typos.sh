#!/usr/bin/env bash
# No word is misspelled that typos.toml does not know.
set -euo pipefail
if ! command -v typos >/dev/null 2>&1; then
    tools=${CARGO_TARGET_DIR:-target}/tools
    [ -x "$tools/bin/typos" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet typos==1.52.0; }
    PATH="$PWD/$tools/bin:$tools/bin:$PATH"
fi
typos
