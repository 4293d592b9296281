#!/usr/bin/env bash
# What the crate is made of: licences and sources of what it depends on, the oldest versions that it says it can do with, and the
# oldest compiler.
#
# Advisories are looked up by the hosted workflow alone: their database is a repository, and no package.
source "$(dirname "$0")/lib.sh"

tool cargo-deny 0.20.2 || exit 1

# In a copy, since it writes a lock file of its own.
oldest=$(mktemp -d)
trap 'rm -rf "$oldest"' EXIT

minimal_versions() {
    local target=$PWD/target/oldest
    copy_to "$oldest" && cd "$oldest" || return
    RUSTC_BOOTSTRAP=1 twice cargo -Z direct-minimal-versions update || return
    cargo tree --depth 1
    CARGO_TARGET_DIR=$target cargo check --all-targets
}

# The compiler that this runs with if that is the one, or else rustup's.
oldest_compiler() {
    local stated
    stated=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    [ -n "$stated" ] || return
    if rustc --version | grep --quiet --fixed-strings "rustc $stated."; then
        cargo check --all-targets
    else
        CARGO_TARGET_DIR=target/msrv cargo "+$stated" check --all-targets
    fi
}

check 'licences, bans, sources' cargo deny check licenses bans sources
check 'oldest compiler that is promised' oldest_compiler
check 'oldest versions that are required' minimal_versions
finish
