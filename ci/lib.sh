# What every leg of CI shares. Source it; then `check NAME COMMAND…` for each check, and `finish` last.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

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
        [ -n "${VERBOSE:-}" ] || tail -n 100 "$log"
        printf 'FAILED  %s (%d s)\n' "$name" $((SECONDS - start))
    fi
    rm -f "$log"
    return 0
}

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
