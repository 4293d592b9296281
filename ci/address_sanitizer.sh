#!/usr/bin/env bash
# AddressSanitizer over all suites and the unit tests: memory that is used after it was freed, or beyond its end; and, as each
# process ends, memory that is left and that nothing leads to. The latter is LeakSanitizer, which is part of it: alone it
# would find the same, so it has no leg of its own; the planted leak shows that it looks.
#
# The toolchain is the one of the tests: its runtime comes along, and the standard library need not be instrumented, as the
# heap is watched whoever asks for memory.
source "$(dirname "$0")/lib.sh"
source ci/planted.sh

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/address_sanitizer"
export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address
export COMPIO_SYNC_QUICK=1
# What is left on purpose is told by names, which something has to look up: `addr2line` is there wherever a linker is.
symbolizer=$(command -v addr2line) || { echo 'no addr2line (binutils)' >&2; exit 1; }
export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=1:external_symbolizer_path=$symbolizer"
export LSAN_OPTIONS="suppressions=$PWD/ci/leaks.supp:print_suppressions=0"
target=$(rustc -vV | sed -n 's/^host: //p')

instrumented() {
    cargo "$@"
}

check 'examples built' instrumented build --target "$target" --examples
check 'suites built' instrumented test --target "$target" --tests --no-run
check 'planted bugs built' build_planted
check 'use after free is caught' caught use_of_a_waiter_that_was_freed_in_line 'AddressSanitizer: heap-use-after-free' \
    compio_sync::
check 'leak is caught' caught leak_of_a_wait_that_was_forgotten 'LeakSanitizer: detected memory leaks' \
    leak_of_a_wait
# Memory of threads that a fork has left behind, or that the end of the process cuts short, is no leak; and where the stack is
# measured it has to be the stack, which it is not while uses after a return are looked for.
check 'suites' suites --tests -- --skip process:: --skip crowd:: --skip panics_without_recursion
options=$ASAN_OPTIONS
export ASAN_OPTIONS="$options:detect_leaks=0"
check 'suite of processes' suites --test relay -- process::
export ASAN_OPTIONS="$options:detect_stack_use_after_return=0"
check 'suite of the stack' suites --test semaphore -- crowd:: panics_without_recursion
finish
