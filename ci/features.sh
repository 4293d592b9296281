#!/usr/bin/env bash
# Every combination of features, also of those of compio's driver that any crate of a program may turn on.
source "$(dirname "$0")/lib.sh"

std_alone() {
    local tree
    tree=$(cargo tree --no-default-features --edges normal --prefix none) || return
    printf '%s\n' "$tree"
    [ "$(printf '%s\n' "$tree" | wc -l)" -eq 1 ]
}

clippy() {
    cargo clippy --lib "$@" -- -D warnings
}

check 'no dependency without default features' std_alone
check 'compio without a driver' clippy --no-default-features --features compio
check 'compio, polling only' clippy --no-default-features --features compio,compio-driver/polling
check 'io_uring and polling' clippy --features compio-driver/polling
# The suites start the examples, which `--tests` alone does not build.
check 'examples without default features' cargo build --no-default-features --examples
check 'suites without default features' cargo test --no-default-features --tests
finish
