"""`make zoo`: plant each leak of the zoo in a copy of the code and see that the attack finds it.

Prints a line per leak: found after how many probes, by what finding. Ends with status 1 when one was not found.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZOO = Path(__file__).parent / "zoo"
SEEDS = (1,)
PROBES = os.environ.get("LIANLIAN_PROBES", "4000")


def attack(patch: Path) -> tuple[bool, str]:
    """Whether the attack finds the leak, and what it says."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in files.splitlines():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_file():
                shutil.copy(ROOT / name, copy / name)
        applied = subprocess.run(["patch", "-p1", "-s", "-i", str(patch)], cwd=copy, capture_output=True, text=True)
        if applied.returncode:
            return False, f"does not apply: {applied.stdout[:200]}"
        for seed in SEEDS:
            given = {"LIANLIAN_SEED": str(seed), "LIANLIAN_PARTS": "1", "LIANLIAN_FIRST": "1", "LIANLIAN_SMALL": PROBES}
            run = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-q",
                    "-n0",
                    "-x",
                    "-p",
                    "no:cacheprovider",
                    "tests/attack/test_fuzz.py",
                ],
                cwd=copy,
                capture_output=True,
                text=True,
                env=os.environ | given,
            )
            told = re.search(r"AssertionError: (seed \d+: \d+ probes).*?\nE +(.*)", run.stdout)
            if run.returncode == 1 and told:
                return True, f"{told[1]}: {told[2][:140]}"
            if run.returncode not in (0, 1):
                return False, run.stdout[-300:]
    return False, f"not found in {len(SEEDS)} × {PROBES} probes"


def main() -> int:
    """Attack every copy, two at a time."""
    wanted = sys.argv[1:]
    patches = [one for one in sorted(ZOO.glob("*.patch")) if not wanted or any(word in one.name for word in wanted)]
    missed = 0
    with ThreadPoolExecutor(2) as pool:
        running = {pool.submit(attack, patch): patch for patch in patches}
        for done in as_completed(running):
            patch, (found, told) = running[done], done.result()
            missed += not found
            print(f"{'found' if found else 'NOT FOUND'}  {patch.stem}  {told}", flush=True)  # noqa: T201
    print(f"{len(patches) - missed} of {len(patches)} found")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
