"""Run a command with MADOGUCHI_DATABASE_URL at a PostgreSQL of its own, which ends with it.

Usage: with_postgresql.py COMMAND [ARGUMENT ...]; exits with the command's status.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def programs() -> Path:
    """Return the folder of Debian's newest PostgreSQL programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise SystemExit("PostgreSQL がありません: apt-get install postgresql")
    return found[-1]


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Make a cluster in a temporary folder, run the command, stop the cluster."""
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-pg-"))
    # PostgreSQL refuses to run as root.
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    bin_folder, data, port = programs(), folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
    subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "madoguchi", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        check=True,
        **quiet,  # type: ignore[call-overload]
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    control = [bin_folder / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], check=True, **quiet)  # type: ignore[call-overload]
    try:
        url = f"postgresql://madoguchi@127.0.0.1:{port}/postgres"
        return subprocess.run(sys.argv[1:], env=os.environ | {"MADOGUCHI_DATABASE_URL": url}).returncode
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
