#!/usr/bin/env bash
# Formatting and lints. Formatting uses options that only nightly's rustfmt acts on; stable's checks the rest.
source "$(dirname "$0")/lib.sh"

check 'rustfmt' cargo fmt --all -- --check
check 'mutants' bash ci/mutants.sh --plant
check 'clippy' cargo clippy --workspace --all-targets -- -D warnings
check 'clippy, without default features' cargo clippy --lib --no-default-features -- -D warnings
check 'clippy, models' env RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=target/loom \
    cargo clippy --test loom -- -D warnings
check 'clippy, models for shuttle' env RUSTFLAGS='--cfg shuttle' CARGO_TARGET_DIR=target/shuttle \
    cargo clippy --no-default-features --test shuttle -- -D warnings
finish
