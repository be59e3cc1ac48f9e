#!/usr/bin/env python3
"""Plays the examples that need AWS, each in an empty account of an emulator on this machine.

    tests/examples.py --infra BINARY [--terraform BINARY] [EXAMPLE…]

For each of them: validate, plan, apply of that plan, a plan that has to be empty, destroy, after which the account has to be
as it was before. What an example brings along is played, too: `make.py` makes what there is to import, and `metrics.py` fills
CloudWatch, twice, of which the second time must find everything there; then the values are read back.

With --terraform, Terraform looks at what infra has made and has to find no changes; then it makes the example, and infra has
to find none.
"""

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from aws.emulator import ENVIRONMENT, ROOT, Emulator, Proxy, in_venv
from aws.world import World, difference

EXAMPLES = ROOT / "examples"
# What AWS goes on telling of for a while after it is gone, and the tags of that; what the emulator doesn't take away with a
# VPC, a machine or a database.
LINGERING = {"ec2.describe_instances", "ec2.describe_vpc_peering_connections", "ec2.describe_tags"}
LINGERING |= {"ec2.describe_network_acls", "ec2.describe_network_interfaces", "kms.list_keys", "kms.list_aliases"}
TIMEOUT = 1800
NO_CHANGES, CHANGES = 0, 2


class Failed(Exception):
    """A step of an example did not end as it has to; what it said."""


def on_aws():
    """The names of the examples that have resources of AWS."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/versions.tf") if "hashicorp/aws" in path.read_text())


class Example:
    """An example in a folder of its own, with an emulator to play on."""

    def __init__(self, name, args, emulator, proxy):
        self.name, self.args, self.emulator, self.proxy = name, args, emulator, proxy
        self.folder = tempfile.mkdtemp(prefix=f"{name}-")
        shutil.copytree(EXAMPLES / name, self.folder, dirs_exist_ok=True)

    def has(self, file):
        return os.path.exists(os.path.join(self.folder, file))

    def run(self, step, *command, status=NO_CHANGES):
        """Runs a command, and says how long it took; what it has said."""
        begun, calls = time.monotonic(), sum(self.proxy.calls.values())
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=dict(os.environ, AWS_ENDPOINT_URL=self.proxy.url, **ENVIRONMENT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        calls = sum(self.proxy.calls.values()) - calls
        if done.returncode != status:
            raise Failed(f"{step}: exit status {done.returncode}, not {status}\n{excerpt(done.stdout)}")
        print(f"  {step:<28} {time.monotonic() - begun:6.1f} s  {calls:5} calls  {last_words(done.stdout)}", flush=True)
        return done.stdout

    def infra(self, command, *flags, status=NO_CHANGES):
        self.run(f"infra {command}", self.args.infra, command, *flags, "-no-color", status=status)

    def terraform(self, command, *flags, status=NO_CHANGES):
        self.run(f"terraform {command}", self.args.terraform, command, *flags, "-no-color", status=status)

    def script(self, file):
        return self.run(file, sys.executable, file, "--endpoint", self.emulator.url)

    def play(self):
        self.emulator.reset()
        world = World(self.emulator.url)
        before = lasting(world)
        generate = []
        if self.has("make.py"):
            self.script("make.py")
            generate = ["-generate-config-out=generated.tf"]
        self.infra("validate")
        self.infra("plan", "-out=plan", "-detailed-exitcode", *generate, status=CHANGES)
        self.infra("apply", "plan")
        self.infra("plan", "-detailed-exitcode")
        if self.has("metrics.py"):
            self.metrics()
        if self.args.terraform:
            self.terraform("init")
            self.terraform("validate")
            self.terraform("plan", "-detailed-exitcode")
        self.infra("destroy", "-auto-approve")
        self.same(before, world)
        if self.args.terraform:
            if self.has("make.py"):
                self.script("make.py")
            self.terraform("apply", "-auto-approve")
            self.infra("plan", "-detailed-exitcode")
            self.infra("destroy", "-auto-approve")
            self.same(before, world)

    @staticmethod
    def same(before, world):
        left = difference(before, lasting(world))
        if left:
            raise Failed(f"the account is not as it was before:\n{left}")

    def metrics(self):
        """CloudWatch is filled, and every machine has its two weeks there, or as much of them as it has existed."""
        self.script("metrics.py")
        if ": 0 values put" not in self.script("metrics.py"):
            raise Failed("metrics.py has put values that were there already")
        begun = time.monotonic()
        counts = cpu_values(self.emulator.url)
        whole = 14 * 24 * 12
        if not counts or max(counts.values()) != whole or min(counts.values()) < 12:
            raise Failed(f"values of CPUUtilization that were read back, of {whole}: {counts}")
        complete = sum(count == whole for count in counts.values())
        print(f"  {'read back':<28} {time.monotonic() - begun:6.1f} s  {complete} of {len(counts)} machines have two weeks")


def cpu_values(endpoint):
    """How many values of CPUUtilization between 0 and 100 each running machine has."""
    import boto3

    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    ec2, cloudwatch = (boto3.client(name, endpoint_url=endpoint, **keys) for name in ("ec2", "cloudwatch"))
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    pages = ec2.get_paginator("describe_instances").paginate(Filters=running)
    machines = [i["InstanceId"] for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]]
    counts, end = {}, datetime.datetime.now(datetime.timezone.utc)
    for at in range(0, len(machines), 25):
        queries = [
            {
                "Id": machine.replace("-", "_"),
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/EC2",
                        "MetricName": "CPUUtilization",
                        "Dimensions": [{"Name": "InstanceId", "Value": machine}],
                    },
                    "Period": 300,
                    "Stat": "Average",
                },
            }
            for machine in machines[at : at + 25]
        ]
        start = end - datetime.timedelta(days=15)
        for page in cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, StartTime=start, EndTime=end):
            for result in page["MetricDataResults"]:
                counts[result["Id"]] = counts.get(result["Id"], 0) + sum(0 <= value <= 100 for value in result["Values"])
    return counts


def lasting(world):
    """What there is, without what lingers."""
    return {look: found for look, found in world.seen().items() if look not in LINGERING}


def excerpt(output):
    """What an output says that went wrong, or its end."""
    at = output.find("Error: ")
    return output[at : at + 2000] if at >= 0 else output[-2000:]


def last_words(output):
    """The line of an output that tells the result."""
    found = re.findall(r"^(?:Plan: .*|No changes\.|\w+ complete! .*|Success!.*|.* values put.*|Made by hand.*)", output, re.M)
    return found[-1] if found else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--terraform", help="have Terraform look, too")
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE", help="default: all")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    names = args.examples or on_aws()
    unknown = set(names) - set(on_aws())
    if unknown:
        sys.exit(f"No example on AWS: {', '.join(sorted(unknown))}. There are {', '.join(on_aws())}.")
    failed = []
    with Emulator() as emulator:
        for name in names:
            print(name, flush=True)
            example = Example(name, args, emulator, Proxy(emulator.url))
            try:
                example.play()
                shutil.rmtree(example.folder)
            except (Failed, subprocess.TimeoutExpired) as error:
                failed.append(name)
                print(f"  FAILED: {error}\n  Its folder: {example.folder}", flush=True)
    print(f"{len(names) - len(failed)} of {len(names)} examples passed." + (f" Failed: {', '.join(failed)}." if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
