# shellcheck shell=bash disable=SC2154 # The legs set what is not set here.
# What the legs of the sanitizers share; source it after `lib.sh`. Such a leg sets `target`, has `instrumented COMMAND…`,
# which runs cargo as the sanitizer needs it, and has the sanitizer report to `$reports/report`.

# Lines, for the stacks of reports.
export CARGO_PROFILE_DEV_DEBUG=line-tables-only CARGO_INCREMENTAL=0

# Reports go to files, so that none is lost: not that of a process whose output no test looks at, nor that of one that ends by
# `_exit`.
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

# Shows what was reported, and forgets it. Fails when there is something.
no_report() {
    local report found=0
    for report in "$reports"/report.*; do
        [ -e "$report" ] || continue
        found=$((found + 1))
        head -n 100 "$report"
    done
    rm -f "$reports"/report.*
    printf 'processes with reports: %d\n' "$found"
    [ "$found" -eq 0 ]
}

# Runs suites; fails also where they pass, but something was reported.
suites() {
    local status=0
    instrumented test --target "$target" --no-fail-fast "$@" || status=$?
    no_report && [ "$status" -eq 0 ]
}

# The bugs of `tests/planted`. The cfg is for this one program, so that nothing else is built again.
build_planted() {
    local program
    program=$(instrumented rustc --target "$target" --test planted --message-format json -- --cfg planted |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
    ln -s "$program" "$reports/planted"
}

# `caught TEST TEXT…`: this bug ends its process, with a report that has each of the texts. With the first report, as what goes
# on from there may do anything, and not end.
caught() {
    local test=$1 text all status=0
    shift
    TSAN_OPTIONS="${TSAN_OPTIONS:-}:halt_on_error=1" timeout 120 "$reports/planted" --exact "$test" --test-threads=1 || status=$?
    all=$(cat "$reports"/report.*)
    rm -f "$reports"/report.*
    printf '%s\n' "$all"
    [ "$status" -ne 0 ] || { echo 'the process ended well'; return 1; }
    for text; do
        [[ $all == *"$text"* ]] || { echo "nothing about '$text' is reported"; return 1; }
    done
}
