# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What bench/load measures: apexd and its peers, each on a host of its own at the other end
of a veth, serving the same zone on the polling core. All but the one that is being
measured are stopped with SIGSTOP, since two of them poll."""
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import generators
import traffic
from lab import Process, wait_for
from references import Bind, Knot, Reference
from servers import Apexd, Nsd

MAIN_CORE, SERVING_CORE = "0", "1"
BOTH_CORES = f"{MAIN_CORE},{SERVING_CORE}"
INTERFACE = "eth0"
DEVICE = f"net_af_xdp0,iface={INTERFACE}"
TAP, TAP_INTERFACE = "net_tap0,iface=dtap0", "dtap0"
# Beside those that scripts/install-packages has anyway.
PACKAGES = {"gdnsd": ["gdnsd"], "pdns": ["pdns-server", "pdns-backend-bind"]}


def apexd_starter(power, device=DEVICE):
    def start(host, address, zones, resolver=None):
        apexd = Apexd(host, f"apexd-{power}")
        apexd.power = power
        apexd.wrapper = ["taskset", "-c", BOTH_CORES]
        for zone, text in zones.items():
            apexd.write_zone(zone, text)
        apexd.write_config(addresses=[address], devices=[device],
                           zones=[(zone, zone) for zone in zones],
                           forward=[resolver] if resolver else [])
        apexd.start(120)
        if resolver:
            apexd.wait_for_aliases(120)
        return apexd.process
    return start


def start_testpmd(host, address, zones):
    """The ceiling: it swaps addresses and ports of every frame, whatever is in it."""
    command = host.enter(
        "dpdk-testpmd", f"--lcores={MAIN_CORE},{SERVING_CORE}", f"--main-lcore={MAIN_CORE}",
        "--no-pci", "--iova-mode=va", f"--file-prefix=apexdns-load-{os.getpid()}",
        *(["--in-memory"] if host.lab.pages.reserved else ["--no-huge", "--no-shconf", "-m", "256"]),
        "--log-level=warning", "--vdev", DEVICE, "--", "--forward-mode=5tswap", "--rxq=1",
        "--txq=1", "--nb-cores=1", "--burst=32", "--total-num-mbufs=16384", core=BOTH_CORES)
    # It runs until its standard input ends.
    process = Process("testpmd", command, host.lab.directory / "testpmd.log", subprocess.PIPE)
    host.lab.own(process)
    return process


class KnotXdp(Knot):
    name = "knot-xdp"
    xdp = f"xdp:\n  listen: {INTERFACE}@53\n"


class PowerDns(Reference):
    """With a resolver it asks that for the target of an ALIAS, each time."""

    name = "pdns"

    def __init__(self, host, address, zones, core, resolver=None):
        self.resolver = resolver
        super().__init__(host, address, zones, core)

    def command(self):
        return ["pdns_server", f"--config-dir={self.directory}", "--guardian=no", "--daemon=no"]

    def settings(self):
        zones = "".join(f'zone "{zone}" {{ type master; file "{path}"; }};\n'
                        for zone, path in self.files.items())
        named = self.directory / "named.conf"
        named.write_text(f'options {{ directory "{self.directory}"; }};\n{zones}')
        expand = f"expand-alias=yes\nresolver={self.resolver}:53\n" if self.resolver else ""
        return f"""{expand}launch=bind
bind-config={named}
local-address={self.address}
socket-dir={self.directory}
receiver-threads=1
setuid=
setgid=
security-poll-suffix=
version-string=anonymous
loglevel=3
"""


class Gdnsd(Reference):
    name = "gdnsd"

    def command(self):
        return ["gdnsd", "-c", self.directory, "start"]

    def settings(self):
        folder = self.directory / "zones"
        folder.mkdir()
        for zone, path in self.files.items():
            shutil.copy(path, folder / zone)
        settings = (f"options => {{ listen => {self.address}, run_dir => {self.directory}/run, "
                    f"state_dir => {self.directory}/state, udp_threads => 1, tcp_threads => 1, "
                    "zones_strict_data => false }\n")
        (self.directory / "config").write_text(settings)
        return settings


def starter(reference):
    def start(host, address, zones, **options):
        return reference(host, address, zones, core=SERVING_CORE, **options).process
    return start


def start_nsd(host, address, zones):
    return Nsd(host, address, zones, core=SERVING_CORE).process


PEERS = {"testpmd": start_testpmd, "apexd": apexd_starter("poll"), "knot-xdp": starter(KnotXdp),
         "knot": starter(Knot), "nsd": start_nsd, "gdnsd": starter(Gdnsd), "bind": starter(Bind),
         "pdns": starter(PowerDns)}
VARIANTS = {"apexd-pause": apexd_starter("pause"), "apexd-sleep": apexd_starter("sleep"),
            "apexd-sockets": apexd_starter("poll", "sockets"),
            # The only virtual port with rx interrupts.
            "apexd-tap-poll": apexd_starter("poll", TAP),
            "apexd-tap-pause": apexd_starter("pause", TAP),
            "apexd-tap-sleep": apexd_starter("sleep", TAP)}
# Those that know ALIAS.
ALIAS_PEERS = ["apexd", "pdns"]


class Peer:
    """One of them, with the link to it."""

    def __init__(self, lab, client, number, name, zones, questions, targets=None):
        """`questions`: a file of them as kxdpgun reads it; `targets`: zones of ALIAS targets,
        served by an NSD of this one's own on the other core, which it has for a resolver."""
        self.name = name
        self.questions = questions
        self.client = client
        self.interface = f"eth{number}"
        self.address, self.source = f"10.53.{number}.1", f"10.53.{number}.2"
        self.host = lab.host(name)
        is_tap = name.startswith("apexd-tap")
        if not is_tap:
            lab.link(client, self.interface, [f"{self.source}/24"],
                     self.host, INTERFACE, [f"{self.address}/24"])
            self.mac = self.host.mac(INTERFACE).hex(":")
            self.host.run("ip", "neighbour", "replace", self.source, "lladdr",
                          client.mac(self.interface).hex(":"), "dev", INTERFACE)
        options = {"resolver": self._serve_targets(lab, number, targets)} if targets else {}
        started = time.monotonic()
        self.process = (PEERS | VARIANTS)[name](self.host, self.address, zones, **options)
        if is_tap:
            self.mac = lab.pull(self.host, TAP_INTERFACE, client, self.interface,
                                [f"{self.source}/24"], f"02:00:00:00:00:{number:02x}").hex(":")
        # Who takes every frame answers no ARP.
        client.run("ip", "neighbour", "replace", self.address, "lladdr", self.mac, "dev",
                   self.interface)
        if name != "testpmd":
            zone = next(iter(zones))
            wait_for(lambda: traffic.query(client, self.address, zone, "SOA", timeout=0.1),
                     f"{name}'s first answer", 120)
        self.start_seconds = time.monotonic() - started
        self.process.require(lambda: self.offer(1000, 1)["answered"], "an answer", 60)
        self.pause()

    def _serve_targets(self, lab, number, targets):
        """The server's address."""
        address = f"10.54.{number}.2"
        upstream = lab.host(f"{self.name}-upstream")
        lab.link(upstream, INTERFACE, [f"{address}/24"], self.host, "eth1",
                 [f"10.54.{number}.1/24"])
        Nsd(upstream, address, targets, core=int(MAIN_CORE))
        return address

    def offer(self, rate, seconds):
        """kxdpgun asks so often. Queries sent and replies received a second, of which all
        must be NOERROR."""
        return generators.kxdpgun(
            self.client.run, self.address, self.questions, rate, seconds,
            ("-I", self.interface, "-l", self.source, "-R", self.mac, "-F", MAIN_CORE),
            errors=self.name == "testpmd")

    def pause(self):
        self.process.signal_group(signal.SIGSTOP)

    def resume(self):
        self.process.signal_group(signal.SIGCONT)

    def resident_bytes(self):
        """Of all processes of its group, reserved hugepages too; what they share counts once
        (PSS)."""
        total = 0
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[2]) != self.process.pid:
                    continue
                rollup = (entry / "smaps_rollup").read_text()
            except OSError:
                continue
            total += sum(int(size) for size in re.findall(
                r"^(?:Pss|(?:Private|Shared)_Hugetlb):\s+(\d+) kB", rollup, re.MULTILINE)) * 1024
        return total
