#!/usr/bin/env bash
# The crate, its tests and its examples pass the compiler, without a warning, for systems that this machine cannot run. Whether
# they work there is for the hosted workflow to say, and for Windows `ci/windows.sh`.
source "$(dirname "$0")/lib.sh"

targets=(aarch64-apple-darwin x86_64-unknown-freebsd x86_64-pc-windows-msvc)
# With `ci/windows.sh`, as what runs on this machine to build either is the same.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/foreign" CARGO_PROFILE_DEV_DEBUG=0
# The first holds for this crate alone: cargo caps the lints of what it builds from elsewhere, the standard library included. That
# one cargo would compile in full.
export RUSTFLAGS='-D warnings -Z no-codegen'

# In one call, so that what runs on this machine is built once, and the targets at the same time.
for_each_target() {
    local target arguments=()
    for target in "${targets[@]}"; do
        arguments+=(--target "$target")
    done
    from_source check "${arguments[@]}" "$@"
}

check "all of it: ${targets[*]}" for_each_target --all-features --lib --tests --examples
check 'the crate with compio and without a driver' for_each_target --no-default-features --features compio --lib
check 'the crate alone' for_each_target --no-default-features --lib
finish
