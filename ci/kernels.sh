#!/usr/bin/env bash
# All suites on other kernels of Linux, in guests of QEMU: what io_uring can do differs between them, and so does what rings.
#
# - 6.1: io_uring without the futex operation. Whoever forces that doorbell gets the one that works everywhere.
# - 6.12: with it; as it is, and forced for the suites of what waits
# - 6.12 with io_uring forbidden by `kernel.io_uring_disabled`, which 6.1 does not have: compio polls, its waker rings
#
# The kernels are Debian's, and are kept below the target directory. The guests have what ci/guest/init gives them. `cargo test`'s
# documentation tests are not run there: their programs are rustdoc's, which does not hand them out.
#
# Usage: ci/kernels.sh [GUEST…], with the names below (`6.1`, `6.1-futex`, …). The processor is x86-64.
source "$(dirname "$0")/lib.sh"

target=x86_64-unknown-linux-gnu
package=$PWD
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/kernels"
mkdir -p "$CARGO_TARGET_DIR/boot" || exit
boot=$(cd "$CARGO_TARGET_DIR/boot" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Suites that have no test in such a build, with the reason. Everything else that is in tests/ has to be run.
declare -A elsewhere=(
    [loom]='models, which need a build of their own and no kernel'
    [shuttle]='models, which need a build of their own and no kernel'
    [planted]='bugs on purpose, which are only there for the sanitizers'
)

# The suites of what waits, and what is woken by others.
waiting='semaphore mutex rwlock condvar notify event rendezvous cells cancellation held relay'

# kernel VERSION PACKAGE: puts the kernel of this version into the cache. PACKAGE depends on the newest of them, whose name has
# all of the version.
kernel() {
    local version=$1 newest=$2 name file again
    file=$(find "$boot" -name "vmlinuz-$version.*" | sort --version-sort | tail -n 1)
    if [ -z "$file" ]; then
        for again in true false; do
            name=$(apt-cache depends "$newest" | sed -n "s/^ *Depends: \(linux-image-${version//./\\.}\..*\)/\1/p" | head -n 1)
            [ -n "$name" ] && (cd "$work" && apt-get download --quiet --quiet "$name") && break
            $again || { echo "no Linux $version: there has to be a package $newest that depends on one"; return 1; }
            sleep 5
            apt update
        done
        file=$boot/vmlinuz-${name#linux-image-}
        # What has its name is whole.
        dpkg-deb --fsys-tarfile "$work/$name"_*.deb |
            tar --extract --to-stdout --wildcards './boot/vmlinuz-*' >"$file.part" &&
            [ -s "$file.part" ] && mv "$file.part" "$file" || return
        rm "$work/$name"_*.deb
    fi
    ln -s "$file" "$work/linux-$version"
}

# The tests as ever, but linked with all that they need, since a guest has nothing. With compio's driver for polling, for where
# there is no io_uring: where there is, compio takes that, and each guest is asked which it was. Somewhat optimized, for the
# emulated processor, but for that part of compio whose tokens reach operations only where it is not (see tests/held/cancel.rs).
build() {
    local optimized=(--config profile.dev.opt-level=1 --config profile.dev.package.compio-runtime.opt-level=0)
    RUSTFLAGS='-C target-feature=+crt-static' cargo test --no-run --target $target --features compio/polling \
        --config profile.dev.debug=0 "${optimized[@]}" --message-format=json-render-diagnostics >"$work/artifacts"
}

# The guests' file system. Programs lie as they do below target/: the tests look for the examples beside their own directory.
pack() {
    local root=$work/root kind name program
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,tests/deps,tests/examples} "$root$package" || return
    install ci/guest/init "$root/init" && install /bin/busybox "$root/bin/busybox" || return
    printf '%s\n' "$package" >"$root/package"
    cp -r Cargo.toml src "$root$package/" || return
    while read -r kind name program; do
        case $kind in
            example) strip -o "$root/tests/examples/$name" "$program" || return ;;
            *)
                [ -z "${elsewhere[$name]:-}" ] || continue
                strip -o "$root/tests/deps/$name" "$program" || return
                ;;
        esac
    done < <(sed -n 's/.*"kind":\["\([a-z]*\)".*"name":"\([^"]*\)".*"executable":"\([^"]*\)".*/\1 \2 \3/p' "$work/artifacts")
    (cd "$root" && find . | cpio --create --format=newc --quiet) >"$work/initrd"
}

# Whether every suite, the crate's own tests, and every example are there.
complete() {
    local path name
    for path in src/lib.rs tests/*.rs tests/*/main.rs examples/*/main.rs; do
        case $path in
            src/*) name=deps/compio_sync ;;
            examples/*) name=${path%/main.rs} ;;
            *) name=${path#tests/} name=deps/${name%/main.rs} name=${name%.rs} ;;
        esac
        [ -n "${elsewhere[${name#deps/}]:-}" ] || [ -x "$work/root/tests/$name" ] || { echo "$path: not built"; return 1; }
    done
}

# guest NAME VERSION SUITES [WORD…]: boots with these words for the kernel and for the tests, and keeps what is printed. TCG is
# asked for by name: KVM in a machine that is a guest itself may hang without a word. The kernel's checks of its timers are left
# out, which fail where the emulator has to wait for a CPU.
guest() {
    local name=$1 version=$2 suites=$3
    shift 3
    local words="console=ttyS0 panic=-1 quiet mitigations=off no_timer_check tsc=reliable"
    words+=" COMPIO_SYNC_QUICK=1 COMPIO_SYNC_SLOW=10 $* SUITES=${suites// /,}"
    timeout --kill-after=5 900 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 \
        -nodefaults -display none -monitor none -no-reboot -serial stdio \
        -kernel "$work/linux-$version" -initrd "$work/initrd" -append "$words" \
        </dev/null 2>&1 | sed --unbuffered 's/\r$//' >"$work/$name"
}

declare -A shown=([io-uring]=IoUring [poll]=Poll [eventfd]=Eventfd [futex]=Futex [waker]=Waker)

# run NAME VERSION SUITES DRIVER DOORBELL FORBIDDEN [WORD…]: a guest that has to print that it is what it was to be, and has run
# each of the suites to a good end. All that it did print is shown if not.
run() {
    local name=$1 version=$2 suites=$3 driver=$4 doorbell=$5 forbidden=$6 suite lacking=0 expected
    shift 6
    set -- "COMPIO_SYNC_EXPECT_DRIVER=$driver" "COMPIO_SYNC_EXPECT_DOORBELL=$doorbell" "$@"
    guest "$name" "$version" "$suites" "$@"
    if grep -q 'Oops: int3' "$work/$name"; then
        # A kernel that changes its own code on one processor while the other runs it: the emulator may be too late to see that.
        echo "Linux $name: stopped by the emulator, once more" >&3
        guest "$name" "$version" "$suites" "$@"
    fi
    expected=(
        "kernel ${version//./\\.}\\.[^ ]*"
        "io_uring_disabled $forbidden"
        "the driver is ${shown[$driver]}"
        "the doorbell is ${shown[$doorbell]}"
    )
    for suite in $suites; do
        expected+=("suite $suite: status 0, [0-9]* s, test result: ok\\. [1-9][0-9]* passed; 0 failed; 0 ignored; .*")
    done
    for suite in "${expected[@]}" end; do
        grep -q "^guest: $suite\$" "$work/$name" || { lacking=1; echo "not printed: $suite" >>"$work/$name"; }
    done
    grep '^guest: ' "$work/$name" >&3
    [ "$lacking" -eq 0 ] || { cat "$work/$name"; return 1; }
}

# try NAME …: as `run`, when that guest is asked for.
try() {
    [ -z "$asked" ] || [[ " $asked " == *" $1 "* ]] || return 0
    check "Linux $1" run "$@"
}

asked=$*
exec 3>&1
check 'programs' packages qemu-system-x86 busybox-static cpio binutils
check 'Linux 6.1' kernel 6.1 linux-image-cloud-amd64
check 'Linux 6.12' kernel 6.12 linux-image-6.12-cloud-amd64
check 'tests' build
check 'file system' pack
check 'every suite is there' complete
if [ "$failed" -eq 0 ]; then
    all=$(find "$work/root/tests/deps" -type f -printf '%f\n' | sort | tr '\n' ' ')
    all=${all% }
    for name in "${!elsewhere[@]}"; do
        printf 'not run: %s: %s\n' "$name" "${elsewhere[$name]}"
    done
    futex='COMPIO_SYNC_DOORBELL=futex'
    try 6.1 6.1 "$all" io-uring eventfd unknown
    try 6.1-futex 6.1 'notify relay' io-uring waker unknown $futex
    try 6.12 6.12 "$all" io-uring eventfd 0
    try 6.12-futex 6.12 "$waiting" io-uring futex 0 $futex
    printf 'not run in 6.12-forbidden: faults, ring: queues of io_uring that are full\n'
    try 6.12-forbidden 6.12 "$all" poll waker 2 sysctl.kernel.io_uring_disabled=2 SKIP=faults,ring::
fi
finish
