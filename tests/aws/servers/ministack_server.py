"""ministack's server, with corrections where it differs from AWS in what stacks of clusters and databases need.

    python tests/aws/ministack_server.py -H 127.0.0.1 -p PORT

Runs in the venv that has ministack. The corrections, each with its reason, are in ministack_eks.py.
"""

import argparse
import os
import pathlib
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-H", "--host", default="127.0.0.1")
    parser.add_argument("-p", "--port", default="4566")
    args = parser.parse_args()
    # It reads its settings from the environment as it is imported. Its files stay in the venv, and a Docker that may be on
    # this machine is never asked to play clusters and databases.
    files = pathlib.Path(sys.prefix) / "tmp"
    files.mkdir(exist_ok=True)
    os.environ.update(
        BIND_HOST=args.host,
        GATEWAY_PORT=args.port,
        TMPDIR=str(files),
        DOCKER_HOST="tcp://127.0.0.1:9",
        LOG_LEVEL="ERROR",
    )
    sys.argv = ["ministack"]
    import ministack_cloudwatch  # noqa: F401
    import ministack_ec2
    import ministack_eks
    import ministack_iam  # noqa: F401
    import ministack_rds  # noqa: F401

    ministack_eks.neighbours = ministack_ec2.Neighbours
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
