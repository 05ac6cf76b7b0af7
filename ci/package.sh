#!/usr/bin/env bash
# Every package that can be published is packed into its tarball and built from it, has the texts of its licences, and
# says where it comes from; the links of the README lead into the repository where it is the front page of the docs.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
# shellcheck disable=SC2086
cargo package --quiet --allow-dirty $PUBLISHED
cargo metadata --no-deps --format-version 1 | python3 -c '
import json, pathlib, re, sys, tarfile
metadata = json.load(sys.stdin)
wrong = []
for package in (p for p in metadata["packages"] if p["publish"] is None):
    name = package["name"]
    for field in ("description", "license", "repository", "documentation", "rust_version"):
        if not package[field]:
            wrong.append(f"{name}: no {field}")
    if "docs" not in (package["metadata"] or {}):
        wrong.append(f"{name}: no [package.metadata.docs.rs]")
    version = package["version"]
    files = tarfile.open(pathlib.Path(metadata["target_directory"], "package", f"{name}-{version}.crate"))
    for text in ("LICENSE-MIT", "LICENSE-APACHE"):
        try:
            packed = files.extractfile(f"{name}-{version}/{text}").read()
        except KeyError:
            packed = None
        if packed != pathlib.Path(text).read_bytes():
            wrong.append(f"{name}: its {text} is not that of the repository")
targets = lambda page: re.findall(r"^\[([^\]]+)\]: ", pathlib.Path(page).read_text(encoding="utf-8"), re.M)
for target in set(targets("README.md")) ^ set(targets("runtime/docs/links.md")):
    wrong.append(f"{target} is a link of one of README.md and runtime/docs/links.md, not of both")
readme = pathlib.Path("README.md").read_text(encoding="utf-8")
for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", readme):
    wrong.append(f"README.md: write the link to {target} as [text][{target}], so that it leads somewhere from the docs")
for target in targets("README.md"):
    if not pathlib.Path(target).exists():
        wrong.append(f"README.md: there is no {target}")
print("\n".join(wrong) or "every tarball builds and is complete")
sys.exit(bool(wrong))'
