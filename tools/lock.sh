#!/bin/sh
# Pins every dependency by name, version and hash. Needs uv. Run it after changing dependencies in pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1
    shift
    uv pip compile --universal --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-annotate --no-header --quiet --python-version 3.11 "$@" pyproject.toml -o "$out"
}
lock constraints.txt
lock constraints-dev.txt --extra dev -c constraints.txt
