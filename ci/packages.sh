# The packages that can be published, as `-p` arguments, and for each what it has for people.
PUBLISHED=$(cargo metadata --no-deps --format-version 1 |
    python3 -c '
import json, sys
print(" ".join("-p " + p["name"] for p in json.load(sys.stdin)["packages"] if p["publish"] is None))')
