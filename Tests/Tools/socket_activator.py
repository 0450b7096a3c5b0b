#!/usr/bin/env python3
"""Starts a program as systemd does under socket activation (sd_listen_fds(3)), for tests.

Usage: socket_activator.py SOCKET... -- PROGRAM WORD...
SOCKET is NAME=tcp:HOST:PORT, NAME=tcp6:HOST:PORT, NAME=unix:PATH, NAME=abstract:NAME, and for what
must be refused NAME=udp:HOST:PORT, NAME=bound:HOST:PORT (nobody listens), NAME=file:PATH,
NAME=closed:.
The sockets stay open as long as this process. SIGUSR1 ends the program and starts it anew when it
has ended; SIGTERM ends both. The exit status is the program's.
"""
import os
import signal
import socket
import sys


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def make(kind, where):
    """A descriptor, or None for one that is not to be open."""
    if kind == "closed":
        return None
    if kind == "file":
        return os.open(where, os.O_RDONLY)
    families = {"tcp6": socket.AF_INET6, "unix": socket.AF_UNIX, "abstract": socket.AF_UNIX}
    type_ = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    made = socket.socket(families.get(kind, socket.AF_INET), type_)
    if kind == "abstract":
        made.bind("\0" + where)
    else:
        made.bind(where if kind == "unix" else address(where))
    if kind not in ("udp", "bound"):
        made.listen(128)
    return made.detach()


def start(descriptors, names, words):
    pid = os.fork()
    if pid:
        return pid
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # First out of the way: a number may be the place of another one.
    moved = [None if number is None else os.dup2(number, 100 + place, inheritable=False)
             for place, number in enumerate(descriptors)]
    for place, number in enumerate(moved):
        if number is None:
            os.closerange(3 + place, 4 + place)
        else:
            os.dup2(number, 3 + place, inheritable=True)
    environment = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(moved)),
                       LISTEN_FDNAMES=":".join(names))
    os.execve(words[0], words, environment)


def main():
    cut = sys.argv.index("--")
    names, descriptors = [], []
    for text in sys.argv[1:cut]:
        name, _, rest = text.partition("=")
        kind, _, where = rest.partition(":")
        names.append(name)
        descriptors.append(make(kind, where))
    waited = {signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    pid = start(descriptors, names, sys.argv[cut + 1:])
    restarts = False
    while True:
        number = signal.sigwait(waited)
        if number in (signal.SIGUSR1, signal.SIGTERM):
            restarts = number == signal.SIGUSR1
            os.kill(pid, signal.SIGTERM)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            continue
        if not restarts:
            sys.exit(os.waitstatus_to_exitcode(status) % 256)
        restarts = False
        pid = start(descriptors, names, sys.argv[cut + 1:])


main()
