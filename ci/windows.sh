#!/usr/bin/env bash
# The suites on Windows: the GNU target, under Wine, with compio's driver for IOCP. The hosted workflow runs them on Windows proper.
# Usage: ci/windows.sh [SUITE…]
source "$(dirname "$0")/lib.sh"

target=x86_64-pc-windows-gnu
mkdir -p "${CARGO_TARGET_DIR:-target}/foreign" || exit
CARGO_TARGET_DIR=$(cd "${CARGO_TARGET_DIR:-target}/foreign" && pwd)
export CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
# Long enough for any machine: Wine itself may hang.
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER='timeout --kill-after=10 400 wine'

# A prefix of our own. A debugger would end what crashes with success; the other two would be asked for in a window.
export WINEPREFIX="$CARGO_TARGET_DIR/wine" WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES='winedbg.exe=d;mscoree=d;mshtml=d'

# What there is to ring with, and the only driver.
export COMPIO_SYNC_EXPECT_DOORBELL=waker COMPIO_SYNC_EXPECT_DRIVER=iocp

# What Wine is to blame for: a suite, a test of it, and the reason. A name that no test has makes its suite fail.
skipped=(
    "examples two_hazards::runtimes_that_wake_each_other_hang_and_buffers_pass_the_limit_but_not_with_the_crates_own:: \
to start a process takes Wine a good part of the two seconds that the example gives it"
    "copy_tree without_arguments_a_sample_is_copied_and_verified_and_removed:: \
Wine 8 says of a symbolic link that it has made it, and there is none"
)

# With suites as arguments, those. All but the models and the bugs for sanitizers: they are built under cfgs of their own, and are not about a system.
suites=("$@")
if [ "${#suites[@]}" -eq 0 ]; then
    suites=(lib)
    for source in tests/*.rs tests/*/main.rs; do
        suite=${source#tests/}
        suite=${suite%/main.rs}
        suite=${suite%.rs}
        case $suite in
            loom | shuttle | planted) ;;
            *) suites+=("$suite") ;;
        esac
    done
fi

wine_prefix() {
    local log=$CARGO_TARGET_DIR/wine.log status
    # Not to whoever reads the output of this leg: services stay, and keep what they were started with open.
    make_prefix </dev/null >"$log" 2>&1
    status=$?
    cat "$log"
    return "$status"
}

make_prefix() {
    local library=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
    if ! [ -e "$WINEPREFIX/is-complete" ]; then
        rm -rf "$WINEPREFIX"
        wineboot --init && wineserver --wait || return
        # Rust's standard library has its random numbers from there. Wine has it from version 9 on.
        [ -e "$library" ] || random_numbers "$library" || return
        touch "$WINEPREFIX/is-complete"
    fi
    # One may be left of a run that was killed.
    wineserver --kill
    wineserver --wait && wineserver --persistent && wine cmd /c exit
}
trap 'wineserver --kill' EXIT

random_numbers() {
    x86_64-w64-mingw32-gcc -shared -O1 -o "$1" -x c - -ladvapi32 <<'C'
#include <stddef.h>

unsigned char __stdcall SystemFunction036(void *, unsigned long);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *place, size_t length)
{
    return SystemFunction036(place, length);
}
C
}

# What cargo calls these suites.
named() {
    local suite
    for suite; do
        if [ "$suite" = lib ]; then echo --lib; else echo --test "$suite"; fi
    done
}

build() {
    # shellcheck disable=SC2046 # names, without spaces
    from_source test --target "$target" --no-run $(named "${suites[@]}") &&
        # Which the suites `examples` and `copy_tree` run.
        from_source build --target "$target" --examples
}

# Runs a suite without what is skipped of it. None passed is a failure, too.
run() {
    local suite=$1 entry of name skips=() log status
    for entry in "${skipped[@]}"; do
        read -r of name <<<"${entry%%:: *}"
        [ "$of" != "$suite" ] || skips+=(--skip "$name")
    done
    log=$(mktemp)
    # shellcheck disable=SC2046
    from_source test --target "$target" $(named "$suite") -- --exact "${skips[@]}" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    grep --quiet "^test result: ok\. [1-9].* $((${#skips[@]} / 2)) filtered out" "$log" || status=1
    rm -f "$log"
    return "$status"
}

# What the system has to give, and so what the other suites have run with.
doorbell_and_driver() {
    from_source test --target "$target" --test relay -- which:: --nocapture
}

check 'Debian packages' packages gcc libc6-dev gcc-mingw-w64-x86-64 wine wine64
check 'Wine' wine_prefix
check 'build' build
if [ "$failed" -eq 0 ]; then
    VERBOSE=1 check 'IOCP, rung by a waker' doorbell_and_driver
    printf 'skipped %s\n' "${skipped[@]}"
    for suite in "${suites[@]}"; do
        check "$suite" run "$suite"
    done
fi
finish
