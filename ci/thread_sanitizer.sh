#!/usr/bin/env bash
# ThreadSanitizer over all suites and the unit tests: two threads that touch the same memory, one of them writing, with
# nothing that orders the two. It sees what runs, not what could; what could is for the models. The standard library is
# instrumented, too: it sees nothing of the order that another one establishes, and reports what is not there.
source "$(dirname "$0")/lib.sh"
source ci/planted.sh

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/thread_sanitizer"
# An eighth of the repetitions: it is much slower, and sees a race whether or not it happens to go wrong.
export COMPIO_SYNC_QUICK=1 COMPIO_SYNC_SLOW="${COMPIO_SYNC_SLOW:-8}"
# Some tests fork where other threads run, and the fork starts threads.
export TSAN_OPTIONS="log_path=$reports/report:die_after_fork=0"
# For the names in reports, which say what is caught: `addr2line` is there wherever a linker is.
symbolizer=$(command -v addr2line) || { echo 'no addr2line (binutils)' >&2; exit 1; }
TSAN_OPTIONS+=":external_symbolizer_path=$symbolizer"
target=$(rustc -vV | sed -n 's/^host: //p')

# Flags for the compiler that `from_source` has. rustup's brings the sanitizer's runtime along, Debian's has it in a package.
flags() {
    local llvm runtime
    from_source --version >&2 || return
    printf '%s' '-Zsanitizer=thread'
    [[ $(from_source --version) != *-nightly* ]] || return 0
    llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    packages "libclang-rt-$llvm-dev" >&2 || return
    runtime=/usr/lib/llvm-$llvm/lib/clang/$llvm/lib/linux/libclang_rt.tsan-${target%%-*}.a
    [ -e "$runtime" ] || { echo "there is no $runtime" >&2; return 1; }
    printf ' %s' -Zexternal-clangrt
    printf ' -Zpre-link-arg=%s' -Wl,--whole-archive "$runtime" -Wl,--no-whole-archive -Wl,--export-dynamic
}

RUSTFLAGS=$(flags) || exit 1
export RUSTFLAGS

instrumented() {
    from_source "$@"
}

race='WARNING: ThreadSanitizer: data race'
check 'examples built' instrumented build --target "$target" --examples
check 'suites built' instrumented test --target "$target" --tests --no-run
check 'planted bugs built' build_planted
check 'race of a lock is caught' caught race_of_a_lock_with_a_relaxed_unlock "$race" race_of_a_lock
check 'race under the local form is caught' caught race_of_a_local_mutex "$race" race_of_a_local_mutex
check 'race of a destructor is caught' caught race_of_the_last_owner "$race" race_of_the_last_owner
# Its own runtime makes system calls that this one test has the process killed for.
skipped=(--skip then_hardly_a_system_call_was_made)
check 'suites' suites --tests -- "${skipped[@]}"
for doorbell in futex waker; do
    COMPIO_SYNC_DOORBELL=$doorbell check "rung by $doorbell" suites --test relay -- "${skipped[@]}"
done
finish
