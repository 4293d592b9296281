#!/usr/bin/env bash
# README's test command, and the tests of what measures: that approaches which lose wakes are seen to, and that figures are filled in right.
source "$(dirname "$0")/lib.sh"

VERBOSE=1
check 'cargo test' cargo test
check 'cargo test, benches' cargo test -p compio-sync-benches --test approaches --test figures --test regressions
finish
