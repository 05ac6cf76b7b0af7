#!/usr/bin/env python3
"""Files of at most 400 lines before their tests, functions of at most 40 lines and 5 parameters.

Parameters and, in part, function lengths are also clippy's business (clippy.toml); this looks at what clippy leaves
out: the length of files, and of functions from their signature to their closing brace.
"""

import pathlib
import re
import sys

FILE_LINES = 400
FUNCTION_LINES = 40

FUNCTION = re.compile(r"^(\s*)(?:pub(?:\([^)]*\))?\s+)?(?:const\s+)?(?:async\s+)?(?:extern\s+\"[^\"]*\"\s+)?fn\s+(\w+)")


def code_lines(path):
    """The lines before the first `#[cfg(test)]` that opens a test module."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("#[cfg(test)]"):
            return lines[:number]
    return lines


def functions(lines):
    """Yields each function's name, first line and length, by the indentation that rustfmt gives."""
    for number, line in enumerate(lines):
        found = FUNCTION.match(line)
        if not found:
            continue
        indent = found.group(1)
        for end in range(number, len(lines)):
            if lines[end] == f"{indent}}}" or (end == number and line.rstrip().endswith(("}", ";"))):
                yield found.group(2), number + 1, end - number + 1
                break


def main():
    over = []
    for root in ("macros/src", "runtime/src"):
        for path in sorted(pathlib.Path(root).rglob("*.rs")):
            lines = code_lines(path)
            if len(lines) > FILE_LINES:
                over.append(f"{path}: {len(lines)} lines before its tests, {FILE_LINES} allowed")
            for name, first, length in functions(lines):
                if length > FUNCTION_LINES:
                    over.append(f"{path}:{first}: `{name}` has {length} lines, {FUNCTION_LINES} allowed")
    print("\n".join(over) or "every file and function is within the budget")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
