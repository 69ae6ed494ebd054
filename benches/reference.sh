# What the comparisons with a reference program share; sourced by them.
#
#   prepare REFERENCE_FOLDER     checks the folder, goes to the project's root, makes `scratch` and builds there
#   build_reference PROGRAM [OPTION ...]
#   built_bench NAME             builds a bench of ours and prints where it is

prepare() {
    if [[ ! -f ${1:-}/Cargo.toml ]]; then
        echo "usage: $usage" >&2
        exit 2
    fi
    reference=$(cd "$1" && pwd)
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
}

build_reference() {
    echo "building the reference ..." >&2
    mkdir "$scratch/reference"
    tar -C "$reference" --exclude=./target --exclude='./target-*' --exclude=./.git -cf - . |
        tar -C "$scratch/reference" -xf -
    (cd "$scratch/reference" && CARGO_TARGET_DIR=$scratch/target cargo build --quiet --release --bin "$@")
}

built_bench() {
    echo "building our bench ..." >&2
    cargo bench --locked --no-run --bench "$1" --message-format=json-render-diagnostics |
        python3 -c '
import json, sys
lines = (json.loads(line) for line in sys.stdin)
found = [l["executable"] for l in lines if l.get("executable") and l["target"]["name"] == sys.argv[1]]
print(found[-1])' "$1"
}
