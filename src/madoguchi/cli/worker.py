"""`madoguchi worker`: the work without the pages, for more machines or a process of its own."""

import argparse
import os
import signal
import threading

from madoguchi.cli.start import end, start


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_: argparse.Namespace) -> int:
    """Do the work until told to stop; beside another worker of this home, wait for its turn."""
    start()
    from django.conf import settings

    from madoguchi import durable
    from madoguchi.llm import local_model

    # Whoever asks a question on this machine waits for nothing that could wait itself.
    os.nice(settings.WORKER_NICE)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if durable.launch(worker=True, keep_trying=True):
        print("作業係を開始しました。", flush=True)
    else:
        print("このデータには別の作業係が動いています。交代を待ちます。", flush=True)
    # Beside a server on this machine its port is taken, and that server's model is used.
    model = local_model.started()
    # Without a limit a signal that comes just as the wait begins would not end it.
    while not over.wait(1):
        pass
    if model:
        model.stop()
    return end()
