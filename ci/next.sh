#!/usr/bin/env bash
# The same source on the next compio, whose versions no requirement of ours admits before it is released: the crate, and the
# suites of what waits, wakes and relays. (The tests of held buffers name methods that are in other traits there.)
source "$(dirname "$0")/lib.sh"

next=$(mktemp -d)
trap 'rm -rf "$next"' EXIT
copy_to "$next" || exit 1
export CARGO_TARGET_DIR="$PWD/target/next"
cd "$next" || exit 1
sed -i \
    -e 's/^compio = { version = "[^"]*"/compio = { version = "=0.20.0-beta.1"/' \
    -e 's/^compio-buf = { version = "[^"]*"/compio-buf = { version = "=0.9.0-beta.1"/' \
    -e 's/^compio-driver = { version = "[^"]*"/compio-driver = { version = "=0.13.0-beta.1"/' \
    -e 's/^compio-executor = { version = "[^"]*"/compio-executor = { version = "=0.2.0-beta.1"/' \
    -e 's/^compio-runtime = { version = "[^"]*"/compio-runtime = { version = "=0.13.0-beta.1"/' \
    Cargo.toml

check 'fetched' twice cargo fetch
check 'versions' grep -q '"=0.13.0-beta.1"' Cargo.toml
check 'suites' cargo test --test semaphore --test notify --test cancellation --test relay
finish
