# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The servers that apexd is compared with, each set so that what is left to differ
is their understanding of the RFCs, and upstreams of it. NSD is the one of servers.py."""
import signal

import traffic
from lab import HELPER_CORE
from servers import Nsd

# The largest response over UDP, of every server.
PAYLOAD = 1232

# Authority and additional sections as full as NSD makes them: what is to be
# compared has to be there.
NSD_OPTIONS = f"""  ipv4-edns-size: {PAYLOAD}
  minimal-responses: no
  round-robin: no
  refuse-any: no
  confine-to-zone: no
  answer-cookie: no
  identity: "lab"
  version: "lab"
  nsid: "ascii_lab"
"""


def nsd(host, address, zones):
    return Nsd(host, address, zones, NSD_OPTIONS)


class Reference:
    """A server of the lab that is started once with zones, which can be replaced."""

    name = ""

    def __init__(self, host, address, zones, core=HELPER_CORE):
        self.host = host
        self.address = address
        self.directory = host.lab.directory / f"{self.name}-{host.name}"
        self.directory.mkdir()
        self.files = {}
        for index, (zone, text) in enumerate(zones.items()):
            self.files[zone] = self.directory / f"{index}.zone"
            self.files[zone].write_text(text)
        self.config = self.directory / f"{self.name}.conf"
        self.config.write_text(self.settings())
        self.process = host.start(self.name, *self.command(), core=core)
        last = next(reversed(zones))
        self.process.require(lambda: self.serves(last), "an answer", 30)

    def serves(self, zone):
        reply = traffic.query(self.host, self.address, zone, "SOA", timeout=0.2)
        return reply is not None

    def update(self, zone, text):
        """Replaces a zone; returns at once. Its serial must have grown."""
        new = self.files[zone].with_suffix(".new")
        new.write_text(text)
        new.rename(self.files[zone])
        self.process.popen.send_signal(signal.SIGHUP)

    def settings(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError


class Knot(Reference):
    name = "knot"
    xdp = ""  # lines of the section with that name

    def command(self):
        return ["knotd", "-c", self.config]

    def settings(self):
        zones = "".join(f'  - domain: "{zone}"\n    file: "{path}"\n'
                        for zone, path in self.files.items())
        return f"""server:
  rundir: "{self.directory}"
  listen: {self.address}@53
  identity: "lab"
  version: "lab"
  nsid: "lab"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: {PAYLOAD}
{self.xdp}log:
  - target: stderr
    any: warning
database:
  storage: "{self.directory}"
template:
  - id: default
    storage: "{self.directory}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
{zones}"""


class Bind(Reference):
    name = "bind"

    def command(self):
        return ["named", "-g", "-n", "1", "-c", self.config]

    def settings(self):
        zones = "".join(f'zone "{zone}" {{ type primary; file "{path}"; }};\n'
                        for zone, path in self.files.items())
        ignored = "".join(f"  {check} ignore;\n" for check in
                          ("check-names primary", "check-mx", "check-srv-cname", "check-mx-cname",
                           "check-dup-records", "check-spf"))
        return f"""options {{
  directory "{self.directory}";
  pid-file "{self.directory}/pid";
  session-keyfile "{self.directory}/session.key";
  listen-on port 53 {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  allow-query {{ any; }};
  allow-transfer {{ none; }};
  notify no;
  empty-zones-enable no;
  dnssec-validation no;
  minimal-responses no;
  zero-no-soa-ttl no;
  minimal-any no;
  answer-cookie no;
  rrset-order {{ order none; }};
  max-udp-size {PAYLOAD};
  edns-udp-size {PAYLOAD};
  nocookie-udp-size {PAYLOAD};
  max-records-per-type 0;
  max-types-per-name 0;
  version "lab";
  hostname "lab";
  server-id "lab";
  check-integrity no;
  check-sibling no;
  check-wildcard no;
{ignored}}};
controls {{ }};
{zones}"""
