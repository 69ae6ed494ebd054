#!/usr/bin/env bash
# Compares a picture of our fullest scene with a full screen drawn by a reference program on this machine.
#
#   benches/compare_frame.sh REFERENCE_FOLDER [FRAMES] [ROUNDS]
#
# REFERENCE_FOLDER is a Cargo package with a program `ui` behind the feature `ui`; `ui FRAMES WIDTH HEIGHT` prints a line
# of JSON for each case with `us_median`, `bytes_per_frame` and `writes_per_frame`, as frame.rs does. It is built in a
# copy. Both programs run in turn, because the speed of a shared machine drifts; the median ratio is what to quote.
set -euo pipefail

usage="${0##*/} REFERENCE_FOLDER [FRAMES] [ROUNDS]"
source "$(dirname "$0")/reference.sh"
prepare "$@"
frames=${2:-300}
rounds=${3:-5}
build_reference ui --features ui
frame=$(built_bench frame)

python3 - "$scratch/target/release/ui" "$frame" "$frames" "$rounds" <<'PYTHON'
import json, statistics, subprocess, sys

ui, frame, frames, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
SIZES = [(200, 60), (120, 35), (80, 24)]


def cases(*command):
    """What a program prints, by case."""
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {case["case"]: case for case in map(json.loads, output.splitlines())}


rows = {}
for _ in range(rounds):
    ours = cases(frame, frames)
    for width, height in SIZES:
        theirs = cases(ui, frames, str(width), str(height))
        base = next(c for name, c in theirs.items() if "BufWriter(64 KiB), animated" in name)
        for name, case in ours.items():
            if name.endswith(f"{width}x{height}"):
                rows.setdefault(name, []).append((case["us_median"] / base["us_median"], case, base))

print(f"{'case':>32}  {'reference us':>12}  {'ours us':>8}  {'ratio':>5}  {'bytes':>6}  {'writes':>6}")
for name, found in rows.items():
    ratio = statistics.median(r for r, _, _ in found)
    _, case, base = min(found, key=lambda row: abs(row[0] - ratio))
    print(f"{name:>32}  {base['us_median']:>12.0f}  {case['us_median']:>8.0f}  {ratio:>5.2f}  "
          f"{case['bytes_per_frame']:>6.0f}  {case['writes_per_frame']:>6.2f}")
print(f"\n{frames} frames a case, {rounds} rounds, median round; the reference redraws a full screen of the same size")
PYTHON
