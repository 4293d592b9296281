#!/usr/bin/env bash
# The suites of what waits, wakes and relays, under each doorbell, and with the polling driver, which compio falls back to where
# io_uring cannot be had.
source "$(dirname "$0")/lib.sh"

suites=(semaphore mutex rwlock condvar notify event rendezvous cells cancellation held relay)

run() {
    local suite arguments=()
    for suite in "${suites[@]}"; do
        arguments+=(--test "$suite")
    done
    COMPIO_SYNC_QUICK=1 cargo test "${arguments[@]}" "$@"
}

if [ "$(uname -s)" = Linux ]; then
    for doorbell in eventfd futex waker; do
        export COMPIO_SYNC_DOORBELL=$doorbell
        check "rung by $doorbell" run
    done
    unset COMPIO_SYNC_DOORBELL
    export COMPIO_SYNC_DRIVER=poll
    check 'polling driver' run --features compio/polling
    export COMPIO_SYNC_DRIVER=io-uring
    check 'io_uring driver, with polling compiled in' run --features compio/polling
else
    check 'as it is' run
fi
finish
