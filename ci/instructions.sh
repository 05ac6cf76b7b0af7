#!/usr/bin/env bash
# Fails when a core scenario executes over 3 % more instructions on the calling thread than at the commit named in
# benches/baseline. Both are built here, with the same toolchain. Moving the baseline is a commit that says why.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -f benches/baseline ]; then
    echo "instructions: skipped, there is no benches/baseline"
    exit 0
fi
if ! command -v valgrind >/dev/null 2>&1; then
    { apt-get update && apt-get install -y valgrind; } >/dev/null 2>&1 || true
fi
if ! command -v valgrind >/dev/null 2>&1; then
    echo "instructions: valgrind is not installed and could not be"
    # Where nobody reads what was skipped, it must not pass.
    [ "${CI:-}" != true ]
    exit
fi

baseline=$(grep -v '^#' benches/baseline | head -n 1)
if ! git cat-file -e "$baseline^{commit}" 2>/dev/null; then
    echo "instructions: benches/baseline names $baseline, which this clone does not have"
    exit 1
fi

root=$(pwd)
target=${CARGO_TARGET_DIR:-$root/target}
folder=$(mktemp -d)
trap 'git -C "$root" worktree remove --force "$folder/tree" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
git worktree add --quiet --detach "$folder/tree" "$baseline"

# $1: source folder, $2: target folder, $3: where the counts go
count() {
    (cd "$1" && CARGO_TARGET_DIR="$2" cargo bench --quiet --package traced-benches --no-default-features \
        --bench instructions -- --caller-only --save "$3" >"$3.log" 2>&1) || { cat "$3.log"; return 1; }
}
count "$folder/tree" "$target/instructions-baseline" "$folder/before"
count "$root" "$target/instructions" "$folder/now"

# Servers and drivers have bounds of their own, beyond the bare router and a driver's double: absolute ones, as
# docs/servers-and-clients.md and benches/README.md state them.
(cd "$root" && CARGO_TARGET_DIR="$target/instructions" cargo bench --quiet --package traced-benches --no-default-features \
    --features servers --bench servers -- --instructions --save "$folder/servers" >"$folder/servers.log" 2>&1) \
    || { cat "$folder/servers.log"; exit 1; }
awk '
    BEGIN {
        bound["traced-tower"] = 8000
        bound["traced-tower__not_sampled_by_the_caller"] = 4500
        bound["traced-tower__not_sampled_by_a_sampler"] = 6200
        bound["traced-tower__not_initialised"] = 2600
        bound["traced-tower__measured"] = 9000
        bound["traced-conventions__query"] = 2500
        bound["traced-redis__command"] = 3600
        print "instructions per call beyond what is wrapped, and the most that is allowed"
    }
    $1 in bound {
        printf "  %-40s %6d %6d%s\n", $1, $2, bound[$1], ($2 > bound[$1] ? "  <- over" : "")
        if ($2 > bound[$1]) failed = 1
        delete bound[$1]
    }
    END {
        for (name in bound) { print "  not measured: " name; failed = 1 }
        exit failed
    }
' "$folder/servers"

awk -v baseline="$baseline" '
    NR == FNR { before[$1] = $2; next }
    FNR == 1 { printf "instructions per span on the calling thread, baseline %s and now\n", substr(baseline, 1, 10) }
    $1 in before {
        change = before[$1] > 0 ? ($2 / before[$1] - 1) * 100 : 0
        # The error scenario allocates, and its count varies by up to 10 % from run to run.
        grew = $2 > before[$1] * ($1 ~ /error/ ? 1.15 : 1.03)
        printf "  %-12s %8.1f %8.1f  %+6.1f %%%s\n", $1, before[$1], $2, change, grew ? "  <- over 3 %" : ""
        failed = failed || grew
        seen++
    }
    END {
        if (!seen) { print "  no scenario in common"; exit 1 }
        exit failed
    }
' "$folder/before" "$folder/now"
