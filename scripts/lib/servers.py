# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The DNS servers of the lab: NSD with zones that change, unbound that recurses
to it, and apexd with its control program. Each runs on a Host of lab.py."""
import json
import os
import signal
import time
from pathlib import Path

import dns.rdatatype

import traffic
from lab import HELPER_CORE, LabError, wait_for

ROOT = Path(__file__).resolve().parents[2]


def apexdns_build():
    """The build directory under test; the tests set APEXDNS_BUILD for another one."""
    return Path(os.environ.get("APEXDNS_BUILD", ROOT / "build")).resolve()


class Nsd:
    """An authoritative server whose zones can be replaced while it runs."""

    def __init__(self, host, address, zones, options="", core=HELPER_CORE):
        """`zones` maps a zone name to its text; `options` are lines of the server
        clause."""
        self.host = host
        self.core = core
        self.address = address
        self.directory = host.lab.directory / f"nsd-{host.name}"
        self.directory.mkdir()
        self.process = None
        self.options = options
        self._configure(zones)
        self.start()

    def _configure(self, zones):
        self.zones = dict(zones)
        for zone in zones:
            self._write(zone)
        clauses = "".join(f'zone:\n  name: "{zone}"\n  zonefile: "{self._file(zone)}"\n'
                          for zone in zones)
        (self.directory / "nsd.conf").write_text(f"""server:
  ip-address: {self.address}
  port: 53
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{self.directory}"
  pidfile: "{self.directory}/nsd.pid"
  xfrdfile: "{self.directory}/xfrd.state"
  xfrdir: "{self.directory}"
  zonelistfile: "{self.directory}/zone.list"
  cookie-secret-file: "{self.directory}/cookies"
  rrl-ratelimit: 0
{self.options}remote-control:
  control-enable: no
{clauses}""")

    def start(self):
        self.process = self.host.start("nsd", "nsd", "-d", "-c", self.directory / "nsd.conf",
                                       core=self.core)
        zone = next(iter(self.zones))
        self.process.require(lambda: self.serial(zone) is not None, "an answer")

    def stop(self):
        self.process.stop()

    def serve(self, zones):
        """Starts anew, with other zones."""
        self.stop()
        self._configure(zones)
        self.start()

    def update(self, zone, text):
        """Replaces a zone, whose serial must have changed, and returns when the
        new text is being served."""
        before = self.serial(zone)
        self.zones[zone] = text
        self._write(zone)
        self.process.popen.send_signal(signal.SIGHUP)
        self.process.require(lambda: self._has_moved_on(zone, before), f"a new serial of {zone}")

    def _has_moved_on(self, zone, before):
        """For a while NSD's old process answers beside the new one."""
        for _ in range(8):
            if self.serial(zone) in (None, before):
                return False
            time.sleep(0.015)
        return True

    def serial(self, zone):
        reply = traffic.query(self.host, self.address, zone, "SOA", timeout=0.2)
        if reply is None:
            return None
        for rrset in reply.answer:
            if rrset.rdtype == dns.rdatatype.SOA:
                return rrset[0].serial
        return None

    def _file(self, zone):
        return self.directory / f"{zone.strip('.') or 'root'}.zone"

    def _write(self, zone):
        # In one step: NSD may look at any moment.
        path = self._file(zone)
        new = path.with_suffix(".new")
        new.write_text(self.zones[zone])
        new.rename(path)


# Nothing is validated.
PLAIN = '  module-config: "iterator"\n'


class Unbound:
    """A resolver that recurses from a root of the lab's own."""

    def __init__(self, host, address, root_server, options=""):
        """`root_server` is the address of a server that serves the root zone; `options` are
        lines of the server clause."""
        self.host = host
        self.address = address
        self.directory = host.lab.directory / f"unbound-{host.name}-{address}"
        self.directory.mkdir()
        hints = self.directory / "root.hints"
        hints.write_text(f". 3600 NS root.lab.\nroot.lab. 3600 A {root_server}\n")
        self.config = self.directory / "unbound.conf"
        self.config.write_text(f"""server:
  interface: {address}
  port: 53
  outgoing-interface: {address}
  do-ip6: no
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "{self.directory}"
  pidfile: "{self.directory}/unbound.pid"
  use-syslog: no
  logfile: ""
  verbosity: 1
  num-threads: 1
  root-hints: "{hints}"
  prefetch: yes
{options or PLAIN}remote-control:
  control-enable: no
""")
        self.start()

    def start(self):
        self.process = self.host.start("unbound", "unbound", "-d", "-c", self.config)
        self.process.require(
            lambda: traffic.query(self.host, self.address, ".", "NS", timeout=0.3) is not None,
            "an answer")

    def kill(self):
        self.process.kill()


class Apexd:
    """The daemon under test, with its configuration file and control program."""

    power = "pause"  # of its workers

    def __init__(self, host, name="apexd"):
        self.host = host
        self.name = name
        self.directory = host.lab.directory / name
        self.directory.mkdir()
        self.config = self.directory / "apexd.yaml"
        self.socket = self.directory / "apexd.sock"
        self.wrapper = []  # a command that runs it
        self.process = None

    def write_zone(self, file_name, text):
        path = self.directory / file_name
        new = path.with_name(path.name + ".new")
        new.write_text(text)
        new.rename(path)
        return path

    def write_config(self, *, addresses, devices, zones, forward=(), trust_anchor=None,
                     workers=(1,), state=None, extra=""):
        """`zones` is a list of (name, file name in the daemon's directory); `state` the
        folder of what is kept over restarts, `trust_anchor` a file; `extra` is YAML that
        stands before the zones."""
        listed = ", ".join(f'"{address}"' for address in addresses)
        lines = ["server:", f"  addresses: [{listed}]",
                 f"  workers: [{', '.join(map(str, workers))}]", f"  power: {self.power}", "ports:"]
        lines += [f'  - device: "{device}"' for device in devices]
        lines += ["control:", f"  socket: {self.socket}"]
        if state:
            lines.append(f"  state: {state}")
        if forward or trust_anchor:
            lines.append("resolver:")
        if forward:
            lines.append(f"  forward: [{', '.join(forward)}]")
        if trust_anchor:
            lines.append(f"  trust-anchor: {trust_anchor}")
        if extra:
            lines += extra.rstrip("\n").split("\n")
        if zones:
            lines.append("zones:")
        for zone, file_name in zones:
            lines += [f"  - name: {zone}", f"    file: {self.directory / file_name}"]
        self.config.write_text("\n".join(lines) + "\n")

    def command(self):
        return [*self.wrapper, str(apexdns_build() / "apexd"), "-c", str(self.config)]

    def launch(self):
        """Starts the daemon and does not wait; returns the Process."""
        # Unpinned: EAL needs both cores, and pins its own threads.
        self.process = self.host.start(self.name, *self.command(), core=None)
        self.process.debris.append(f"/var/run/dpdk/apexd-{self.process.pid}")
        return self.process

    def start(self, timeout=20.0):
        """Starts the daemon; returns when it answers on its control socket."""
        self.launch().require(lambda: self.ctl_run("status").returncode == 0,
                             "its control socket answered", timeout)

    def stop(self, timeout=10.0):
        """SIGTERM; returns the exit status."""
        return self.process.stop(timeout)

    def ctl_run(self, *words, json_output=True):
        """Runs apexctl and returns the CompletedProcess."""
        options = ["--json"] if json_output else []
        return self.host.run(apexdns_build() / "apexctl", "-s", self.socket, *options, *words,
                             check=False)

    def ctl(self, *words):
        """The JSON result of a command that must succeed."""
        done = self.ctl_run(*words)
        if done.returncode != 0:
            raise LabError(f"apexctl {' '.join(words)} ended with status {done.returncode}: "
                           f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def counters(self):
        return self.ctl("stats")["counters"]

    def wait_for_aliases(self, timeout=15.0):
        """Returns when every followed target has been resolved once."""

        def resolved():
            alias = self.ctl("status")["alias"]
            return 0 < alias["targets"] == alias["resolved"]

        wait_for(resolved, "every ALIAS to be resolved", timeout)
