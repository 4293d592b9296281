# What every leg of CI shares. Source it; then `check NAME COMMAND…` for each check, and `finish` last.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# Where everything is built once and from nothing: without what a debugger needs, and without what the next build would use.
if [ -n "${CI:-}" ]; then
    export CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
fi
# Many tests and models panic on purpose; what an unexpected one says is enough to look closer.
export RUST_BACKTRACE=0

passed=0
failed=0

# Runs a check and counts it. Its output is shown only when it fails, or when VERBOSE is set.
check() {
    local name=$1 log status start=$SECONDS
    shift
    log=$(mktemp)
    if [ -n "${VERBOSE:-}" ]; then
        "$@" 2>&1 | tee "$log"
        status=${PIPESTATUS[0]}
    else
        "$@" >"$log" 2>&1
        status=$?
    fi
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok      %s (%d s)\n' "$name" $((SECONDS - start))
    else
        failed=$((failed + 1))
        [ -n "${VERBOSE:-}" ] || {
            # Of tests that failed long before the end, what they said.
            head -n -100 "$log" | grep --extended-regexp --after-context=3 '^test .* FAILED$|panicked at|^error|ERROR:'
            tail -n 100 "$log"
        }
        printf 'FAILED  %s (%d s)\n' "$name" $((SECONDS - start))
    fi
    rm -f "$log"
    return 0
}

# `apt-get` as root.
apt() {
    local root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet "$@" </dev/null
}

# Installs those of these Debian packages that are missing. A second try, as a mirror may hiccup; then the leg fails.
packages() {
    local name missing=() again
    for name; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    for again in true false; do
        apt update && apt install --yes --no-install-recommends "${missing[@]}" && return 0
        $again && sleep 10
    done
    echo "cannot install ${missing[*]}: that takes root, and Debian or Ubuntu" >&2
    return 1
}

# Runs a command that loads something, and once more when it fails.
twice() {
    "$@" || { sleep 10 && "$@"; }
}

# `tool CRATE VERSION` installs a program from crates.io below target/, unless it is there. Neither optimized nor with what a
# debugger needs: it is built more often than run.
tool() {
    PATH="$PWD/target/tools/bin:$PATH"
    grep --quiet --fixed-strings "\"$1 $2 " target/tools/.crates.toml 2>/dev/null ||
        CARGO_TARGET_DIR=target/tools/build CARGO_PROFILE_DEV_DEBUG=0 twice cargo install --quiet --locked --debug --root target/tools "$1@$2"
}

# `from_source COMMAND…` runs cargo with a toolchain that can build the standard library, as instrumented code and foreign targets
# need: rustup's nightly where it has the source, and else Debian's.
from_source() {
    if [ -e "$(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/Cargo.lock" ]; then
        cargo +nightly -Zbuild-std=std,panic_unwind,test "$@"
    else
        packages rustc-web cargo-web rust-web-src || return
        RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 \
            /usr/bin/cargo -Zbuild-std=std,panic_unwind,test "$@"
    fi
}

# A copy of the crate, without the other members of its workspace, for what would change its files.
copy_to() {
    git ls-files -z | tar --create --null --files-from - | tar --extract --directory "$1" &&
        sed -i 's/^members = .*/members = []/' "$1/Cargo.toml"
}

# Runs models, each of which prints `model NAME: N executions` (more than once where it is run for both policies), and says how many
# that was.
models() {
    local printed status
    printed=$(mktemp)
    "$@" 2>&1 | tee "$printed"
    status=${PIPESTATUS[0]}
    awk '/model .*: [0-9]+ executions/ { sub(/.*: /, ""); models += 1; sum += $1 }
        END { print sum + 0 " executions of " models + 0 " models"; exit !sum }' "$printed" || status=1
    rm -f "$printed"
    return "$status"
}

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
