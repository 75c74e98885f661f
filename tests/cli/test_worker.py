"""`madoguchi worker`: the work in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path


def test_it_gives_way_to_other_processes_and_ends_when_told(tmp_path):
    environment = {**os.environ, "MADOGUCHI_HOME": str(tmp_path), "MADOGUCHI_WORKER_NICE": "7"}
    command = [str(Path(sys.executable).with_name("madoguchi")), "worker"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout and "開始" in worker.stdout.readline()
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
