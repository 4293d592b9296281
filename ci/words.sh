#!/usr/bin/env bash
# Spelling, links between the documents, and figures, each of which is what its file in benches/results/ says.
source "$(dirname "$0")/lib.sh"

tools=target/tools
PATH="$PWD/$tools/python/bin:$PWD/$tools/node_modules/.bin:$PATH"

speller() {
    python3 -m pip --version >/dev/null 2>&1 || packages python3-pip || return
    [ -x $tools/python/bin/typos ] || twice python3 -m pip install --quiet --target $tools/python typos==1.52.0
}

link_checker() {
    command -v npm >/dev/null || packages npm || return
    [ -x $tools/node_modules/.bin/markdown-link-check ] ||
        twice npm install --silent --no-save --prefix $tools markdown-link-check@3.15.0
}

# Those in the repository. Others' pages come and go, and are no fault of a change.
links() {
    local document status=0
    while IFS= read -r -d '' document; do
        markdown-link-check --quiet --config ci/links.json "$document" || status=1
    done < <(git ls-files -z '*.md')
    return $status
}

check 'speller' speller
check 'spelling' typos
check 'link checker' link_checker
check 'links' links
# Optimized, as the leg of instructions needs the same.
check 'figures' cargo run --quiet --release -p compio-sync-benches --bin figures -- --check
finish
