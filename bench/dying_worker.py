"""A worker that kills itself at a border of a step: `python bench/dying_worker.py STEP before|after`.

`before`: the step is about to begin, what came before it is remembered. `after`: it has done its work, and nothing of
that is remembered yet.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from madoguchi import durable
from madoguchi.cli.main import main

name, side = sys.argv[1:]
declare = durable.step


def dying(*options: Any, **named: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a step as always; the one that was named dies at its border."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        if function.__name__ != name:
            return declare(*options, **named)(function)

        @wraps(function)
        def run(*values: Any) -> None:
            if side == "after":
                function(*values)
            os.kill(os.getpid(), signal.SIGKILL)

        return declare(*options, **named)(run)

    return wrap


durable.step = dying
sys.exit(main(["worker"]))
