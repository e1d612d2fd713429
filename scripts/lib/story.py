# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The network and the zones that scripts/demo and most system tests share.

    client  10.53.0.2 ---- 10.53.0.1  server  10.53.1.1 ---- 10.53.1.2  unbound
                           apexd, AF_XDP                     10.53.1.3  NSD, on upstream

NSD serves the root and cdn.example.net; unbound recurses from that root; apexd
serves example.com, whose apex follows cdn.example.net.
"""
from servers import Apexd, Nsd, Unbound

CLIENT4, SERVER4 = "10.53.0.2", "10.53.0.1"
CLIENT6, SERVER6 = "2001:db8:53::2", "2001:db8:53::1"
RESOLVER, AUTHORITY = "10.53.1.2", "10.53.1.3"
PORT_INTERFACE = "eth1"
DEVICE = f"net_af_xdp0,iface={PORT_INTERFACE}"
CDN_TTL = 5

OLD4, NEW4 = ["192.0.2.10", "192.0.2.11"], ["198.51.100.20", "198.51.100.21"]
OLD6, NEW6 = ["2001:db8:c::10", "2001:db8:c::11"], ["2001:db8:c::20", "2001:db8:c::21"]

ROOT_ZONE = f""". 3600 SOA root.lab. hostmaster.lab. 1 3600 600 86400 5
. 3600 NS root.lab.
root.lab. 3600 A {AUTHORITY}
example.net. 3600 NS ns.example.net.
ns.example.net. 3600 A {AUTHORITY}
"""

EXAMPLE_ZONE = """$ORIGIN example.com.
$TTL 3600
@     SOA   ns1 hostmaster 2026010101 7200 3600 1209600 300
@     NS    ns1
@     NS    ns2
@     MX    10 mail
@     TXT   "v=spf1 mx -all"
@     ALIAS cdn.example.net.
ns1   A     10.53.0.1
ns1   AAAA  2001:db8:53::1
ns2   A     10.53.0.1
mail  A     192.0.2.25
www   A     192.0.2.80
"""


# IPv4, of libunbound's built-in hints.
ROOT_SERVERS = ["198.41.0.4", "199.9.14.201", "192.33.4.12", "199.7.91.13", "192.203.230.10",
                "192.5.5.241", "192.112.36.4", "198.97.190.53", "192.36.148.17", "192.58.128.30",
                "193.0.14.129", "199.7.83.42", "202.12.27.33"]


def cdn_zone(serial, addresses4, addresses6, ttl=CDN_TTL, other_ttl=3600):
    lines = ["$ORIGIN example.net.", f"$TTL {other_ttl}",
             f"@ SOA ns hostmaster {serial} 3600 600 86400 5", "@ NS ns", f"ns A {AUTHORITY}"]
    lines += [f"cdn {ttl} A {address}" for address in addresses4]
    lines += [f"cdn {ttl} AAAA {address}" for address in addresses6]
    return "\n".join(lines) + "\n"


class Story:
    """The three hosts and their servers, apexd configured but not started."""

    def __init__(self, lab):
        self.client = lab.host("client")
        self.server = lab.host("server")
        self.upstream = lab.host("upstream")
        lab.link(self.client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
                 self.server, PORT_INTERFACE, [f"{SERVER4}/24", f"{SERVER6}/64"])
        lab.link(self.server, "eth2", ["10.53.1.1/24"],
                 self.upstream, "eth0", [f"{RESOLVER}/24", f"{AUTHORITY}/24"])
        self.serial = 1
        self.nsd = Nsd(self.upstream, AUTHORITY,
                       {".": ROOT_ZONE, "example.net": cdn_zone(1, OLD4, OLD6)})
        self.unbound = Unbound(self.upstream, RESOLVER, AUTHORITY)
        self.apexd = Apexd(self.server)
        self.apexd.write_zone("example.com.zone", EXAMPLE_ZONE)
        self.configure()

    def configure(self, zones=(("example.com", "example.com.zone"),), device=DEVICE, state=None):
        self.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[device], zones=list(zones),
                                forward=[RESOLVER], state=state)

    def stand_at_the_root(self, zones):
        """NSD serves `zones` at the addresses of the root servers, for a resolver without
        forwarders."""
        for address in ROOT_SERVERS:
            self.upstream.run("ip", "address", "add", f"{address}/32", "dev", "lo")
            self.server.run("ip", "route", "add", address, "via", AUTHORITY)
        self.nsd.options += "".join(f"  ip-address: {address}\n" for address in ROOT_SERVERS)
        self.nsd.serve(zones)

    def move_cdn(self, addresses4, addresses6):
        """The CDN moves; returns when NSD answers with the new addresses."""
        self.serial += 1
        self.nsd.update("example.net", cdn_zone(self.serial, addresses4, addresses6))
