#!/usr/bin/env bash
# Counts the atomic read-modify-writes of an uncontended acquire and release in their machine code
# (x86-64): one each in the shared form, none in the local one.
source "$(dirname "$0")/lib.sh"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

assemble() {
    cargo rustc --release --test atomics -- \
        --emit "asm=$out/atomics.s" -C codegen-units=1
}

# The locked instructions of function $1: those with a `lock` prefix, and `xchg` with memory.
locked() {
    awk -v name="$1:" '
        $1 == name { inside = 1 }
        inside && /\.cfi_endproc/ { exit }
        inside && (/^[[:space:]]lock/ || /^[[:space:]]xchg.*\(/) { print }
    ' "$out/atomics.s"
}

has() {
    local function=$1 expected=$2
    grep -q "^$function:" "$out/atomics.s" || { echo "no $function in the assembly"; return 1; }
    locked "$function"
    [ "$(locked "$function" | wc -l)" -eq "$expected" ]
}

check 'assembly' assemble
for function in one_step_shared_acquire one_step_shared_try_acquire one_step_shared_release; do
    check "$function: 1" has "$function" 1
done
for function in no_step_local_acquire no_step_local_release no_step_shared_once_get; do
    check "$function: 0" has "$function" 0
done
finish
