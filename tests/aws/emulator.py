#!/usr/bin/env python3
"""AWS on this machine: the emulators, and a proxy before them that counts, delays, refuses and cuts off.

    tests/aws/emulator.py [--port N] [--keep] [--ministack]

starts an emulator and prints the environment to use; it runs until it is interrupted, with --keep until its process is killed.
Nothing here reaches another machine but for pip, which installs an emulator into .venv once.
"""

import argparse
import fnmatch
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = ["moto[server]==5.2.5", "ministack==1.5.33", "cbor2==5.7.1"]
READS = ("Describe", "List", "Get", "Head", "Lookup", "Search", "Simulate", "Assume")
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}

# Why a request is refused: the status, and the codes of EC2, of the other services with queries, and of those with JSON.
REFUSALS = {
    "throttled": (503, "RequestLimitExceeded", "Throttling", "ThrottlingException"),
    "failed": (500, "InternalError", "InternalError", "InternalFailure"),
    "expired": (403, "RequestExpired", "ExpiredToken", "ExpiredTokenException"),
    "denied": (403, "UnauthorizedOperation", "AccessDenied", "AccessDeniedException"),
}
MESSAGES = {
    "throttled": "Request limit exceeded.",
    "failed": "An internal error has occurred.",
    "expired": "Request has expired.",
    "denied": "User: arn:aws:iam::123456789012:user/a is not authorized to perform: {operation}",
}


def python():
    """The Python of .venv/aws, which has the emulators; pip installs them if they aren't there, or of another version."""
    venv = ROOT / ".venv" / "aws"
    found, marker = venv / "bin" / "python", venv / "packages"
    if not marker.exists() or marker.read_text() != "\n".join(PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        pip = [str(found), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES]
        if subprocess.run(pip, check=False).returncode != 0:
            sys.exit(f"The emulators could not be installed from PyPI. What was tried: {' '.join(pip)}")
        marker.write_text("\n".join(PACKAGES))
    return str(found)


def in_venv():
    """Goes on as a program of the venv that has the emulators and boto3."""
    found = python()
    if os.environ.get("IN_EMULATOR_VENV") is None:
        os.environ["IN_EMULATOR_VENV"] = "1"
        os.execv(found, [found, *sys.argv])


def infra_of_arguments(about):
    """The path of the program to try, of a script that takes nothing else, which goes on in the venv. `about`: its description."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("--infra", required=True)
    args = parser.parse_args()
    in_venv()
    return os.path.abspath(args.infra)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Emulator:
    """AWS: moto, and for EKS and CloudWatch ministack, in one process, on a port of 127.0.0.1 (a free one if none is given).

    `keep`: it outlives this process.
    """

    server, health, emptying = "moto_server.py", "/moto-api/", "/moto-api/reset"

    def __init__(self, port=None, keep=False):
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        server = pathlib.Path(__file__).parent / "servers" / self.server
        self.process = subprocess.Popen(
            [python(), str(server), "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | self.settings(),
            start_new_session=keep,
        )
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + self.health, timeout=5).read()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.server} does not answer on {self.url}; is the port taken?")

    @staticmethod
    def settings():
        return {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}

    def reset(self):
        """An empty account again."""
        urllib.request.urlopen(urllib.request.Request(self.url + self.emptying, method="POST", data=b""), timeout=60).read()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Ministack(Emulator):
    """ministack alone: another one's idea of AWS."""

    server, health, emptying = "ministack_server.py", "/_ministack/health", "/_ministack/reset"

    @staticmethod
    def settings():
        return {}


def operation(headers, body, method, path):
    """The name of the operation that a request is for, `CreateVpc`, as far as its protocol tells."""
    target = headers.get("X-Amz-Target")
    if target:
        return target.split(".")[-1]
    if body and b"Action=" in body:
        return urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return f"{method} {path.split('?')[0]}"


def service(headers):
    """The service, as the signature has it."""
    found = re.search(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/", headers.get("Authorization") or "")
    return found.group(1) if found else "?"


class Proxy:
    """Stands before the emulator.

    calls: how often each operation was asked for, `ec2:CreateVpc`; refused requests count, too.
    latency: seconds that every request takes longer.
    throttled, failing, reset: the part of the requests that is refused as too many, gets a 500, or gets no answer.
    spikes: the part of the requests that takes `spike` seconds longer.
    silent_until: until when (of time.monotonic) no request is answered.
    busy: how many of the next requests for an operation are refused as too many, by its name.
    expired_from: the number of the request, from 1, from which on the credentials have expired.
    denied: the operations that are not allowed, with wildcards: `ec2:*Subnet*`.
    before: called with each operation, before it is carried out; no other is begun meanwhile.
    cut_at: the number of the request that changes something, from 1, whose answer is not delivered; `victim` is killed then.
    """

    def __init__(self, upstream, seed=0):
        self.upstream = upstream
        self.random = random.Random(seed)
        self.lock, self.gate = threading.Lock(), threading.Lock()
        self.clear()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                """Whoever asks may be killed at any time."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def clear(self):
        """Nothing has been asked for, and nothing goes wrong."""
        self.calls, self.mutations, self.victim, self.spike = {}, [], None, 3.0
        self.calm()

    def calm(self):
        """Nothing goes wrong from here on."""
        self.latency = self.throttled = self.failing = self.reset = self.spikes = self.silent_until = 0.0
        self.cut_at = self.expired_from = self.before = None
        self.denied, self.busy = [], {}

    def handle(self, h):
        length = int(h.headers.get("Content-Length") or 0)
        body = h.rfile.read(length) if length else None
        name = operation(h.headers, body, h.command, h.path)
        is_read = name.startswith(READS) or name.startswith("GET ")
        with self.lock:
            key = f"{service(h.headers)}:{name}"
            self.calls[key] = self.calls.get(key, 0) + 1
            number = 0
            if not is_read:
                self.mutations.append(name)
                number = len(self.mutations)
            fate, is_slow = self.random.random(), self.random.random() < self.spikes
            is_expired = self.expired_from is not None and sum(self.calls.values()) >= self.expired_from
            is_busy = self.busy.get(key, 0) > 0
            self.busy[key] = self.busy.get(key, 0) - 1
        if time.monotonic() < self.silent_until:
            return self.hang_up(h)
        time.sleep(self.latency + (self.spike if is_slow else 0))
        if is_expired:
            return self.refuse(h, key, body, "expired")
        if any(fnmatch.fnmatchcase(key, pattern) for pattern in self.denied):
            return self.refuse(h, key, body, "denied")
        if key == "sts:DecodeAuthorizationMessage":
            return self.decode(h, body)
        if is_busy or fate < self.throttled:
            return self.refuse(h, key, body, "throttled")
        if fate < self.throttled + self.failing:
            return self.refuse(h, key, body, "failed")
        with self.gate:
            if self.before:
                self.before(key)
        content, status, headers = self.forward(h, body)
        if fate > 1 - self.reset or (number and number == self.cut_at):
            if number == self.cut_at and self.victim is not None:
                self.victim.send_signal(signal.SIGKILL)
                self.victim.wait()
            return self.hang_up(h)
        self.answer(h, status, headers, content)

    def forward(self, h, body):
        request = urllib.request.Request(self.upstream + h.path, data=body, method=h.command)
        for name, value in h.headers.items():
            if name.lower() not in ("host", "content-length", "connection"):
                request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        skipped = ("content-length", "transfer-encoding", "connection", "date", "server")
        headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in skipped]
        return answer.read(), answer.status, headers

    def refuse(self, h, key, body, why):
        """An error as the service and the protocol of the request have it."""
        said = MESSAGES[why].format(operation=key)
        status, of_ec2, of_query, of_json = REFUSALS[why]
        is_query, is_ec2 = b"Action=" in (body or b""), service(h.headers) == "ec2"
        if is_ec2 and why == "denied":
            said += f". Encoded authorization failure message: {urllib.parse.quote(key)}"
        code = of_ec2 if is_ec2 else of_query if is_query else of_json
        if is_ec2:
            text = f"<Response><Errors><Error><Code>{code}</Code><Message>{said}</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        elif is_query:
            text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{said}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        else:
            text = json.dumps({"__type": code, "message": said})
            status = 429 if why == "throttled" else status
        kind = "text/xml" if is_query else "application/json"
        self.answer(h, status, [("Content-Type", kind), ("x-amzn-ErrorType", code), ("x-amzn-RequestId", "r-1")], text.encode())

    def decode(self, h, body):
        """What an encoded reason says."""
        asked = urllib.parse.parse_qs(body.decode())["EncodedMessage"][0]
        context = {"principal": {"arn": "arn:aws:iam::123456789012:user/a"}, "action": urllib.parse.unquote(asked), "resource": "*"}
        reason = json.dumps({"allowed": False, "explicitDeny": False, "matchedStatements": {"items": []}, "context": context})
        text = f"<DecodedMessage>{reason}</DecodedMessage>".join(
            ["<DecodeAuthorizationMessageResponse><DecodeAuthorizationMessageResult>",
             "</DecodeAuthorizationMessageResult></DecodeAuthorizationMessageResponse>"]
        )
        self.answer(h, 200, [("Content-Type", "text/xml")], text.encode())

    @staticmethod
    def answer(h, status, headers, content):
        try:
            h.send_response(status)
            for name, value in headers:
                h.send_header(name, value)
            h.send_header("Content-Length", str(len(content)))
            h.end_headers()
            h.wfile.write(content)
        except OSError:
            h.close_connection = True

    @staticmethod
    def hang_up(h):
        h.close_connection = True
        try:
            h.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def run(infra, folder, proxy, *command, is_victim=False):
    """What a command of infra ends with, and what it says. `is_victim`: the proxy may kill it."""
    process = subprocess.Popen(
        [infra, *command, "-no-color"],
        cwd=folder,
        env=dict(os.environ, AWS_ENDPOINT_URL=proxy.url, **ENVIRONMENT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if is_victim:
        proxy.victim = process
    output, _ = process.communicate(timeout=600)
    proxy.victim = None
    return process.returncode, output


def errors(output):
    """What an output says that went wrong; its end if it says nothing of the kind."""
    at = output.find("Error: ")
    return output[at : at + 1200] if at >= 0 else output[-600:]


def main():
    parser = argparse.ArgumentParser(description="Starts an emulator of AWS and prints the environment to use.")
    parser.add_argument("--ministack", action="store_true", help="ministack alone, the second emulator of the tests")
    parser.add_argument("--port", type=int, help="the port of 127.0.0.1 (default: a free one)")
    parser.add_argument("--keep", action="store_true", help="leave it running, and say how to stop it")
    args = parser.parse_args()
    emulator = (Ministack if args.ministack else Emulator)(args.port, args.keep)
    for name, value in {"AWS_ENDPOINT_URL": emulator.url, **ENVIRONMENT}.items():
        print(f"export {name}={value}")
    if args.keep:
        print(f"# it runs; to stop it: kill {emulator.process.pid}")
        return
    print("# it runs until you press Ctrl-C", flush=True)
    with emulator:
        try:
            emulator.process.wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
