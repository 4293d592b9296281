#!/usr/bin/env bash
# The models: every interleaving of small scripts, up to a number of preemptions. LOOM_MAX_PREEMPTIONS
# overrides the number that each script chose for itself. The number of executions is printed with each.
source "$(dirname "$0")/lib.sh"

export RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=target/loom
VERBOSE=1
check 'models' models cargo test --release --test loom -- --nocapture
finish
