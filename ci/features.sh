#!/usr/bin/env bash
# Without default features the crate is std alone, and passes the same suite.
source "$(dirname "$0")/lib.sh"

std_alone() {
    local tree
    tree=$(cargo tree --no-default-features --edges normal --prefix none) || return
    printf '%s\n' "$tree"
    [ "$(printf '%s\n' "$tree" | wc -l)" -eq 1 ]
}

check 'no dependency without default features' std_alone
check 'suites without default features' cargo test --no-default-features --tests
finish
