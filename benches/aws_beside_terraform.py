#!/usr/bin/env python3
"""Plans of what is there already, on an emulator of AWS: requests, time and memory, beside Terraform.

    benches/aws_beside_terraform.py --infra target/release/infra [--terraform PATH] [--latency SECONDS] [--runs N] [STACK…]

A STACK is a folder, or `large`: 60 instances, 40 volumes, 30 security groups with 400 rules, 60 subnets, 40 route tables with
300 routes, 40 roles with 120 attachments. `infra` applies it, then both plan without changes. Of infra the best run counts, of
Terraform the first. Terraform finds its provider as its CLI configuration says.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from aws.emulator import ENVIRONMENT, Emulator, Proxy, in_venv  # noqa: E402

LARGE = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
}
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
}
locals { rules = { for i in range(400) : i => { group = i % 30, port = 1000 + i } } }
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "main" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "main" {
  count             = 60
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c"][count.index % 3]}"
  tags              = { Name = "s${count.index}" }
}
resource "aws_route_table" "main" {
  count  = 40
  vpc_id = aws_vpc.main.id
  tags   = { Name = "t${count.index}" }
}
resource "aws_route" "main" {
  count                  = 300
  route_table_id         = aws_route_table.main[count.index % 40].id
  destination_cidr_block = cidrsubnet("172.16.0.0/12", 12, count.index)
  gateway_id             = aws_internet_gateway.main.id
}
resource "aws_security_group" "main" {
  count  = 30
  name   = "g${count.index}"
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group_rule" "main" {
  for_each          = local.rules
  type              = "ingress"
  security_group_id = aws_security_group.main[each.value.group].id
  protocol          = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_blocks       = ["10.0.0.0/8"]
}
resource "aws_instance" "main" {
  count         = 60
  ami           = "ami-12c6146b"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.main[count.index].id
  tags          = { Name = "i${count.index}" }
}
resource "aws_ebs_volume" "main" {
  count             = 40
  availability_zone = "us-east-1a"
  size              = 10
}
resource "aws_iam_role" "main" {
  count = 40
  name  = "r${count.index}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "main" {
  count      = 120
  role       = aws_iam_role.main[count.index % 40].name
  policy_arn = "arn:aws:iam::aws:policy/${["AmazonEC2ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonVPCReadOnlyAccess"][floor(count.index / 40)]}"
}
"""


def command(program, folder, proxy, *arguments, latency=0.0):
    """Seconds, peak memory in MB and requests of a command, and its status and output."""
    proxy.clear()
    proxy.latency = latency
    environment = dict(os.environ, AWS_ENDPOINT_URL=proxy.url, **ENVIRONMENT)
    before = time.monotonic()
    process = subprocess.Popen(
        [program, *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    peak = {}

    # The memory of Terraform is that of its provider's process, too.
    def watch():
        while process.poll() is None:
            total = 0
            for status in pathlib.Path("/proc").glob("[0-9]*/status"):
                try:
                    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                except OSError:
                    continue
                if int(fields.get("PPid", 0)) == process.pid or int(fields["Pid"]) == process.pid:
                    total += int(fields.get("VmHWM", "0 kB").split()[0])
            peak["kb"] = max(peak.get("kb", 0), total)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - before
    watcher.join()
    return seconds, peak.get("kb", 0) / 1024, dict(proxy.calls), process.returncode, output.decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--terraform")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("stacks", nargs="*", default=["large"])
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    in_venv()
    with Emulator() as emulator:
        proxy = Proxy(emulator.url)
        for stack in args.stacks:
            emulator.reset()
            measure(args, proxy, stack)


def measure(args, proxy, stack):
    with tempfile.TemporaryDirectory() as folder:
        if stack == "large":
            pathlib.Path(folder, "main.tf").write_text(LARGE)
        else:
            shutil.copytree(stack, folder, dirs_exist_ok=True)
        seconds, memory, calls, status, output = command(args.infra, folder, proxy, "apply", "-auto-approve", "-no-color")
        print(f"{stack}: infra apply: {seconds:.1f} s, {memory:.0f} MB, {sum(calls.values())} requests, status {status}")
        if status:
            print(output[-3000:])
            return
        plan = ("plan", "-no-color", "-detailed-exitcode")
        runs = [command(args.infra, folder, proxy, *plan, latency=args.latency) for _ in range(args.runs)]
        ours = min(runs, key=lambda run: run[0])
        tell("infra plan", ours)
        if args.terraform:
            subprocess.run([args.terraform, "init", "-no-color"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            theirs = command(args.terraform, folder, proxy, *plan, latency=args.latency)
            tell("terraform plan", theirs)
            requests = sum(theirs[2].values()) / max(1, sum(ours[2].values()))
            print(f"  1/{requests:.1f} of the requests, {theirs[0] / ours[0]:.1f} times as fast, 1/{theirs[1] / ours[1]:.1f} of the memory")
            table(ours[2], theirs[2])
        else:
            table(ours[2], {})


def tell(what, run):
    seconds, memory, calls, status, output = run
    print(f"  {what}: {seconds:.3f} s, {memory:.0f} MB, {sum(calls.values())} requests, status {status}")
    if status:
        print(output[-3000:])


def table(ours, theirs):
    print("  | operation | infra | terraform |\n  | --- | --- | --- |")
    for name in sorted(set(ours) | set(theirs)):
        print(f"  | `{name}` | {ours.get(name, 0)} | {theirs.get(name, 0)} |")


if __name__ == "__main__":
    sys.exit(main())
