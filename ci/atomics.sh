#!/usr/bin/env bash
# Counts the atomic read-modify-writes of the plain cases in their machine code (x86-64): one to
# acquire, to lock, to read, and to give each back in the shared form; none in the local one, and none
# to get a value that is there.
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
for function in one_step_shared_{acquire,try_acquire,release,lock,unlock,read,read_done}; do
    check "$function: 1" has "$function" 1
done
for function in no_step_local_{acquire,release} no_step_shared_once_get; do
    check "$function: 0" has "$function" 0
done
finish
