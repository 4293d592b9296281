#!/usr/bin/env bash
# The models: every interleaving of small scripts, up to a number of preemptions. LOOM_MAX_PREEMPTIONS
# overrides the number that each script chose for itself. The number of executions is printed with each.
source "$(dirname "$0")/lib.sh"

export RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=target/loom
export VERBOSE=1
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT

models() {
    cargo test --release --test loom -- --nocapture 2>&1 | tee "$printed"
    return "${PIPESTATUS[0]}"
}

# `model NAME: N executions`, more than once where a script is run for both policies.
executions() {
    awk '/model .*: [0-9]+ executions/ { sub(/.*: /, ""); models += 1; sum += $1 }
        END { print sum " executions of " models " models"; exit !sum }' "$printed"
}

check 'models' models
check 'executions' executions
finish
