"""Run a command for some seconds where a default route leads to a wire that counts what comes out.

Usage: watched.py SECONDS COMMAND [ARGUMENT ...]. Prints the number of packets that left; needs root and `ip`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from loopback_only import enter

ROUTE = """
ip link add out0 type veth peer name wire0
ip addr add 198.51.100.2/24 dev out0
ip link set out0 up
ip link set wire0 up
ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 dev out0
ip route add default via 198.51.100.1
"""


def packets() -> int:
    """Return how many packets have come over the wire."""
    for line in Path("/proc/self/net/dev").read_text().splitlines():
        if line.strip().startswith("wire0:"):
            return int(line.split(":")[1].split()[1])
    raise LookupError("wire0")


def main() -> int:
    """Lay the wire, count while the command runs, print what left beyond what the kernel itself says at link-up."""
    enter()
    # The kernel's own router solicitations are not the product's.
    for name in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    for command in ROUTE.strip().splitlines():
        subprocess.run(command.split(), check=True)
    before = packets()
    process = subprocess.Popen(sys.argv[2:], start_new_session=True, stdout=sys.stderr)
    try:
        process.wait(float(sys.argv[1]))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    print(packets() - before)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
