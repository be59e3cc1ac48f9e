#!/usr/bin/env python3
"""Cuts an apply off at every request that changes something, and looks whether the next apply ends as if nothing had happened.

    tests/crash.py --infra target/release/infra [--stack DIR] [--emulator COMMAND] [--from N] [--to N]

For every mutating request of an undisturbed apply in turn: AWS (an emulator on this machine) carries it out, its answer is never
delivered, and `infra` is killed with SIGKILL at that moment. Then `infra apply` runs again, undisturbed. It has to end well, the
world has to be that of the undisturbed run (no orphan, no duplicate, nothing lost, no tag of ours left), and the plan after it
has to be empty. With --answer-only the process lives: the answer is cut, and it has to find out by itself.

The emulator is moto's server; without --emulator it is looked for in .venv, and installed there if it is missing.
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOTO = "moto[server]==5.2.5"
READS = ("Describe", "List", "Get", "Head", "Lookup", "Search", "Simulate", "Assume")
ID = re.compile(r"\b(?:[a-z]+-)+[0-9a-f]{8,17}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b(?:AROA|AIDA|ANPA|AIPA|AGPA)[A-Z0-9]{12,}\b")
VOLATILE = {
    "CreateTime", "LaunchTime", "AttachTime", "CreateDate", "createdAt", "modifiedAt", "UpdateDate", "InstanceCreateTime",
    "LatestRestorableTime", "ClusterCreateTime", "CreationDate", "creationTime", "ExpirationTime", "ResponseMetadata",
    "PublicIp", "PrivateIpAddress", "PrivateIp", "PrivateDnsName", "PublicDnsName", "PrivateIpAddresses", "MacAddress",
    "KeyId", "certificateAuthority", "endpoint", "identity", "clientRequestToken", "EarliestRestorableTime", "RoleLastUsed",
}
LOOKS = {
    "ec2": [
        "describe_vpcs", "describe_subnets", "describe_internet_gateways", "describe_route_tables", "describe_addresses",
        "describe_nat_gateways", "describe_security_groups", "describe_security_group_rules", "describe_network_acls",
        "describe_vpc_peering_connections", "describe_vpc_endpoints", "describe_instances", "describe_volumes",
        "describe_launch_templates", "describe_key_pairs", "describe_network_interfaces", "describe_dhcp_options",
        "describe_egress_only_internet_gateways", "describe_flow_logs", "describe_tags",
    ],
    "iam": ["list_roles", "list_instance_profiles", "list_open_id_connect_providers", "get_account_authorization_details"],
    "rds": ["describe_db_instances", "describe_db_subnet_groups", "describe_db_clusters"],
    "eks": ["list_clusters"],
    "kms": ["list_keys", "list_aliases"],
    "logs": ["describe_log_groups"],
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def operation(headers, body):
    """The name of the operation that a request is for, `CreateVpc`, as far as its protocol tells."""
    target = headers.get("X-Amz-Target")
    if target:
        return target.split(".")[-1]
    if body and b"Action=" in body:
        return urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return None


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes requests on, and cuts one answer off."""

    protocol_version = "HTTP/1.1"
    upstream = None
    lock = threading.Lock()
    mutations = []
    cut_at = None
    victim = None

    def log_message(self, *_):
        pass

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        request = urllib.request.Request(self.upstream + self.path, data=body, method=self.command)
        for name, value in self.headers.items():
            if name.lower() not in ("host", "content-length", "connection"):
                request.add_header(name, value)
        name = operation(self.headers, body) or f"{self.command} {self.path.split('?')[0]}"
        is_read = name.startswith(READS) or name.startswith("GET ")
        if not is_read:
            with Proxy.lock:
                Proxy.mutations.append(name)
                number = len(Proxy.mutations)
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        if not is_read and number == Proxy.cut_at:
            if Proxy.victim is not None:
                Proxy.victim.send_signal(signal.SIGKILL)
                Proxy.victim.wait()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        try:
            self.send_response(answer.status)
            for header, value in answer.headers.items():
                if header.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(header, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


def normal(value):
    """A description without what differs from run to run."""
    if isinstance(value, dict):
        return {k: normal(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return sorted((normal(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, str):
        return ID.sub("<id>", value)
    return value if isinstance(value, (int, float, bool, type(None))) else str(type(value).__name__)


class World:
    def __init__(self, endpoint):
        import boto3

        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, endpoint_url=endpoint, **keys) for name in LOOKS}

    def seen(self):
        found = {}
        for service, calls in LOOKS.items():
            for call in calls:
                try:
                    found[f"{service}.{call}"] = normal(getattr(self.clients[service], call)())
                except Exception as error:
                    found[f"{service}.{call}"] = type(error).__name__
        return found


def run(args, folder, endpoint, *command, victim=False):
    env = dict(os.environ, AWS_ENDPOINT_URL=endpoint, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_REGION="us-east-1")
    process = subprocess.Popen(
        [args.infra, *command, "-no-color"], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if victim:
        Proxy.victim = process
    output, _ = process.communicate(timeout=600)
    Proxy.victim = None
    return process.returncode, output


def difference(a, b):
    lines = []
    for key in a:
        if a[key] != b[key]:
            x, y = (json.dumps(v, indent=1, sort_keys=True).splitlines() for v in (a[key], b[key]))
            only = [f"- {line}" for line in x if line not in y] + [f"+ {line}" for line in y if line not in x]
            lines.append(f"{key}: {len(x)} and {len(y)} lines\n" + "\n".join(only[:20]))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--infra", required=True)
    parser.add_argument("--stack", default=str(ROOT / "tests/aws/crash"))
    parser.add_argument("--emulator")
    parser.add_argument("--from", dest="first", type=int, default=1)
    parser.add_argument("--to", dest="last", type=int)
    parser.add_argument("--answer-only", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.infra = os.path.abspath(args.infra)
    python = emulator_python()
    if os.path.realpath(sys.executable) != os.path.realpath(python) and os.environ.get("CRASH_IN_VENV") is None:
        os.environ["CRASH_IN_VENV"] = "1"
        os.execv(python, [python, *sys.argv])
    port = free_port()
    command = args.emulator or str(pathlib.Path(python).parent / "moto_server")
    emulator = subprocess.Popen([*command.split(), "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return tried(args, f"http://127.0.0.1:{port}")
    finally:
        emulator.kill()
        emulator.wait()


def emulator_python():
    """Python of the venv that has the emulator, made if need be."""
    venv = ROOT / ".venv" / "moto"
    if not (venv / "bin" / "moto_server").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "-q", MOTO], check=True)
    return str(venv / "bin" / "python")


def tried(args, upstream):
    for _ in range(200):
        try:
            urllib.request.urlopen(upstream + "/moto-api/", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    Proxy.upstream = upstream
    server = Server(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    world = World(upstream)
    passed, failures = 0, []

    def fresh():
        urllib.request.urlopen(urllib.request.Request(upstream + "/moto-api/reset", method="POST"))
        folder = tempfile.mkdtemp(prefix="crash-")
        shutil.copytree(args.stack, folder, dirs_exist_ok=True)
        Proxy.mutations.clear()
        Proxy.cut_at = None
        return folder

    folder = fresh()
    status, output = run(args, folder, endpoint, "apply", "-auto-approve")
    if status != 0:
        print(output)
        print("The undisturbed apply failed.")
        return 1
    wanted, names = world.seen(), list(Proxy.mutations)
    shutil.rmtree(folder)
    print(f"An undisturbed apply sends {len(names)} requests that change something.")
    for number in range(args.first, min(args.last or len(names), len(names)) + 1):
        folder = fresh()
        Proxy.cut_at = number
        status, output = run(args, folder, endpoint, "apply", "-auto-approve", victim=not args.answer_only)
        cut = Proxy.mutations[number - 1] if len(Proxy.mutations) >= number else "nothing"
        Proxy.cut_at = None
        problems = []
        if args.answer_only and status != 0:
            problems.append("the apply whose answer was cut failed:\n" + output[-2000:])
        status, output = run(args, folder, endpoint, "apply", "-auto-approve")
        if status != 0:
            problems.append("the next apply failed:\n" + output[-2500:])
        different = difference(wanted, world.seen())
        if different:
            problems.append("the world is another one:\n" + different)
        status, output = run(args, folder, endpoint, "plan", "-detailed-exitcode")
        if status != 0:
            problems.append("the plan is not empty:\n" + output[-1500:])
        if problems:
            failures.append((number, cut))
            print(f"FAIL {number} ({cut}): " + "\n".join(problems))
        else:
            passed += 1
            if args.verbose:
                print(f"ok {number} ({cut})")
        shutil.rmtree(folder)
    server.shutdown()
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
