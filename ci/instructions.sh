#!/usr/bin/env bash
# The instructions of the crate's own rows, counted by valgrind and compared with benches/results/instructions.json: what became more
# than 3 % worse fails. `ci/instructions.sh --refresh` writes that file.
#
# A count belongs to a compiler, so the comparison is with the compiler of the file and with no other.
source "$(dirname "$0")/lib.sh"

command -v valgrind >/dev/null || packages valgrind || exit 1
baseline=benches/results/instructions.json
now=$PWD/target/instructions.json

count() {
    cargo run --quiet --release -p compio-sync-benches --bin instructions -- --json "$1"
}

same_compiler() {
    grep --fixed-strings "\"$(rustc --version)\"" "$baseline" || {
        echo "the counts of $baseline are another compiler's, this is $(rustc --version); refresh them"
        return 1
    }
}

compared() {
    cargo run --quiet --release -p compio-sync-benches --bin regressions -- "$baseline" "$now" --tolerance 3
}

if [ "${1:-}" = --refresh ]; then
    count "$PWD/$baseline"
    exit
fi

check 'compiler of the baseline' same_compiler
check 'counted' count "$now"
VERBOSE=1
check 'not worse' compared
finish
