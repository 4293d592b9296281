# `just` lists these. Each is a script that also runs without `just`.

default:
    @just --list

# What CI runs
preflight:
    bash .ci/run

# One leg of CI: a script in ci/, without its `.sh`
leg name:
    bash ci/{{ name }}.sh

# Formats, with the options that need nightly's rustfmt
fmt:
    cargo +nightly fmt --all

# The comparison with the peers: `just bench --quick`
bench *arguments:
    cargo bench -p compio-sync-benches -- {{ arguments }}
