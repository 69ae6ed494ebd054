#!/usr/bin/env bash
# Compares the engine with a hand-written program of the same model on this machine.
#
#   benches/compare.sh REFERENCE_FOLDER [REQUESTS] [ROUNDS]
#
# REFERENCE_FOLDER is a Cargo package with a program `limit`; `limit w2 std-packed N` must run N requests of the
# model in w2.toml. It is built in a copy. Both programs run in turn, because the speed of a shared machine
# drifts; CPU time is measured from outside, less the cost of a start; the median ratio is what to quote.
# Our databases also repeat each write on both replicas, which the reference does not: the ratio includes that.
set -euo pipefail

if (($# < 1)) || [[ ! -f $1/Cargo.toml ]]; then
    echo "usage: ${0##*/} REFERENCE_FOLDER [REQUESTS] [ROUNDS]" >&2
    exit 2
fi
reference=$(cd "$1" && pwd)
requests=${2:-2000000}
rounds=${3:-5}
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "building the reference ..." >&2
mkdir "$scratch/reference"
tar -C "$reference" --exclude=./target --exclude='./target-*' --exclude=./.git -cf - . | tar -C "$scratch/reference" -xf -
(cd "$scratch/reference" && CARGO_TARGET_DIR=$scratch/target cargo build --quiet --release --bin limit)

echo "building the engine ..." >&2
speed=$(cargo bench --locked --no-run --bench speed --message-format=json-render-diagnostics |
    python3 -c '
import json, sys
lines = (json.loads(line) for line in sys.stdin)
found = [l["executable"] for l in lines if l.get("executable") and l["target"]["name"] == "speed"]
print(found[-1])')

python3 - "$scratch/target/release/limit" "$speed" "$requests" "$rounds" <<'PYTHON'
import json, resource, statistics, subprocess, sys

limit, speed, requests, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def run(*command):
    """CPU seconds of a program, and the last line that it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, json.loads(output.strip().splitlines()[-1])


def rate(command, small):
    """Requests per CPU second; a small run beside it pays for the start of the program."""
    start, _ = run(*command(small))
    cpu, report = run(*command(requests))
    return (requests - small) / max(cpu - start, 1e-9), report


# WORK ENGINE N K REPETITIONS
theirs = lambda n: (limit, "w2", "std-packed", str(n), "1000", "1")
ours = lambda n: (speed, str(n))

print(f"{'round':>5}  {'reference/s':>12}  {'engine/s':>12}  {'ratio':>6}")
ratios = []
for i in range(rounds):
    a, their_report = rate(theirs, 400)
    b, our_report = rate(ours, 400)
    ratios.append(b / a)
    print(f"{i + 1:>5}  {a:>12,.0f}  {b:>12,.0f}  {b / a:>6.2f}")
print()
print(f"requests a round {requests:,}, rates per CPU second")
print(f"events a request: reference {their_report['events'] / their_report['n']:.2f}, "
      f"engine {our_report['events'] / our_report['requests']:.2f}")
print(f"mean response:    reference {their_report['mean']:.2f} ms, engine {our_report['mean_ms']:.2f} ms")
print(f"median ratio {statistics.median(ratios):.2f}  [{min(ratios):.2f} {max(ratios):.2f}]")
PYTHON
