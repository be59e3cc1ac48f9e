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
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
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

    def foreign_plans(self):
        with self.folder() as folder:
            (folder / "main.tf").write_text(CONFIG % (4, "x"))
            self.run(folder, "plan", "-out=plan")
            newer = bytearray((folder / "plan").read_bytes())
            magic = newer.index(b"\n\x1a\n") + 3
            newer[magic] += 1
            (folder / "plan").write_bytes(newer)
            self.refused("a plan of a newer format", self.run(folder, "apply", "plan"), "version")
            with zipfile.ZipFile(folder / "plan", "w") as file:
                file.writestr("tfplan", "x")
                file.writestr("tfstate", "{}")
            self.refused("a plan of Terraform", self.run(folder, "apply", "plan"), "Terraform")
            (folder / "plan").write_bytes((folder / STATE).read_bytes())
            self.refused("a state as a plan", self.run(folder, "apply", "plan"), "plan")
            self.run(folder, "plan", "-out=plan")
            for what, path in [("a full device", "/dev/full"), ("a folder that isn't there", "nowhere/plan"), ("a folder", ".")]:
                self.refused(f"a plan saved to {what}", self.run(folder, "plan", f"-out={path}"), "plan file")
            self.expect("a plan saved to nothing", self.run(folder, "plan", "-out=/dev/null").returncode == 0)
            self.expect("devices stay what they are", all(not Path(p).is_file() for p in ("/dev/null", "/dev/full")))

    # Output

    def full_output(self):
        with self.folder(applied=False) as folder, open("/dev/full", "w") as full:
            for command in (["plan"], ["apply", "-auto-approve"]):
                done = subprocess.run([self.infra, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True)
                self.expect(f"{command[0]} with nowhere to write to says so", done.returncode == 1 and "panicked" not in done.stderr)
            self.expect("nothing is left over", not self.left(folder))
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 0.5)
            running = self.start(folder, "apply", "-auto-approve")
            while "Creating..." not in running.stdout.readline():
                pass
            running.stdout.close()
            running.stderr.read()
            running.wait()
            made = json.loads((folder / STATE).read_text())["resources"]
            self.expect("an apply whose reader goes away goes on", len(made) == 2 and not self.left(folder))

    # Locks

    def left(self, folder):
        return [n for n in os.listdir(folder) if n in (JOURNAL, LOCK) or n.endswith((".tmp", ".new"))]

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

    def force_unlock(self):
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 30)
            holder = self.start(folder, "apply", "-auto-approve")
            self.wait_until(lambda: (folder / JOURNAL).exists())
            lock = json.loads((folder / LOCK).read_text())["ID"]
            self.refused("unlocking while the holder runs", self.run(folder, "force-unlock", "-force", lock), "running")
            os.killpg(holder.pid, signal.SIGKILL)
            holder.communicate()
            self.refused("unlocking with another ID", self.run(folder, "force-unlock", "-force", "nope"), lock)
            done = self.run(folder, "force-unlock", "-force", lock)
            self.expect("unlocking a dead holder's lock", done.returncode == 0 and not (folder / LOCK).exists(), done)
            self.expect("the journal stays", (folder / JOURNAL).exists())
            self.refused("unlocking twice", self.run(folder, "force-unlock", "-force", lock), "not locked")
            (folder / "main.tf").write_text(SLOW % 0)
            done = self.run(folder, "apply", "-auto-approve")
            self.expect("objects whose provisioners were killed are made again", "3 destroyed" in done.stdout, done)
            (folder / LOCK).write_text("no JSON")
            done = self.run(folder, "plan", "-detailed-exitcode")
            self.expect("lock info that is none is no lock", done.returncode == 0 and not self.left(folder), done)

    # Journals

    def left_by_a_kill(self, folder):
        """A folder with the journal of an apply that was killed, of three slow objects."""
        (folder / "main.tf").write_text(SLOW % 30)
        running = self.start(folder, "apply", "-auto-approve")
        self.wait_until(lambda: (folder / JOURNAL).exists() and (folder / JOURNAL).read_bytes().count(b'{"result"') == 3)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        (folder / "main.tf").write_text(SLOW % 0)

    def unusual_journals(self):
        with self.folder(applied=False) as folder:
            self.left_by_a_kill(folder)
            lines = (folder / JOURNAL).read_bytes().split(b"\n")
            first = next(i for i, line in enumerate(lines) if line.startswith(b'{"result"'))
            lines[first] = b"\x00" * len(lines[first])
            (folder / JOURNAL).write_bytes(b"\n".join(lines))
            (folder / STATE).unlink()
            done = self.run(folder, "plan")
            self.expect("a damaged line: said, the others are used", done.returncode == 0 and "Damaged journal" in done.stdout, done)
            made = [i for r in json.loads((folder / STATE).read_text())["resources"] for i in r["instances"]]
            self.expect("all but one object is there", len(made) == 2)
            self.expect("the damaged journal is kept", (folder / (JOURNAL + ".1")).exists() and not self.left(folder))
        with self.folder(applied=False) as folder:
            self.left_by_a_kill(folder)
            journal = (folder / JOURNAL).read_bytes()
            self.refused("an apply without a lock beside a journal", self.run(folder, "apply", "-auto-approve", "-lock=false"), "ournal")
            self.expect("the journal is as it was", (folder / JOURNAL).read_bytes() == journal)
            state = json.loads((folder / STATE).read_text())
            (folder / STATE).write_text(json.dumps({**state, "lineage": "another"}))
            done = self.run(folder, "plan")
            self.expect("a journal of another lineage: said and kept", "another state" in done.stdout and (folder / (JOURNAL + ".1")).exists(), done)
        with self.folder() as folder:
            (folder / JOURNAL).mkdir()
            self.refused("a journal that can't be read", self.run(folder, "plan"), "journal", "directory")
            self.expect("the lock is released", not (folder / LOCK).exists())

    def damaged_journals(self):
        for junk in JUNK + [b'{"journal":{"version":1,"lineage":"another","serial":1}}\n{"result"', b'{"journal":{"version":9}}\n']:
            with self.folder() as folder:
                before = json.loads((folder / STATE).read_text())["resources"]
                (folder / JOURNAL).write_bytes(junk)
                done = self.run(folder, "plan", "-detailed-exitcode")
                good = done.returncode in (0, 1) and (done.returncode == 0 or "ournal" in done.stderr)
                self.expect(f"a journal of {junk[:30]!r} is settled or refused", good, done)
                self.expect("the state is as it was", json.loads((folder / STATE).read_text())["resources"] == before)

    def limited_files(self):
        """Files that may not grow: as on a full disk, without a file system of our own."""
        def limit(size):
            def now():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            return now
        with self.folder(20) as folder:
            (folder / "main.tf").write_text(CONFIG % (500, "y"))
            before = (folder / STATE).read_bytes()
            size = len(before)
            for size in (0, 50, 100, 1000, size, 2 * size, 5 * size):
                done = self.run(folder, "apply", "-auto-approve", preexec_fn=limit(size), restore_signals=False)
                self.refused(f"an apply with files of {size} bytes", done, "arge")
                json.loads((folder / STATE).read_text())
            done = self.run(folder, "apply", "-auto-approve")
            done = self.run(folder, "plan", "-detailed-exitcode") if done.returncode == 0 else done
            self.expect("without limits everything goes on", done.returncode == 0, done)
            made = json.loads((folder / STATE).read_text())["resources"][0]["instances"]
            kept = {i["attributes"]["id"] for r in json.loads(before)["resources"] for i in r["instances"]}
            self.expect("nothing that was there was lost", kept <= {i["attributes"]["id"] for i in made} and len(made) == 500)
            self.expect("nothing is left over", not [n for n in self.left(folder)])

    # Interrupts

    def interrupted(self, what, folder, running, signals=(signal.SIGINT,), seconds=5):
        before = (folder / STATE).read_bytes() if (folder / STATE).exists() else b""
        begin = time.monotonic()
        for number in signals:
            os.kill(running.pid, number)
        try:
            out, err = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            out, err = running.communicate()
        done = subprocess.CompletedProcess([], running.returncode, out, err)
        self.expect(f"{what}: ends, exit status 1, {time.monotonic() - begin:.1f} s", running.returncode == 1, done)
        after = (folder / STATE).read_bytes() if (folder / STATE).exists() else b""
        self.expect(f"{what}: nothing has changed", before == after)
        return done

    def interrupts_before_anything_is_begun(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.folder() as folder:
                # Long to plan.
                (folder / "main.tf").write_text(CONFIG % (1_000_000, "x"))
                for command in (["plan"], ["apply", "-auto-approve"]):
                    running = self.start(folder, *command)
                    self.expect("it plans", self.wait_until(lambda: (folder / LOCK).exists()))
                    done = self.interrupted(f"{command[0]}, {number.name} while planning", folder, running, [number])
                    self.expect("says so", "Nothing was begun" in done.stderr, done)
                    self.expect("no journal, no lock", not self.left(folder))
            with self.folder() as folder:
                (folder / "main.tf").write_text(CONFIG % (4, "x"))
                for first, command in [(["apply"], "apply"), (["destroy"], "destroy")]:
                    running = subprocess.Popen(
                        [self.infra, *first], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                    )
                    while "Enter a value" not in (line := running.stdout.readline()) and line and "Only 'yes'" not in line:
                        pass
                    time.sleep(0.1)
                    self.expect("the lock is held while asking", (folder / LOCK).exists())
                    self.interrupted(f"{command}, {number.name} at the question", folder, running, [number])
                    self.expect("no journal, no lock", not self.left(folder))
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 3)
            holder = self.start(folder, "apply", "-auto-approve")
            self.wait_until(lambda: (folder / JOURNAL).exists())
            lock = (folder / LOCK).read_text()
            for command in (["plan"], ["apply", "-auto-approve"], ["state", "rm", "terraform_data.after"]):
                waits = self.start(folder, *command, "-lock-timeout=60s") if command[0] != "state" else self.start(
                    folder, "state", "rm", "-lock-timeout=60s", "terraform_data.after")
                time.sleep(0.6)
                done = self.interrupted(f"{command[0]}, Ctrl-C while waiting for the lock", folder, waits)
                self.expect("it was said that it waits", "Acquiring state lock" in done.stdout, done)
                self.expect("the other's lock is still there", (folder / LOCK).read_text() == lock)
            out, err = holder.communicate(timeout=30)
            self.expect("the holder ends well", holder.returncode == 0 and not self.left(folder))

    def an_end_is_asked_for(self):
        with self.folder(applied=False) as folder:
            (folder / "main.tf").write_text(SLOW % 1.5)
            running = self.start(folder, "apply", "-auto-approve", "-parallelism=2", "-json")
            self.wait_until(lambda: (folder / JOURNAL).exists() and b'{"result"' in (folder / JOURNAL).read_bytes())
            running.send_signal(signal.SIGTERM)
            out, err = running.communicate(timeout=30)
            lines = [json.loads(line) for line in out.splitlines()]
            self.expect("SIGTERM: exit status 1, in JSON", running.returncode == 1 and any("Interrupt" in l["@message"] for l in lines))
            made = [i for r in json.loads((folder / STATE).read_text())["resources"] for i in r["instances"]]
            self.expect("what had begun was finished", len(made) == 2 and not any(i.get("status") for i in made) and not self.left(folder))

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
    every = ["damaged_states", "full_disk", "limited_files", "full_output", "read_only", "damaged_plans", "foreign_plans"]
    every += ["two_applies", "dead_holder", "force_unlock", "damaged_journals", "unusual_journals"]
    every += ["interrupts_before_anything_is_begun", "interrupts", "an_end_is_asked_for"]
    for name in a.only or every:
        getattr(faults, name)()
    print(f"{faults.passed} passed, {faults.failed} failed")
    sys.exit(1 if faults.failed else 0)


if __name__ == "__main__":
    main()
