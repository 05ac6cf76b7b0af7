#!/usr/bin/env python3
"""A module of `runtime/src` imports only from its own layer or a lower one.

Reads the `use crate::` lines. The layers are those of ARCHITECTURE.md; a module that is missing here fails the check.
"""

import pathlib
import re
import sys

LAYERS = [
    ["id", "kind", "value", "clock", "status", "diagnostics", "fork"],
    ["site", "wire", "limits", "context", "baggage", "trace_state", "sampler", "provider", "ids", "filter", "processor",
     "resource"],
    ["outbox"],
    ["local", "span", "outcome", "future", "stream", "carry", "macros", "parent"],
    ["pipeline", "export", "stats"],
    ["relation", "propagate", "config", "env", "integrate", "testing", "init", "signal", "console", "otlp_http", "waterfall",
     "file", "zipkin", "memory", "otlp_grpc"],
]
"""What one layer up may be used all the same, with the reason."""
ALLOWED = {
    ("processor", "span"): "a processor is shown the span that starts",
    ("processor", "export"): "ended spans reach a processor as they reach exporters",
    ("local", "span"): "a start shows the span to the processors",
    ("stats", "init"): "the counters are those of the installed pipeline",
}
EDGE_EXPORTERS = {"console", "otlp_http", "waterfall", "file", "zipkin", "memory", "otlp_grpc"}
IMPORT = re.compile(r"\bcrate::(?:\{([^}]*)\}|(\w+)(?:::(\w+))?)")


def layer_of(module):
    for number, names in enumerate(LAYERS):
        if module in names:
            return number
    return None


def module_of(path, root):
    parts = path.relative_to(root).with_suffix("").parts
    if parts[0] == "export" and len(parts) > 1 and parts[1] in EDGE_EXPORTERS:
        return parts[1]
    return parts[0]


def imports(text):
    for group, first, second in IMPORT.findall(text):
        names = [(name.strip().split("::") + [""])[:2] for name in group.split(",")] if group else [[first, second]]
        for name, below in names:
            if name == "export" and below in EDGE_EXPORTERS:
                yield below
            elif name:
                yield name


def main():
    root = pathlib.Path("runtime/src")
    wrong = []
    for path in sorted(root.rglob("*.rs")):
        module = module_of(path, root)
        if module in ("lib", "__rt"):
            continue
        here = layer_of(module)
        if here is None:
            wrong.append(f"{path}: module `{module}` has no layer in ci/layers.py")
            continue
        code = path.read_text(encoding="utf-8").split("#[cfg(test)]\nmod")[0]
        code = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("//"))
        for name in sorted(set(imports(code))):
            there = layer_of(name)
            if there is not None and there > here and (module, name) not in ALLOWED:
                wrong.append(f"{path}: layer {here} (`{module}`) imports layer {there} (`{name}`)")
    print("\n".join(wrong) or "every import is from the same or a lower layer")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
