#!/usr/bin/env bash
# README's test command.
source "$(dirname "$0")/lib.sh"

VERBOSE=1
check 'cargo test' cargo test
finish
