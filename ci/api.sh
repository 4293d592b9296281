#!/usr/bin/env bash
# What is public, with its bounds and its Send and Sync: as ci/public-api.txt has it, so that nothing becomes public, or ceases to be,
# unseen. `ci/api.sh --refresh` writes that file. Before the first release there is nothing else to compare with.
source "$(dirname "$0")/lib.sh"

# One that knows what this compiler's rustdoc writes.
tool cargo-public-api 0.52.0 || exit 1

public() {
    RUSTC_BOOTSTRAP=1 cargo rustdoc --quiet --lib -- -Z unstable-options --output-format json --cap-lints allow &&
        cargo public-api --rustdoc-json "${CARGO_TARGET_DIR:-target}/doc/compio_sync.json" --simplified
}

if [ "${1:-}" = --refresh ]; then
    public >ci/public-api.txt
    exit
fi

as_listed() {
    diff --unified=0 ci/public-api.txt <(public) || {
        echo 'the public API is not what ci/public-api.txt lists; if that is meant: ci/api.sh --refresh'
        return 1
    }
}

check 'public API' as_listed
finish
