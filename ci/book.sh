#!/usr/bin/env bash
# The book in `docs/` builds, into the target folder, and none of its links leads nowhere. Its examples and its table of
# contents are checked by the tests of `traced-book`.
set -euo pipefail
. "$(dirname "$0")/tools.sh"
tool mdbook 0.5.4 --no-default-features

book=$(realpath -m "${CARGO_TARGET_DIR:-target}/book")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mdbook build docs --dest-dir "$book" >"$log" 2>&1 || { cat "$log"; exit 1; }
if grep -E 'WARN|ERROR' "$log"; then exit 1; fi

python3 - "$book" <<'PYTHON'
"""Links out of the book lead into the repository; all others to a file and a heading that are there."""
import pathlib, re, sys
book = pathlib.Path(sys.argv[1])
repository = "https://github.com/traced-rs/traced/blob/main/"
def out(link):
    path, hash, heading = link[1].partition("#")
    if path.endswith(".html"):
        path = path.removesuffix(".html") + ".md"
    if not pathlib.Path(path).exists():
        sys.exit(f"the book links to {path}, which is not in the repository")
    return f'href="{repository}{path}{hash}{heading}"'
pages = {}
for page in book.glob("*.html"):
    text = re.sub(r'href="\.\./([^"]+)"', out, page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")
    pages[page.name] = (re.findall(r'(?:href|src)="([^"]+)"', text), set(re.findall(r' id="([^"]+)"', text)))
dead = []
for name, (links, _) in pages.items():
    for link in links:
        path, _, heading = link.partition("#")
        path = path or name
        # The page for addresses that are not there, and the one for printing, have links of their own kind.
        if ":" in link or link.startswith("/") or name in ("404.html", "print.html", "toc.html"):
            continue
        if not (book / path).exists() or (heading and path in pages and heading not in pages[path][1]):
            dead.append(f"{name}: {link}")
print("\n".join(dead) or f"the book has {len(pages)} pages and no dead link: {book}/index.html")
sys.exit(bool(dead))
PYTHON
