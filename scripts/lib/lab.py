# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Hosts made of network namespaces, and the processes that run on them.

Used by scripts/demo, tests/system and bench/line-rate. The rule it is built
around: however the script ends, kill -9 included, nothing stays. So namespaces
have no name under /run/netns; a sleeping process holds each one, every process
asks the kernel to be killed when its parent dies, and the namespace goes with
the last of them, its interfaces and mounts with it.

Call everything from the main thread: a process started by another thread would
be killed when that thread ends (PR_SET_PDEATHSIG follows the thread).
"""
import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000

# What every host mounts for itself, out of everybody else's sight.
HOST_MOUNTS = ("/sys", "/sys/fs/bpf")

# Core 1 polls; whatever else runs stays off it.
HELPER_CORE = None if "PYTEST_XDIST_WORKER" in os.environ else "0"


class LabError(Exception):
    """Something of the lab did not come up, or a command in it failed."""


def wait_for(condition, what, timeout=10.0, interval=0.02):
    """Polls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise LabError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(interval)


def _die_with(parent_pid):
    """Runs in the child between fork and exec."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # the parent died before the request was made
        os._exit(1)


class Process:
    """A process of the lab with a process group and a log file of its own."""

    def __init__(self, name, command, log, stdin=subprocess.DEVNULL):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = Path(log)
        self.debris = []  # directories that it leaves when it is killed
        parent_pid = os.getpid()
        with open(self.log, "ab") as output:
            self.popen = subprocess.Popen(
                self.command, stdin=stdin, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=lambda: _die_with(parent_pid))
        self.pid = self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self):
        """kill -9 of the group; returns when the process is gone."""
        self.signal_group(signal.SIGKILL)
        self.popen.wait()

    def stop(self, timeout=5.0):
        """SIGTERM, then SIGKILL; returns the exit status of the process."""
        if self.alive():
            # A stopped process would not see the SIGTERM.
            self.signal_group(signal.SIGCONT)
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(timeout)
        # Also when it ended by itself: children of its own may be left.
        self.kill()
        return self.popen.returncode

    def require(self, condition, what, timeout=10.0):
        """Waits for `condition`, but not longer than the process lives."""

        def ready_or_dead():
            if not self.alive():
                raise LabError(f"{self.name} ended with status {self.popen.returncode} before "
                               f"{what}")
            return condition()

        try:
            return wait_for(ready_or_dead, what, timeout)
        except LabError as error:
            raise LabError(f"{error}; {self.name} said:\n{self.output()[-2000:]}") from None


class Host:
    """A network and mount namespace, held by a sleeping process."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        # Mounts made here are seen nowhere else: sysfs shows this host's
        # interfaces, and libxdp finds the BPF file system it asks for.
        sys, bpf = HOST_MOUNTS
        script = (f"mount -t sysfs sysfs {sys} && mount -t bpf bpf {bpf} && "
                  "echo ready && exec sleep infinity")
        self.holder = Process(
            f"{name}-holder",
            ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script],
            lab.directory / f"{name}-holder.log")
        lab.own(self.holder)
        self.holder.require(lambda: "ready" in self.holder.output(), f"the namespaces of {name}")
        self.inode = os.stat(f"/proc/{self.holder.pid}/ns/net").st_ino
        # Without this an IPv6 address is unusable for a second after it is set.
        self.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad;"
                             "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad")
        self.run("ip", "link", "set", "lo", "up")

    def enter(self, *command, core=HELPER_CORE):
        """The command line that runs `command` on this host."""
        pin = ["taskset", "-c", core] if core else []
        pid = self.holder.pid
        return ["nsenter", f"--net=/proc/{pid}/ns/net", f"--mount=/proc/{pid}/ns/mnt", *pin,
                *[str(word) for word in command]]

    def run(self, *command, check=True, timeout=60.0, core=HELPER_CORE):
        """Runs `command` to its end and returns the CompletedProcess (text)."""
        parent_pid = os.getpid()
        done = subprocess.run(self.enter(*command, core=core), capture_output=True, text=True,
                              timeout=timeout, preexec_fn=lambda: _die_with(parent_pid))
        if check and done.returncode != 0:
            line = shlex.join(str(word) for word in command)
            raise LabError(f"on {self.name}: `{line}` ended with status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
        return done

    def start(self, name, *command, core=HELPER_CORE, stdin=subprocess.DEVNULL):
        """Starts `command` in the background; the lab ends it at the latest."""
        process = Process(name, self.enter(*command, core=core),
                          self.lab.directory / f"{name}.log", stdin)
        self.lab.own(process)
        return process

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, protocol=0):
        """A socket of this host, for use in this process: a socket stays in the
        namespace it was made in, so only the thread that makes it goes there."""
        made = []

        def make():
            with open(f"/proc/{self.holder.pid}/ns/net", "rb") as namespace:
                if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    made.append(OSError(ctypes.get_errno(), "setns"))
                    return
            try:
                made.append(socket.socket(family, kind, protocol))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    def mac(self, interface):
        output = self.run("cat", f"/sys/class/net/{interface}/address").stdout
        return bytes.fromhex(output.strip().replace(":", ""))

    def wrapper(self):
        """A small script that runs its arguments on this host, for people."""
        path = self.lab.directory / self.name
        path.write_text("#!/bin/sh\nexec " + shlex.join(self.enter(core=None)) + ' "$@"\n')
        path.chmod(0o755)
        return path


class Lab:
    """Owns hosts, processes and a directory; a context manager that removes all."""

    def __init__(self, name):
        if os.geteuid() != 0:
            raise LabError(f"{name} makes network namespaces, which needs root: "
                           "run it with sudo")
        self.name = name
        self.processes = []
        self.hosts = []
        self._handlers = {}
        self._mounts = _host_mounts()
        self._owner_pid = os.getpid()
        self.directory = Path(tempfile.mkdtemp(prefix=f"apexdns-{name}-{os.getpid()}-"))

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            # Whoever was started in the background may have inherited a SIGINT that
            # is ignored, and would leave everything behind.
            for number, handler in ((signal.SIGINT, signal.default_int_handler),
                                    (signal.SIGTERM, _raise_exit),
                                    (signal.SIGHUP, _raise_exit)):
                self._handlers[number] = signal.signal(number, handler)
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def host(self, name):
        host = Host(self, name)
        self.hosts.append(host)
        return host

    def link(self, left, left_name, left_addresses, right, right_name, right_addresses):
        """A veth pair between two hosts. Addresses carry their prefix length.

        Checksum offload is off at both ends: what a program reads from the
        interface is what a wire would carry.
        """
        subprocess.run(
            ["ip", "link", "add", left_name, "netns", str(left.holder.pid), "type", "veth",
             "peer", "name", right_name, "netns", str(right.holder.pid)], check=True)
        ends = ((left, left_name, left_addresses), (right, right_name, right_addresses))
        for host, interface, addresses in ends:
            for address in addresses:
                options = ["nodad"] if ":" in address else []
                host.run("ip", "address", "add", address, "dev", interface, *options)
            host.run("ethtool", "-K", interface, "tx", "off")
        for host, interface, _ in ends:
            host.run("ip", "link", "set", interface, "up")
        # The kernel reports a new link as up a moment later, and until then
        # IPv6 neighbour discovery gets no answer.
        for host, interface, _ in ends:
            state = f"/sys/class/net/{interface}/operstate"
            wait_for(lambda host=host, state=state: host.run("cat", state).stdout == "up\n",
                     f"the link {interface} on {host.name}")

    def pull(self, owner, interface, host, name, addresses, mac):
        """The far end of a tap, from the host of the program that made it to another: a wire
        between them. Returns the MAC address that it had, the program's own."""
        was = owner.mac(interface)
        owner.run("ip", "link", "set", interface, "netns", str(host.holder.pid), "name", name)
        host.run("ip", "link", "set", name, "address", mac)
        for address in addresses:
            options = ["nodad"] if ":" in address else []
            host.run("ip", "address", "add", address, "dev", name, *options)
        host.run("ip", "link", "set", name, "up")
        return was

    def own(self, process):
        self.processes.append(process)

    def close(self):
        if os.getpid() != self._owner_pid:
            return
        # A second Ctrl-C must not stop the removal half way.
        main = threading.current_thread() is threading.main_thread()
        saved = {}
        if main:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                saved[number] = signal.signal(number, signal.SIG_IGN)
        try:
            for process in reversed(self.processes):
                process.stop()
                for path in process.debris:
                    shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(self.directory, ignore_errors=True)
        finally:
            saved.update(self._handlers)
            for number, handler in saved.items():
                signal.signal(number, handler)

    def leftovers(self):
        """After close: what is still there, one line each. Empty when all is well."""
        groups = {process.pid for process in self.processes}
        inodes = {host.inode: host.name for host in self.hosts}
        left = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if fields[0] == "Z":
                    continue
                if int(fields[2]) in groups:
                    left.append(f"process {entry.name} of the lab still runs")
                inode = os.stat(entry / "ns/net").st_ino
                if inode in inodes:
                    left.append(f"process {entry.name} is still in namespace {inodes[inode]}")
        ours = tuple(f"net:[{inode}]" for inode in inodes)
        for root, target in sorted(_host_mounts() - self._mounts):
            # A namespace kept by name, a mount that got out of its host, a file's.
            if root in ours or target in HOST_MOUNTS or str(self.directory) in target:
                left.append(f"mount {target} is left")
        if self.directory.exists():
            left.append(f"directory {self.directory} is left")
        return left


def _host_mounts():
    """(root, mount point) of each mount that this process sees."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return {tuple(line.split()[3:5]) for line in lines}


def _raise_exit(number, frame):
    raise SystemExit(128 + number)
