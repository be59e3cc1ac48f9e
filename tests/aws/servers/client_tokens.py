"""A request with a client token that has succeeded: AWS answers a repetition with what the first one made. The emulators make it
again, or refuse it because of its name."""

import io
import re

TOKEN = re.compile(rb'(?:^|&)ClientToken=([^&]+)|"clientRequestToken": *"([^"]+)"')


def remembered(handle):
    """The handling of requests, with what the same token was answered before."""
    answers = {}

    def corrected(application, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        token = TOKEN.search(body)
        if not token:
            return handle(application, environ, start_response)
        key = environ["REQUEST_METHOD"], environ["PATH_INFO"], token.group(1) or token.group(2)
        if key not in answers:
            told = []
            content = b"".join(handle(application, environ, lambda *head: told.extend(head[:2])))
            if not told[0].startswith("2"):
                start_response(*told)
                return [content]
            answers[key] = (*told, content)
        status, headers, content = answers[key]
        start_response(status, headers)
        return [content]

    return corrected
