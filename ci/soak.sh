#!/usr/bin/env bash
# Everything at once for a minute (`SOAK_SECONDS=600 bash ci/soak.sh` for longer), and before that the same with a mistake planted:
# each has to be found, as a check that cannot fail proves nothing.
source "$(dirname "$0")/lib.sh"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}"
soak=$CARGO_TARGET_DIR/release/compio-sync-soak

build() {
    cargo build --release --package compio-sync-soak
}

# `finds MISTAKE WORDS`: the run fails, and says why.
finds() {
    local output status
    output=$("$soak" --for 6s --bound 2s --plant "$1" 2>&1 </dev/null)
    status=$?
    printf '%s\n' "$output"
    [ "$status" -eq 1 ] && printf '%s\n' "$output" | grep --quiet --extended-regexp "$2"
}

run() {
    "$soak" --for "${SOAK_SECONDS:-60}s" </dev/null
}

check 'build' build
check 'finds a permit that is lost' finds leak-permit 'FAILED: .* do not get on'
check 'finds a wake that is forgotten' finds forget-wake 'FAILED: .* do not get on'
check 'finds two that hold a mutex' finds no-lock 'two hold a mutex'
check 'finds a write that is half done' finds torn-write 'a write that is half done'
check 'finds an item that is lost' finds lose-item 'FAILED: .* items were put'
check 'finds a permit that is back too early' finds early-permit 'operations are in use, of'
check 'finds memory that is leaked' finds leak-memory 'FAILED: heap has grown'
check 'finds descriptors that are leaked' finds leak-descriptor 'FAILED: descriptors has grown'
VERBOSE=1
check "soak, ${SOAK_SECONDS:-60} s" run
finish
