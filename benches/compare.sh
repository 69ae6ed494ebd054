#!/usr/bin/env bash
# Compares the engine with a hand-written program of the same model on this machine.
#
#   benches/compare.sh REFERENCE_FOLDER [REQUESTS] [ROUNDS]
#
# REFERENCE_FOLDER is a Cargo package with a program `limit`; `limit WORKLOAD std-packed N K 1` must run N requests of
# the model that `speed WORKLOAD N K` runs (see speed.rs). It is built in a copy. Both programs run in turn, because
# the speed of a shared machine drifts; CPU time is measured from outside, less the cost of a start (for w3c: of the
# seconds until K are in flight); the median ratio is what to quote.
# In w2 our databases also repeat each write on both replicas, which the reference does not: the ratio includes that.
set -euo pipefail

usage="${0##*/} REFERENCE_FOLDER [REQUESTS] [ROUNDS]"
source "$(dirname "$0")/reference.sh"
prepare "$@"
requests=${2:-2000000}
rounds=${3:-5}
build_reference limit
speed=$(built_bench speed)

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


def rate(command, n, small):
    """Requests per CPU second and the last report; a small run beside it pays for the start of the program."""
    start, _ = run(*command(small))
    cpu, report = run(*command(small + n))
    return n / max(cpu - start, 1e-9), report


# Workload, K, requests, requests of the small run beside it.
workloads = [
    ("w1", 1, requests, 400),
    ("w2", 1, requests, 400),
    ("w3", 1000, requests, 0),
    ("w3", 10000, requests, 0),
    ("w3c", 1000000, requests, 8000000),
]
print(f"{'workload':>12}  {'reference/s':>12}  {'engine/s':>12}  {'ratio':>6}  {'[least most]':>13}  {'peak MiB':>8}")
for work, k, n, small in workloads:
    theirs = lambda n: (limit, work, "std-packed", str(n), str(k), "1")
    ours = lambda n: (speed, work, str(n), str(k))
    rows = []
    for _ in range(rounds):
        # The reference of w3c starts with K in flight.
        a, _ = rate(theirs, n, 400)
        b, _ = rate(ours, n, small)
        rows.append((b / a, a, b))
    ratio, a, b = sorted(rows)[len(rows) // 2]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    label = work if k == 1 else f"{work}/{k}"
    spread = f"[{min(rows)[0]:.2f} {max(rows)[0]:.2f}]"
    print(f"{label:>12}  {a:>12,.0f}  {b:>12,.0f}  {ratio:>6.2f}  {spread:>13}  {peak:>8.0f}", flush=True)
print(f"\n{requests:,} requests a round, {rounds} rounds, rates per CPU second, median round; "
      "the peak is that of all programs so far")
PYTHON
