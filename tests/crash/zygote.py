"""A process that has imported everything and forks one run after the other: a run starts within milliseconds.

It reads a run from each line of its standard input, and writes how the run ended: an exit code, or the negative number
of the signal that killed it.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from functools import cache

from botocore.loaders import JSONFileLoader

from ecr.aws.sessions import Access
from tests.crash.child import Run, run


def main() -> None:
    _read_models()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = run(Run(**json.loads(line)))
            except BaseException:  # noqa: BLE001 - a defect of any kind goes into the log
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _read_models() -> None:
    """Read botocore's models once for all runs: it is most of what the start of one costs."""
    original, reader = JSONFileLoader.load_file, JSONFileLoader()
    read = cache(lambda path: original(reader, path))
    JSONFileLoader.load_file = lambda _, path: read(path)
    for service in ("ecr", "sts"):
        Access().client(service, "eu-west-1")


if __name__ == "__main__":
    main()
