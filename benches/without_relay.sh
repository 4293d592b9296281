#!/usr/bin/env bash
# What the relay costs a wait and a wake of one thread, where it has nothing to do: examples/same_thread.rs, built with
# the crate's default features and without, both run in turn.
#
#     benches/without_relay.sh [RUNS [JSON]]
#
# Prints the best time of each and the median of its runs, and with valgrind the instructions, which do not vary. JSON is a file to
# write them to, of the same shape as those of the benches.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-40}
json=${2:-/dev/null}
target=${CARGO_TARGET_DIR:-target}

# Each in a directory of its own, as the second would replace the first.
cargo build --quiet --release -p compio-sync-benches --example same_thread --target-dir "$target/with-relay"
cargo build --quiet --release -p compio-sync-benches --example same_thread --target-dir "$target/without-relay" \
    --no-default-features
with=$target/with-relay/release/examples/same_thread
without=$target/without-relay/release/examples/same_thread

times=$(mktemp)
trap 'rm -f "$times"' EXIT
best() { awk -v name="$1" '$1 == name && (!best || $2 < best) { best = $2 } END { print best }' "$times"; }
median() {
    awk -v name="$1" '$1 == name { print $2 }' "$times" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | awk '/Collected/ { print $NF }'
}
# The difference of two lengths leaves out what is done once. The program runs 20 batches.
each() { echo "$(instructions "$1" 3200 "$2") $(instructions "$1" 1600 "$2")" | awk '{ print ($1 - $2) / (2 * 20 * 1600) }'; }
compare() { awk -v a="$2" -v b="$3" -v what="$1" 'BEGIN {
    printf "  %-24s with %8.2f   without %8.2f   %+.1f %%\n", what, a, b, (a / b - 1) * 100 }'; }

# One candidate of the file.
candidate() {
    local figures="{ \"name\": \"CPU time\", \"median\": $(median "$2"), \"best\": $(best "$2") }"
    if command -v valgrind >/dev/null; then
        figures+=", { \"name\": \"instructions\", \"median\": $(each "${!2}" "$pairs") }"
    fi
    printf '{ "candidate": "%s", "figures": [%s] }' "$1" "$figures"
}

cat >"$json" <<END
{
  "format": 1,
  "date": "$(date --utc +%Y-%m-%dT%H:%M:%SZ)",
  "machine": {
    "cpu": "$(sed -n '/^model name/{s/.*: *//p;q}' /proc/cpuinfo)",
    "cores": $(nproc),
    "kernel": "$(uname -sr)",
    "rustc": "$(rustc --version)",
    "load": $(cut -d ' ' -f 1 /proc/loadavg)
  },
  "settings": { "rounds": $runs },
  "rows": [
END
comma=''

echo "A wait and a wake between two tasks of one runtime, shared form, $runs runs of each:"
for pairs in 1 32; do
    : >"$times"
    for ((run = 0; run < runs; run++)); do
        # Now the one goes first, now the other.
        order=(with without)
        ((run % 2)) && order=(without with)
        for name in "${order[@]}"; do
            echo "$name $("${!name}" 16000 $pairs)" >>"$times"
        done
    done
    echo "pairs of tasks: $pairs"
    compare 'ns of CPU time, best' "$(best with)" "$(best without)"
    compare 'ns of CPU time, median' "$(median with)" "$(median without)"
    if command -v valgrind >/dev/null; then
        compare 'instructions' "$(each "$with" $pairs)" "$(each "$without" $pairs)"
    fi
    printf '%s    { "id": "pairs-%d", "unit": "ns", "candidates": [\n      %s,\n      %s\n    ] }' "$comma" "$pairs" \
        "$(candidate compio-sync with)" "$(candidate 'compio-sync without relay' without)" >>"$json"
    comma=$',\n'
done
printf '\n  ]\n}\n' >>"$json"
