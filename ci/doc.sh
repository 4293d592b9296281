#!/usr/bin/env bash
# The documentation builds without a warning, for users and for readers of the source.
source "$(dirname "$0")/lib.sh"

export RUSTDOCFLAGS='-D warnings'
check 'docs' cargo doc --no-deps
check 'docs, without default features' cargo doc --no-deps --no-default-features
check 'docs of private items' cargo doc --no-deps --document-private-items
finish
