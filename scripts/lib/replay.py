# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What bench/line-rate compares: apexd and dpdk-testpmd, apexd with two workers and with
one, or apexd that reads its zones again and that does not; each replays a capture, stopped and
continued so that only one runs at a time."""
import contextlib
import itertools
import json
import os
import platform
import signal
import subprocess
import time
from pathlib import Path

from dpdk_telemetry import Telemetry
from lab import LabError, Process
from servers import apexdns_build

POLLING_CORE, MAIN_CORE = 1, 0
# The benchmark itself stays on core 0, and its children would inherit that.
BOTH_CORES = ("taskset", "-c", f"{MAIN_CORE},{POLLING_CORE}")
BURST = 32
MBUF_CACHE = 256
DESCRIPTORS = 1024
# After SIGCONT the caches hold the other program's data.
WARM_UP = 0.05
SAMPLE = 0.05  # what a reload is looked at by


class Replay:
    """A DPDK process that is stopped except while it is being measured."""

    name = ""
    step = None  # seconds, by which rate() looks; None: once, at the end

    def connect(self, process, file_prefix):
        self.process = process
        process.debris.append(f"/var/run/dpdk/{file_prefix}")
        self.telemetry = process.require(lambda: self._telemetry(file_prefix),
                                         "its telemetry socket answered", 120)
        # Sent, not received: testpmd empties its queues first without replying.
        process.require(lambda: self.telemetry.port_stats().sent > 0, "the first reply", 120)
        self.pause()

    @staticmethod
    def _telemetry(file_prefix):
        with contextlib.suppress(OSError):
            return Telemetry(file_prefix)
        return None

    def pause(self):
        self.process.popen.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.popen.send_signal(signal.SIGCONT)

    def rate(self, seconds):
        """Packets a second, received and replied to."""
        until = time.monotonic() + WARM_UP + seconds
        return self.rate_until(lambda: time.monotonic() >= until, self.step or seconds)

    def rate_until(self, is_done, step):
        """The same until it is done, asked each `step` seconds; self.least is what it was in the
        worst of them."""
        self.resume()
        try:
            time.sleep(WARM_UP)
            start = end = self.telemetry.port_stats()
            self.least = float("inf")
            while True:
                time.sleep(step)
                now = self.telemetry.port_stats()
                self.least = min(self.least, (now.received - end.received) / (now.at - end.at))
                end = now
                if is_done():
                    break
        finally:
            self.pause()
        received, sent = end.received - start.received, end.sent - start.sent
        # The two are not read at one instant, and a burst may be under way.
        if abs(received - sent) > 0.001 * received + 8 * BURST:
            raise LabError(f"{self.name} received {received} packets and sent {sent}")
        return received / (end.at - start.at)


class TestpmdReplay(Replay):
    """The ceiling: swaps MAC addresses, IP addresses and ports of each packet."""

    name = "testpmd"

    def __init__(self, lab, packets, pool, pool_bytes, hugepages):
        self.hugepages = hugepages
        prefix = f"apexdns-testpmd-{os.getpid()}"
        memory = ["--in-memory"] if hugepages else [
            "--no-huge", "--no-shconf", "-m", str(pool_bytes >> 20)]
        command = [*BOTH_CORES, "dpdk-testpmd", f"--lcores={MAIN_CORE},{POLLING_CORE}",
                   f"--main-lcore={MAIN_CORE}", "--no-pci", "--iova-mode=va",
                   f"--file-prefix={prefix}", "--log-level=warning", *memory,
                   "--vdev", f"net_pcap0,rx_pcap={packets},infinite_rx=1", "--",
                   "--forward-mode=5tswap", "--rxq=1", "--txq=1", "--nb-cores=1",
                   f"--burst={BURST}", f"--mbcache={MBUF_CACHE}", f"--rxd={DESCRIPTORS}",
                   f"--txd={DESCRIPTORS}", f"--total-num-mbufs={pool}"]
        # It runs until its standard input ends.
        process = Process("testpmd", command, lab.directory / "testpmd.log", subprocess.PIPE)
        lab.own(process)
        self.connect(process, prefix)


class ApexdReplay(Replay):
    """The unmodified daemon on the same packets, of which each worker has all in a queue of
    its own."""

    def __init__(self, lab, packets, address, zones, file, verdict, *, name="apexd",
                 workers=(POLLING_CORE,)):
        """Every packet must be counted under `verdict`; all zones are read from
        one file."""
        self.name = name
        self.verdict = verdict
        self.socket = lab.directory / f"{name}.sock"
        config = lab.directory / f"{name}.yaml"
        queues = f"rx_pcap={packets}," * len(workers)
        lines = ["server:", f"  addresses: [{address}]", f"  workers: {list(workers)}", "ports:",
                 f'  - device: "net_pcap0,{queues}infinite_rx=1"',
                 "tcp: {connections: 0}",  # two stand on one host
                 "control:", f"  socket: {self.socket}", "zones:"]
        lines += [f"  - {{name: {zone}, file: {file}}}" for zone in zones]
        config.write_text("\n".join(lines) + "\n")
        command = [*BOTH_CORES, apexdns_build() / "apexd", "-c", config]
        process = Process(name, command, lab.directory / f"{name}.log")
        lab.own(process)
        process.require(lambda: self._zones_loaded(len(zones)), "all zones were loaded", 180)
        status = self.ctl("status")
        self.hugepages = status["hugepages"]
        self.connect(process, f"apexd-{process.pid}")

    def ctl_command(self, *command):
        return [apexdns_build() / "apexctl", "-s", self.socket, "--json", *command]

    def ctl(self, *command):
        done = subprocess.run(self.ctl_command(*command), capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise LabError(f"apexctl {' '.join(command)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def _zones_loaded(self, count):
        try:
            zones = self.ctl("status")["zones"]
        except LabError:  # it does not listen yet
            return False
        if zones["failed"]:
            raise LabError(f"apexd could not load {zones['failed']} zone(s)")
        return zones["served"] == count

    def _stats(self):
        return self.ctl("stats")

    def check(self, packets):
        """Once `packets` packets were counted: the counters that moved since the start
        and the table's size. Fails where another counter moved than the expected one."""
        self.resume()
        try:
            self.process.require(lambda: sum(self._stats()["counters"].values()) >= packets,
                                 f"{packets} packets were counted", 60)
            stats = self._stats()
        finally:
            self.pause()
        moved = {name: count for name, count in stats["counters"].items() if count}
        if set(moved) != {self.verdict}:
            raise LabError(f"expected every packet under {self.verdict!r}, but these counters "
                           f"moved: {moved}")
        return {"counters": moved, "table": stats["table"]}


class ReloadingApexd:
    """The same apexd while it reads its zones again, in which every address is another."""

    name = "reloading"

    def __init__(self, apexd, write_zones):
        """`write_zones`: puts the zones' file in place, with another `net` at each call."""
        self.apexd, self.hugepages, self.step = apexd, apexd.hugepages, SAMPLE
        self.write_zones, self.nets = write_zones, itertools.cycle((11, 10))
        apexd.step = SAMPLE

    def rate(self, _seconds):
        """As long as it takes."""
        self.write_zones(next(self.nets))
        with subprocess.Popen(self.apexd.ctl_command("zone", "reload"),
                              stdout=subprocess.DEVNULL) as reload:
            rate = self.apexd.rate_until(lambda: reload.poll() is not None, SAMPLE)
        if reload.returncode != 0:
            raise LabError("apexctl zone reload failed")
        self.least = self.apexd.least
        return rate


def measure(one, other, pairs, seconds):
    """A list of pairs, each the rates of both, {"NAME_mpps"}, and {"ratio"} of `one`'s to
    `other`'s; where they were looked at by steps, also of both in the worst step to `other`'s
    rate, {"NAME_least"}. The order within a pair alternates, so that a drift of the machine favours
    neither."""
    results = []
    for index in range(pairs):
        rates, least = {}, {}
        for program in (one, other) if index % 2 == 0 else (other, one):
            rates[program.name] = program.rate(seconds)
            if program.step:
                least[f"{program.name}_least"] = program.least
        results.append({f"{program.name}_mpps": rates[program.name] / 1e6
                        for program in (one, other)}
                       | {"ratio": rates[one.name] / rates[other.name]}
                       | {name: rate / rates[other.name] for name, rate in least.items()})
    return results


def machine():
    """What a reader of the numbers needs to know of the host."""
    cpu = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    dpdk = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True,
                          check=False).stdout.strip()
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release(), "dpdk": dpdk}
