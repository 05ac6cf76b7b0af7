#!/usr/bin/env bash
# The page of traces in a browser: clicks, keys, searches, links, hostile texts, 100,000 spans, and a picture of each
# view in light and dark, wide and narrow. Installs what it needs: Chromium from Debian's packages, Playwright from npm.
#
# `PICTURES` names the folder for the pictures; without it they are in the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

export CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$CHROMIUM" ]; then
    log=$(mktemp)
    (apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core) >"$log" 2>&1 ||
        { tail -n 20 "$log"; echo "browser: Chromium cannot be installed"; exit 1; }
    CHROMIUM=$(command -v chromium)
fi
npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --loglevel=error

cargo build -q -p traced-tests --bin pages
mkdir -p "$target/browser"
PAGES=$(realpath "$target/browser")
export PAGES PICTURES=${PICTURES:-$PAGES/pictures}
"$target/debug/pages" "$PAGES"
cd tests/browser
node --test --test-concurrency=2 --test-reporter=spec ./*.test.mjs
echo "pictures of all views: $PICTURES"
