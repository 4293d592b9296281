#!/usr/bin/env bash
# Plants the bugs of ci/mutants.txt, one at a time and in a copy of the source, and expects the models to fail: that they pass
# (ci/loom.sh, ci/shuttle.sh) means something. `bash ci/mutants.sh WORD` plants those that have this word in their lines;
# `bash ci/mutants.sh --plant` only tells whether each quotes lines that are there.
source "$(dirname "$0")/lib.sh"

word=${1:-} only_plant=
[ "$word" != --plant ] || only_plant=yes word=
built=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
target=$built/mutants
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# As the models choose it.
unset LOOM_MAX_PREEMPTIONS LOOM_MAX_BRANCHES SHUTTLE_RANDOM_SEED SHUTTLE_SCHEDULE
export CARGO_INCREMENTAL=1

# A file for each: its lines, without comments.
awk -v to="$work" '
    /^#/ { next }
    /^mutant / { close(file); file = sprintf("%s/%03d.mutant", to, ++number) }
    NF { print > file }
' ci/mutants.txt
[ -z "$word" ] || grep --files-without-match --fixed-strings -e "$word" "$work"/*.mutant | xargs --no-run-if-empty rm

copy() {
    mkdir -p "$1"
    # Made now, as cargo goes by the time; with the lock file, so that what was built before will do.
    git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - --ignore-failed-read 2>/dev/null |
        tar --extract --touch --directory "$1"
    [ ! -e Cargo.lock ] || cp Cargo.lock "$1"
}

limit=()
# `cargo_for TREE TOOL ARGUMENT…`: what is compiled again and again is not optimized, and what models spend their time in is.
cargo_for() {
    local tree=$1 tool=$2
    shift 2
    (
        cd "$tree" || exit 1
        RUSTFLAGS="--cfg $tool" CARGO_TARGET_DIR="$target/$tool-$(basename "$tree")" "${limit[@]}" \
            cargo test --quiet --no-default-features --release --config profile.release.package.compio-sync.opt-level=0 \
            --test "$tool" "$@" </dev/null
    )
}

# Runs a model of a mutant. Says what it failed with; a model that passes, or does not end, is a failure here.
fails() {
    local tree=$1 tool=$2 model=$3 log=$4 status limit=(timeout 300)
    SHUTTLE_ITERATIONS=15000 cargo_for "$tree" "$tool" -- --exact --nocapture "$model" >"$log" 2>&1
    status=$?
    if ! grep -q '^running 1 test' "$log"; then
        echo 'there is no such model'
        return 1
    elif [ "$status" -eq 0 ]; then
        echo 'survived'
        return 1
    elif [ "$status" -eq 124 ]; then
        echo 'does not end'
        return 1
    fi
    # The message of the first panic: of an assertion, or of loom or shuttle.
    grep --after-context=1 --max-count=1 'panicked at' "$log" | tail -n 1 | cut -c 1-90 | grep . || {
        echo "failed without a message"
        return 1
    }
}

# What a mutant is of.
file_of() {
    sed -n 's/^file  *//p' "$1"
}

# `plant MUTANT FILE`
plant() {
    perl ci/plant.pl "$2" "$(sed -n 's/^-//p' "$1")" "$(sed -n 's/^+//p' "$1")"
}

# Writes some lines about a mutant: whether the models fail, how long that took, and what they said.
judge() {
    local tree=$1 mutant=$2 name file tool model seen start=$SECONDS
    local log=$mutant.log verdict=ok details=
    name=$(sed -n 's/^mutant  *//p' "$mutant")
    file=$(file_of "$mutant")

    cp "$tree/$file" "$mutant.before"
    if ! plant "$mutant" "$tree/$file" 2>"$log"; then
        verdict=FAILED details='        cannot be planted'
    fi
    while [ "$verdict" = ok ] && read -r tool model; do
        if ! cargo_for "$tree" "$tool" --no-run >"$log" 2>&1; then
            verdict=FAILED seen='does not compile'
        else
            seen=$(fails "$tree" "$tool" "$model" "$log") || verdict=FAILED
        fi
        details+=$(printf '        %s, %s: %s' "$tool" "$model" "$seen")$'\n'
    done < <(grep -E '^(loom|shuttle) ' "$mutant")
    cp "$mutant.before" "$tree/$file"

    printf '%-7s %s: %s (%d s)\n%s\n' "$verdict" "$file" "$name" $((SECONDS - start)) "${details%$'\n'}"
    [ "$verdict" = ok ] || tail -n 40 "$log"
    touch "$mutant.$verdict"
}

# Takes one mutant after the other off the common heap.
worker() {
    local mutant
    for mutant in "$work"/*.mutant; do
        mkdir "$mutant.taken" 2>/dev/null && judge "$1" "$mutant" >"$mutant.report" && cat "$mutant.report"
    done
}

# The dependencies, once: the second worker starts with a copy.
prepare() {
    local tool
    copy "$work/a"
    copy "$work/b"
    for tool in loom shuttle; do
        grep -q "^$tool " "$work"/*.mutant || continue
        mkdir -p "$target"
        [ -e "$target/$tool-a" ] || [ ! -e "$built/$tool" ] || cp -a "$built/$tool" "$target/$tool-a"
        cargo_for "$work/a" "$tool" --no-run || return
        [ -e "$target/$tool-b" ] || cp -a "$target/$tool-a" "$target/$tool-b" || return
    done
}

# Plants each mutant in a copy of its file.
all_planted() {
    local mutant status=0
    for mutant in "$work"/*.mutant; do
        cp "$(file_of "$mutant")" "$mutant.try" && plant "$mutant" "$mutant.try" || status=1
    done
    return "$status"
}

check 'every mutant quotes lines that are there' all_planted
[ -z "$only_plant" ] || {
    finish
    exit
}
[ "$failed" -ne 0 ] || check 'prepared' prepare
if [ "$failed" -eq 0 ]; then
    worker "$work/a" &
    worker "$work/b" &
    wait
fi
count() {
    find "$work" -name "$1" | wc -l
}
passed=$((passed + $(count '*.mutant.ok')))
failed=$((failed + $(count '*.mutant.FAILED')))
# None may have got lost, and there is one at least.
if [ "$(count '*.mutant.taken')" -eq 0 ] || [ $((passed + failed)) -ne $((2 + $(count '*.mutant'))) ]; then
    echo 'not all mutants were judged' >&2
    failed=$((failed + 1))
fi
finish
