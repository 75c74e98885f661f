"""Run a command in a network namespace that holds loopback only.

Usage: loopback_only.py COMMAND [ARGUMENT ...]; becomes the command. Where the kernel grants no namespace it says so
on stderr and runs the command as it is.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def enter() -> None:
    """Leave the machine's network for an empty one; raises OSError when that is not granted."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        _, current = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", current | IFF_UP))


if __name__ == "__main__":
    try:
        enter()
        os.environ["MADOGUCHI_LOOPBACK_ONLY"] = "1"
    except OSError as refusal:
        print(f"loopback only: {refusal}; this run does not prove A1", file=sys.stderr)
    os.execvp(sys.argv[1], sys.argv[1:])
