#!/usr/bin/env bash
# Models with many threads and random operations, in random orders; see tests/shuttle/main.rs. SHUTTLE_ITERATIONS is how many
# orders of each, and `bash ci/shuttle.sh NAME` runs those models only that have it in their names. A failure prints how to
# replay it.
source "$(dirname "$0")/lib.sh"

export RUSTFLAGS='--cfg shuttle' CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/shuttle"
export SHUTTLE_ITERATIONS="${SHUTTLE_ITERATIONS:-15000}"

# The crate without compio, whose tasks are not of the models' making. Optimized, but with the assertions of a debug build.
VERBOSE=1
check 'models' models \
    cargo test --no-default-features --release --config profile.release.package.compio-sync.debug-assertions=true \
    --test shuttle -- --nocapture "$@"
finish
