# Every feature of `traced` but `off`, which would switch all the others off.
EVERY_FEATURE=$(cargo metadata --no-deps --format-version 1 |
    python3 -c '
import json, sys
package = next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "traced")
print(",".join(f"traced/{name}" for name in sorted(package["features"]) if name not in ("off", "default")))')
