#!/usr/bin/env python3
"""What goes wrong around infra: each a clear error or a safe wait, and nothing lost.

    faults.py --infra PATH

Full disk, read-only folder, states and saved plans that are damaged, foreign or newer, two applies at once, locks whose
holder died, damaged journals, interrupts. Needs root for small file systems (else those cases are skipped, and said so).
Exit status 1 if anything failed.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = 'resource "terraform_data" "a" {\n  count = %d\n  input = "${count.index} %s"\n}\n'
SLOW = """
resource "terraform_data" "slow" {
  count = 3
  provisioner "local-exec" { command = "sleep %s" }
}
resource "terraform_data" "after" { input = terraform_data.slow[*].id }
"""
STATE, JOURNAL, LOCK = "terraform.tfstate", ".terraform.tfstate.journal", ".terraform.tfstate.lock.info"
JUNK = [b"", b"\x00" * 100, b"{", b"[]", b"null", b"not json at all", b'{"version": 4', bytes(range(256))]


class Faults:
    def __init__(self, infra):
        self.infra, self.passed, self.failed = infra, 0, 0

    def run(self, folder, *arguments, **more):
        command = [self.infra, *arguments]
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **more)
        if done.returncode in (101, -6, -11) or "panicked" in done.stderr:
            self.expect(f"{' '.join(arguments)} doesn't panic", False, done)
        return done

    def expect(self, what, good, done=None):
        if good:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {what}")
        if done:
            print(f"  exit {done.returncode}\n  {(done.stdout[-600:] + done.stderr[-1200:]).strip()}")

    def refused(self, what, done, *words):
        text = " ".join((done.stderr + done.stdout).split())
        missing = [w for w in words if w not in text]
        self.expect(f"{what}: refused, saying {words}", done.returncode == 1 and not missing, done)

    @contextlib.contextmanager
    def folder(self, n=3, text="x", applied=True):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "main.tf").write_text(CONFIG % (n, text))
            if applied:
                done = self.run(folder, "apply", "-auto-approve")
                assert done.returncode == 0, done.stderr
            yield folder

    @contextlib.contextmanager
    def mounted(self, folder, options):
        """A small file system at a folder, if that is possible here."""
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)
        try:
            yield done.returncode == 0
        finally:
            if done.returncode == 0:
                subprocess.run(["umount", folder], check=True)

    # States

    def damaged_states(self):
        with self.folder() as folder:
            good = (folder / STATE).read_bytes()
            cases = [(f"junk {j[:12]!r}", j) for j in JUNK if j]
            cases += [("a truncated state", good[: len(good) // 2]), ("an object of another kind", b'{"version":4,"resources":{}}')]
            for what, content in cases:
                (folder / STATE).write_bytes(content)
                for command in (["plan"], ["apply", "-auto-approve"], ["destroy", "-auto-approve"], ["state", "list"], ["show"]):
                    done = self.run(folder, *command)
                    self.expect(f"{what}: {command[0]} is refused", done.returncode == 1, done)
                self.expect(f"{what}: left as it is", (folder / STATE).read_bytes() == content)
            newer = json.loads(good)
            newer["version"] = 5
            (folder / STATE).write_text(json.dumps(newer))
            self.refused("a state of version 5", self.run(folder, "plan"), "version")
            older = json.loads(good)
            older["terraform_version"] = "99.0.0"
            (folder / STATE).write_text(json.dumps(older))
            self.expect("a state of a newer terraform, same format", self.run(folder, "plan").returncode == 0)

    def full_disk(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "small"
            with self.mounted(folder, "size=256k") as possible:
                if not possible:
                    return print("skipped: a full disk needs root")
                (folder / "main.tf").write_text(CONFIG % (50, "x"))
                self.expect("an apply that fits", self.run(folder, "apply", "-auto-approve").returncode == 0)
                before = (folder / STATE).read_bytes()
                (folder / "main.tf").write_text(CONFIG % (5000, "y" * 50))
                done = self.run(folder, "apply", "-auto-approve")
                self.refused("an apply that doesn't", done, "No space left")
                state = json.loads((folder / STATE).read_text())
                self.expect("the state is whole", bool(state["resources"]))
                self.expect("the state is not older", state["serial"] >= json.loads(before)["serial"])
                subprocess.run(["mount", "-o", "remount,size=16m", folder], check=True)
                done = self.run(folder, "apply", "-auto-approve")
                done = self.run(folder, "plan", "-detailed-exitcode") if done.returncode == 0 else done
                self.expect("with room again everything goes on", done.returncode == 0, done)

    def read_only(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "ro"
            with self.mounted(folder, "size=1m") as possible:
                if not possible:
                    return print("skipped: a read-only folder needs root")
                (folder / "main.tf").write_text(CONFIG % (2, "x"))
                self.run(folder, "apply", "-auto-approve")
                before = (folder / STATE).read_bytes()
                (folder / "main.tf").write_text(CONFIG % (3, "x"))
                subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
                self.refused("an apply in a read-only folder", self.run(folder, "apply", "-auto-approve"), "ead-only file system")
                self.expect("the state is as it was", (folder / STATE).read_bytes() == before)
                self.expect("a plan without a lock works", self.run(folder, "plan", "-lock=false").returncode == 0)

    # Saved plans

    def damaged_plans(self):
        with self.folder() as folder:
            (folder / "main.tf").write_text(CONFIG % (4, "x"))
            self.run(folder, "plan", "-out=plan")
            good, state = (folder / "plan").read_bytes(), (folder / STATE).read_bytes()
            places = sorted(random.Random(1).sample(range(len(good)), min(60, len(good))))
            for place in places:
                bad = bytearray(good)
                bad[place] ^= 1 << (place % 8)
                (folder / "plan").write_bytes(bad)
                done = self.run(folder, "apply", "plan")
                self.expect(f"a plan with byte {place} changed is refused", done.returncode == 1, done)
            for what, content in [("half a plan", good[: len(good) // 2])] + [(f"junk {j[:12]!r}", j) for j in JUNK]:
                (folder / "plan").write_bytes(content)
                self.refused(what, self.run(folder, "apply", "plan"), "plan")
                self.expect(f"{what}: show is refused", self.run(folder, "show", "plan").returncode == 1)
            self.expect("the state is as it was", (folder / STATE).read_bytes() == state)
            (folder / "plan").write_bytes(good)
            self.expect("the plan itself is applied", self.run(folder, "apply", "plan").returncode == 0)
            self.refused("a plan applied twice", self.run(folder, "apply", "plan"), "stale")
            self.run(folder, "plan", "-destroy", "-out=plan")
            self.run(folder, "workspace", "new", "other")
            self.refused("a plan for another workspace", self.run(folder, "apply", "plan"), "workspace")

    # Locks

    def start(self, folder, *arguments):
        command = [self.infra, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, start_new_session=True)

    def wait_until(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False

    def two_applies(self):
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 3)
            first = self.start(folder, "apply", "-auto-approve")
            self.wait_until(lambda: (folder / LOCK).exists())
            time.sleep(0.3)
            self.refused("a second apply", self.run(folder, "apply", "-auto-approve"), "lock", "OperationTypeApply", "Who:")
            waits = self.run(folder, "plan", "-detailed-exitcode", "-lock-timeout=60s")
            self.expect("a plan that waits for the lock sees the result", waits.returncode == 0, waits)
            first.wait()
            self.expect("the first apply ends well", first.returncode == 0)
            self.expect("no lock is left", not (folder / LOCK).exists())

    def dead_holder(self):
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 30)
            holder = self.start(folder, "apply", "-auto-approve")
            self.wait_until(lambda: (folder / LOCK).exists())
            time.sleep(0.3)
            os.killpg(holder.pid, signal.SIGKILL)
            holder.wait()
            self.expect("the lock file is still there", (folder / LOCK).exists())
            (folder / "main.tf").write_text(SLOW % 0)
            done = self.run(folder, "apply", "-auto-approve")
            self.expect("the next apply takes the lock over", done.returncode == 0 and "lock" in done.stdout + done.stderr, done)
            done = self.run(folder, "plan", "-detailed-exitcode")
            self.expect("and nothing is left to do", done.returncode == 0, done)

    # Journals

    def damaged_journals(self):
        for junk in JUNK + [b'{"journal":{"version":1,"lineage":"another","serial":1}}\n{"result"', b'{"journal":{"version":9}}\n']:
            with self.folder() as folder:
                before = json.loads((folder / STATE).read_text())["resources"]
                (folder / JOURNAL).write_bytes(junk)
                done = self.run(folder, "plan", "-detailed-exitcode")
                good = done.returncode in (0, 1) and (done.returncode == 0 or "ournal" in done.stderr)
                self.expect(f"a journal of {junk[:30]!r} is settled or refused", good, done)
                self.expect("the state is as it was", json.loads((folder / STATE).read_text())["resources"] == before)

    # Interrupts

    def interrupts(self):
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 2)
            running = self.start(folder, "apply", "-auto-approve", "-parallelism=2")
            self.wait_until(lambda: (folder / JOURNAL).exists())
            time.sleep(0.7)
            os.kill(running.pid, signal.SIGINT)
            out, err = running.communicate(timeout=30)
            self.expect("Ctrl-C once: exit status 1", running.returncode == 1)
            self.expect("what is left is said", "not begun" in out, subprocess.CompletedProcess([], running.returncode, out, err))
            made = [i for r in json.loads((folder / STATE).read_text())["resources"] for i in r["instances"]]
            self.expect("what had begun is in the state, and not tainted", len(made) == 2 and not any(i.get("status") for i in made))
            self.expect("no journal, no lock", not (folder / JOURNAL).exists() and not (folder / LOCK).exists())
            done = self.run(folder, "apply", "-auto-approve")
            self.expect("the next apply does the rest", done.returncode == 0 and "2 added" in done.stdout, done)
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 60)
            running = self.start(folder, "apply", "-auto-approve")
            self.wait_until(lambda: (folder / JOURNAL).exists())
            time.sleep(0.7)
            begin = time.monotonic()
            for _ in range(2):
                os.kill(running.pid, signal.SIGINT)
                time.sleep(0.3)
            try:
                running.communicate(timeout=20)
                self.expect("Ctrl-C twice: stops at once", running.returncode != 0 and time.monotonic() - begin < 10)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                self.expect("Ctrl-C twice: stops at once", False)
            (folder / "main.tf").write_text(SLOW % 0)
            done = self.run(folder, "apply", "-auto-approve")
            self.expect("and the next apply goes on", done.returncode == 0, done)
            self.expect("with nothing left to do", self.run(folder, "plan", "-detailed-exitcode").returncode == 0)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ap.add_argument("--infra", required=True)
    ap.add_argument("only", nargs="*")
    a = ap.parse_args()
    faults = Faults(os.path.abspath(a.infra))
    every = ["damaged_states", "full_disk", "read_only", "damaged_plans", "two_applies", "dead_holder", "damaged_journals", "interrupts"]
    for name in a.only or every:
        getattr(faults, name)()
    print(f"{faults.passed} passed, {faults.failed} failed")
    sys.exit(1 if faults.failed else 0)


if __name__ == "__main__":
    main()
