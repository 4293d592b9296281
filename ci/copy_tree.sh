#!/usr/bin/env bash
# The main job on real files: the sample, and a tree of this machine compared by `diff`.
# Usage: ci/copy_tree.sh [TREE]
source "$(dirname "$0")/lib.sh"

tree=${1:-/usr/share}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
binary=${CARGO_TARGET_DIR:-target}/release/examples/copy_tree

few_descriptors() (
    ulimit -n 64
    "$binary" "$tree" "$scratch/few"
)

VERBOSE=1
check 'sample tree' cargo run --release --example copy_tree
check "copy of $tree" "$binary" "$tree" "$scratch/copy"
check 'no difference' diff --recursive --no-dereference "$tree" "$scratch/copy"
check 'with 64 descriptors' few_descriptors
check 'no difference there' diff --recursive --no-dereference "$tree" "$scratch/few"
finish
