"""The system calls a reading child may not make, as a seccomp filter: no network, no new process, no writing by path.

A list of what is denied, not of what is allowed: an allow list breaks with each new libc, and what a reader must
never do is short. A denied call fails with EPERM, so that a library that tries one gets an ordinary error.
"""

import ctypes
import os
import platform
import struct

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
_KILL = 0x80000000
_ERRNO_EPERM, _ERRNO_ENOSYS = 0x00050000 | 1, 0x00050000 | 38
_CLONE_THREAD, _AF_UNIX = 0x00010000, 1
_ALLOW = 0x7FFF0000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Offsets in `struct seccomp_data`: number, architecture, then the six arguments of 8 bytes.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname getpeername socketpair
# setsockopt getsockopt accept4 recvmmsg sendmmsg · shmget shmat semget msgget · clone fork vfork execve execveat clone3
# · kill tkill tgkill pidfd_send_signal pidfd_open pidfd_getfd ptrace process_vm_readv process_vm_writev · truncate
# ftruncate rename mkdir rmdir creat link unlink symlink chmod fchmod chown fchown lchown mknod and their -at kin,
# setxattr, utimensat, openat2 · mount umount2 pivot_root chroot unshare setns · io_uring bpf perf_event_open
# userfaultfd add_key request_key keyctl setrlimit
_X86_64 = [
    *(*range(41, 56), 288, 299, 307),
    *(29, 30, 64, 68),
    *(56, 57, 58, 59, 322, 435),
    *(62, 200, 234, 424, 434, 438, 101, 310, 311),
    *(76, 77, *range(82, 96), 133, *range(258, 262), *range(263, 267), 268, 316, 452, 188, 189, 190, 280, 437),
    *(165, 166, 155, 161, 272, 308),
    *(425, 426, 427, 321, 298, 323, 248, 249, 250, 160),
]
_AARCH64 = [
    *(*range(198, 213), 242, 243, 269),
    *(194, 196, 190, 186),
    *(220, 221, 281, 435),
    *(129, 130, 131, 424, 434, 438, 117, 270, 271),
    *(45, 46, *range(33, 39), 276, 52, 53, 54, 55, 452, 5, 6, 7, 88, 437),
    *(39, 40, 41, 51, 97, 268),
    *(425, 426, 427, 280, 241, 282, 217, 218, 219, 164),
]
# What a converter, which is started as a program and writes its result into its folder, may do all the same: execve ·
# ftruncate rename mkdir rmdir unlink and their -at kin, readlink, umask. And clone and clone3, which must
# make threads only. LibreOffice does not start without a named pipe of its own that another could knock at: socket of
# that one family, bind listen accept accept4 shutdown, but no connect: it can be called and calls nobody. It asks with
# access whether it may write to /tmp and, told that it may not, puts its pipe where it was told to.
_CONVERTER = {
    "x86_64": ({59, 77, 82, 83, 84, 87, 89, 95, 258, 263, 264, 316, 43, 48, 49, 50, 288}, 56, 435, 41, (21, 1)),
    "aarch64": ({221, 46, 34, 35, 38, 276, 200, 201, 202, 210, 242}, 220, 435, 198, (48, 2)),
}
# machine -> (AUDIT_ARCH, denied, [(open call, its flags argument)], prlimit64)
_MACHINES: dict[str, tuple[int, list[int], list[tuple[int, int]], int]] = {
    "x86_64": (0xC000003E, _X86_64, [(2, 1), (257, 2)], 302),
    "aarch64": (0xC00000B7, _AARCH64, [(56, 2)], 261),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def known() -> bool:
    """Return whether this machine's call numbers are known here."""
    return platform.machine() in _MACHINES


def program(converter: bool = False, threads: bool = False) -> bytes:
    """Return the filter for this machine as `struct sock_filter[]`; KeyError on an unknown machine.

    With `threads` it may start threads and still no process. A converter may do that too, start one program, and
    write where Landlock lets it.
    """
    architecture, denied, opens, prlimit = _MACHINES[platform.machine()]
    may, clone, clone3, socket, access = _CONVERTER[platform.machine()]

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    steps = [
        step(_LOAD, _ARCHITECTURE),
        step(_EQUAL, architecture, 1, 0),
        step(_RETURN, _KILL),
        step(_LOAD, _NUMBER),
        # The x32 twins of the x86_64 calls would pass the list below.
        step(_AT_LEAST, 0x40000000, 0, 1),
        step(_RETURN, _ERRNO_EPERM),
    ]
    if converter or threads:
        denied = [number for number in denied if number not in (clone, clone3)]
        steps += [
            # Its flags lie in memory where no filter sees them; libc then makes its threads with `clone`.
            step(_EQUAL, clone3, 0, 1),
            step(_RETURN, _ERRNO_ENOSYS),
            step(_EQUAL, clone, 0, 4),
            step(_LOAD, _ARGUMENTS),
            step(_ANY_BIT, _CLONE_THREAD, 1, 0),
            step(_RETURN, _ERRNO_EPERM),
            step(_RETURN, _ALLOW),
        ]
    if converter:
        denied = [number for number in denied if number not in may | {socket}]
        opens = []
        steps += [
            step(_EQUAL, socket, 0, 4),
            step(_LOAD, _ARGUMENTS),
            step(_EQUAL, _AF_UNIX, 1, 0),
            step(_RETURN, _ERRNO_EPERM),
            step(_RETURN, _ALLOW),
            step(_EQUAL, access[0], 0, 4),
            step(_LOAD, _ARGUMENTS + 8 * access[1]),
            step(_ANY_BIT, os.W_OK, 0, 1),
            step(_RETURN, _ERRNO_EPERM),
            step(_RETURN, _ALLOW),
        ]
    for number in denied:
        steps += [step(_EQUAL, number, 0, 1), step(_RETURN, _ERRNO_EPERM)]
    for number, argument in opens:
        steps += [
            step(_EQUAL, number, 0, 4),
            step(_LOAD, _ARGUMENTS + 8 * argument),
            step(_ANY_BIT, _WRITING, 0, 1),
            step(_RETURN, _ERRNO_EPERM),
            step(_RETURN, _ALLOW),
        ]
    # libc asks for limits with prlimit64; only setting them (a third argument) is denied.
    steps += [
        step(_EQUAL, prlimit, 0, 6),
        step(_LOAD, _ARGUMENTS + 16),
        step(_EQUAL, 0, 0, 2),
        step(_LOAD, _ARGUMENTS + 20),
        step(_EQUAL, 0, 1, 0),
        step(_RETURN, _ERRNO_EPERM),
        step(_RETURN, _ALLOW),
    ]
    steps.append(step(_RETURN, _ALLOW))
    return b"".join(steps)


def install(libc: ctypes.CDLL, converter: bool = False, threads: bool = False) -> bool:
    """Put the filter over this process for good; False when the kernel or machine has none."""
    if not known():
        return False
    steps = program(converter, threads)
    buffer = ctypes.create_string_buffer(steps, len(steps))
    filter_ = _Program(len(steps) // 8, ctypes.cast(buffer, ctypes.c_void_p).value)
    result: int = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0)
    return result == 0
