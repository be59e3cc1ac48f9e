"""AWS in one process: moto, but EKS and CloudWatch are ministack's.

    python tests/aws/servers/moto_server.py -H 127.0.0.1 -p PORT

moto knows EC2 well (every instance type with its numbers, volumes and interfaces of instances, addresses that conflict), but of
EKS it has no add-ons, access entries, pod identity associations, identity providers and updates, and of CloudWatch no
percentiles. ministack is the other way round. Requests are told apart by the service that they are signed for.
"""

import asyncio
import gzip
import os
import re
import sys
import threading
import urllib.parse

os.environ.setdefault("MINISTACK_ACCOUNT_ID", "123456789012")  # that of moto
os.environ.setdefault("LOG_LEVEL", "ERROR")

import client_tokens
import ministack_cloudwatch
import ministack_eks
import moto_corrections
import moto_databases  # noqa: F401
from correction import correction
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import cloudwatch, eks
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main

one_at_a_time = threading.Lock()


def answer_eks(*request):
    return eks._handle_request_sync(*request)


def answer_cloudwatch(*request):
    with one_at_a_time:
        return asyncio.run(cloudwatch.handle_request(*request))


OF_MINISTACK = {"eks": answer_eks, "monitoring": answer_cloudwatch}


@correction(DomainDispatcherApplication)
def __call__(old, self, environ, start_response):
    if environ["PATH_INFO"] == "/moto-api/reset":
        eks.reset()
        cloudwatch.reset()
    signed = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    if not signed or signed.group(3) not in OF_MINISTACK:
        return old(self, environ, start_response)
    set_request_account_id(signed.group(1))
    set_request_region(signed.group(2))
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    query = urllib.parse.parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    answer = OF_MINISTACK[signed.group(3)]
    status, answered, content = answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], headers, body, query)
    content = content.encode() if isinstance(content, str) else content
    start_response(f"{status} -", [*answered.items(), ("Content-Length", str(len(content)))])
    return [content]


ministack_eks.neighbours = moto_corrections.Neighbours
DomainDispatcherApplication.__call__ = client_tokens.remembered(DomainDispatcherApplication.__call__)

if __name__ == "__main__":
    main(sys.argv[1:])
