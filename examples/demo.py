"""The demonstration, step by step. `examples/demo` runs it.

What it makes is in .demo/, a copy of the stacks with states of their own: those in state/ are never touched.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from aws.emulator import ENVIRONMENT, Emulator, in_venv  # noqa: E402

FOLDER = ROOT / ".demo"
BOLD, RESET = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def say(text):
    print(f"\n{BOLD}{text}{RESET}", flush=True)


def took(begin):
    return f"{time.monotonic() - begin:.1f} s"


class Stopped(Exception):
    """Something did not go as it should."""


def build():
    """The program, built as for the tests."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    say("Building infra (the first time takes ten minutes or so: the AWS SDK is large)")
    if subprocess.run(["cargo", "build"], cwd=ROOT, check=False).returncode != 0:
        raise Stopped("infra could not be built.")
    return target / "debug" / "infra"


def leftovers():
    """What an earlier demonstration has left running and lying about."""
    pid = FOLDER / "emulator.pid"
    if pid.exists():
        try:
            os.kill(int(pid.read_text()), signal.SIGTERM)
        except (OSError, ValueError):
            pass
    shutil.rmtree(FOLDER, ignore_errors=True)


class Demo:
    def __init__(self, infra, emulator):
        self.infra = infra
        self.environment = dict(os.environ, AWS_ENDPOINT_URL=emulator.url, **ENVIRONMENT)
        self.environment["PATH"] = f"{infra.parent}{os.pathsep}{os.environ['PATH']}"

    def infra_in(self, folder, *words, expected=0):
        """Runs a command, whose output goes to a file, and gives that."""
        print(f"$ infra {' '.join(words)}", flush=True)
        begin = time.monotonic()
        done = subprocess.run(
            [self.infra, *words, "-no-color"], cwd=folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = done.stdout + done.stderr
        with open(FOLDER / "log", "a", encoding="utf-8") as log:
            log.write(f"\n$ infra {' '.join(words)}\n{output}")
        if done.returncode != expected:
            at = output.find("Error: ")
            raise Stopped(f"It ended with {done.returncode}, and not with {expected}:\n{output[at:] if at >= 0 else output}")
        return output, took(begin)

    def boto(self, name):
        import boto3

        return boto3.client(name, endpoint_url=self.environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
                            aws_access_key_id="a", aws_secret_access_key="b")

    def sprawl(self):
        say("1. What there is: a sprawl of machines that were made by hand")
        folder = FOLDER / "examples" / "sprawl"
        output, seconds = self.infra_in(folder, "apply", "-auto-approve")
        show(output, r"^Apply complete", seconds)
        begin = time.monotonic()
        command = [sys.executable, "metrics.py", "--endpoint", self.environment["AWS_ENDPOINT_URL"]]
        if subprocess.run(command, cwd=folder, env=self.environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise Stopped("Its metrics could not be put.")
        print(f"  and two weeks of its metrics are in CloudWatch ({took(begin)})")

    def plan(self):
        say("2. What is wanted: two racks and their databases, three stacks in one plan")
        output, _ = self.infra_in(FOLDER, "stacks")
        print(indent(output))
        output, seconds = self.infra_in(FOLDER, "plan", "-out=racks.plan")
        show(output, r"^(Stack|Plan:|All of)", seconds)

    def apply(self):
        say("3. One apply, in which each operation begins when what it needs is there")
        output, seconds = self.infra_in(FOLDER, "apply", "racks.plan")
        lines = [line for line in output.splitlines() if "Creation complete" in line]
        picked = [line for line in lines if re.search(r"aws_(vpc|eks_cluster|db_instance|vpc_peering_connection)\.", line)]
        print(indent("\n".join(picked[:8])))
        show(output, r"^(Stack|Apply)", seconds)

    def nothing_to_do(self):
        say("4. The next plan is empty")
        output, seconds = self.infra_in(FOLDER, "plan", "-detailed-exitcode")
        show(output, r"^(Stack|No changes)", seconds)
        say("   What AWS has filled in since things were made goes into the states, so that whatever changes later stands out")
        self.infra_in(FOLDER, "apply", "-refresh-only", "-auto-approve")

    def drift(self):
        say("5. Somebody deletes the way to a database and lets a node group grow, by hand")
        route = self.routes()[0]
        ec2, eks = self.boto("ec2"), self.boto("eks")
        ec2.delete_route(RouteTableId=route["route_table_id"], DestinationCidrBlock=route["destination_cidr_block"])
        name = next(iter(eks.list_nodegroups(clusterName="production")["nodegroups"]))
        eks.update_nodegroup_config(clusterName="production", nodegroupName=name, scalingConfig={"maxSize": 50})
        output, seconds = self.infra_in(FOLDER, "plan", "-refresh-only")
        show(output, r"^(Stack|  # .* has (changed|been deleted)|No changes)", seconds)
        say("   and an apply puts it right")
        output, seconds = self.infra_in(FOLDER, "apply", "-auto-approve")
        show(output, r"^(Stack|Apply)", seconds)

    def routes(self):
        """The routes of production that go over a peering connection, as its state has them."""
        with open(FOLDER / "state" / "production.tfstate", encoding="utf-8") as file:
            resources = json.load(file)["resources"]
        found = [i["attributes"] for r in resources if r["type"] == "aws_route" for i in r["instances"]]
        return [route for route in found if route["vpc_peering_connection_id"]]

    def staging_goes(self):
        say("6. Staging goes, production stays")
        output, seconds = self.infra_in(FOLDER, "destroy", "-auto-approve", "staging")
        show(output, r"^Destroy complete", seconds)
        output, seconds = self.infra_in(FOLDER, "plan", "-detailed-exitcode", "data", "production")
        show(output, r"^(Stack|No changes)", seconds)


def indent(text):
    return "\n".join(f"  {line}" for line in text.splitlines())


def show(output, wanted, seconds):
    """The lines that match, and how long the command took."""
    lines = [line for line in output.splitlines() if re.search(wanted, line)]
    print(indent("\n".join(lines)))
    print(f"  ({seconds})", flush=True)


def look_around(emulator):
    say("Everything goes on running. To look around:")
    print(f"  cd {FOLDER}")
    for name, value in {"AWS_ENDPOINT_URL": emulator.url, **ENVIRONMENT}.items():
        print(f"  export {name}={value}")
    print("  infra stacks; infra plan; infra output production; infra -chdir=stacks/production state list")
    print(f"  kill {emulator.process.pid}     # when you have seen enough")


def main():
    parser = argparse.ArgumentParser(prog="examples/demo", description="Two racks from nothing, on an emulator of AWS.")
    parser.add_argument("--keep", action="store_true", help="leave everything running, and say how to look around")
    args = parser.parse_args()
    begin = time.monotonic()
    leftovers()
    infra = build()
    FOLDER.mkdir()
    for name in ["stacks", "modules", "examples"]:
        shutil.copytree(ROOT / name, FOLDER / name, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__"))
    (FOLDER / "state").mkdir()
    say("Starting an emulator of AWS")
    emulator = Emulator(keep=args.keep)
    (FOLDER / "emulator.pid").write_text(str(emulator.process.pid))
    is_good = False
    try:
        demo = Demo(infra, emulator)
        for step in [demo.sprawl, demo.plan, demo.apply, demo.nothing_to_do, demo.drift, demo.staging_goes]:
            step()
        is_good = True
    except Stopped as problem:
        print(f"\n{problem}\n\nAll output is in {FOLDER / 'log'}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
    finally:
        if not (args.keep and is_good):
            emulator.stop()
    if is_good:
        say(f"That was it, after {time.monotonic() - begin:.0f} s.")
        print("On a real account: have credentials in the environment or a profile, read stacks/*/variables.tf, and run")
        print("\"infra plan\" in this folder. Nothing is changed before \"infra apply\" has been answered with yes.")
        if args.keep:
            look_around(emulator)
        else:
            shutil.rmtree(FOLDER)
    return 0 if is_good else 1


if __name__ == "__main__":
    in_venv()
    sys.exit(main())
