# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Ports other than AF_XDP: net_tap, net_af_packet and capture files."""
import re
import time
from pathlib import Path

import dns.message
import dns.rcode
import pytest
from capture import checksum, query_wire, read_pcap, udp_frame, write_pcap
from lab import wait_for
from servers import Apexd
from story import CLIENT4, CLIENT6, SERVER4, SERVER6
from traffic import Dnsperf, query, rdata_texts

ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.80
"""
# Where the daemon's side of a link answers that no kernel has its address on.
DAEMON_MAC = "02:00:00:00:00:53"


@pytest.fixture(scope="module")
def hosts(lab):
    client, server = lab.host("client"), lab.host("server")
    # The server's kernel has no address: it would refuse the port by ICMP.
    lab.link(client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"], server, "eth1", [])
    return client, server


def daemon(host, name, device):
    apexd = Apexd(host, name)
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[device],
                       zones=[("example.com", "example.com.zone")])
    return apexd


def know_neighbours(host, interface, mac):
    """Nobody answers ARP and ND for the daemon here."""
    for address in (SERVER4, SERVER6):
        host.run("ip", "neighbour", "replace", address, "lladdr", mac, "dev", interface)


def check_answers(host, apexd):
    for address in (SERVER4, SERVER6):
        with CountedAmongOthers(apexd, answer=1, nxdomain=1):
            reply = query(host, address, "www.example.com", "A")
            assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
            reply = query(host, address, "nothing.example.com", "A")
            assert reply is not None and reply.rcode() == dns.rcode.NXDOMAIN
    report = Dnsperf(host, SERVER4, ["www.example.com A"], 1).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.completed > 1000


class CountedAmongOthers:
    """Like conftest.counted, beside traffic of the kernel that is not ours."""

    def __init__(self, apexd, **expected):
        self.apexd, self.expected = apexd, expected

    def __enter__(self):
        self.before = self.apexd.counters()

    def __exit__(self, kind, error, trace):
        if kind is None:
            after = self.apexd.counters()
            moved = {name: after[name] - self.before[name] for name in self.expected}
            assert moved == self.expected


def test_af_packet(hosts):
    client, server = hosts
    apexd = daemon(server, "apexd-af-packet", "net_af_packet0,iface=eth1")
    apexd.start()
    know_neighbours(client, "eth0", DAEMON_MAC)
    check_answers(client, apexd)
    (port,) = apexd.ctl("status")["ports"]
    assert (port["driver"], port["rx_interrupts"]) == ("net_af_packet", False)
    assert apexd.stop() == 0


def worker_switches(apexd):
    """Times that the worker's thread has given up its core."""
    for task in Path(f"/proc/{apexd.process.pid}/task").iterdir():
        if (task / "comm").read_text().startswith(("rte-worker", "lcore-worker")):
            status = (task / "status").read_text()
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M).group(1))
    raise AssertionError("no worker")


def test_tap(hosts):
    """The kernel's end of the tap is the client here."""
    _, server = hosts
    apexd = daemon(server, "apexd-tap", "net_tap0,iface=dtap0")
    apexd.start()
    wait_for(lambda: server.run("ip", "link", "show", "dtap0", check=False).returncode == 0,
             "the tap interface")
    server.run("ip", "address", "add", f"{CLIENT4}/24", "dev", "dtap0")
    server.run("ip", "address", "add", f"{CLIENT6}/64", "dev", "dtap0", "nodad")
    server.run("ip", "link", "set", "dtap0", "up")
    know_neighbours(server, "dtap0", DAEMON_MAC)
    check_answers(server, apexd)
    assert apexd.power == "sleep"
    assert apexd.ctl("status")["ports"][0]["rx_interrupts"]
    # It wakes up for what comes, and once in 10 ms; without interrupts every 50 us.
    before = worker_switches(apexd)
    time.sleep(1)
    assert 0 < worker_switches(apexd) - before < 1000
    for _ in range(20):
        time.sleep(0.02)
        assert query(server, SERVER4, "www.example.com", "A", timeout=0.5) is not None
    assert apexd.stop() == 0


def test_capture_files(hosts, lab):
    _, server = hosts
    received, sent = lab.directory / "in.pcap", lab.directory / "out.pcap"
    source = bytes.fromhex("020000000002")
    mine = bytes.fromhex("020000000001")

    def frame(payload, version=4, **options):
        ends = ({"source": CLIENT4, "destination": SERVER4} if version == 4 else
                {"source": CLIENT6, "destination": SERVER6})
        return udp_frame(payload, source_mac=source, destination_mac=mine, **{**ends, **options})

    write_pcap(received, [
        frame(query_wire("www.example.com", ident=1), source_port=1001),
        frame(query_wire("www.example.com", ident=2, edns=True), 6, source_port=1002),
        frame(query_wire("nothing.example.com", ident=3), source_port=1003),
        frame(query_wire("example.org", ident=4), source_port=1004),
        frame(query_wire("www.example.com", ident=5, flags=0x8000)),
        frame(query_wire("www.example.com", ident=6), destination="10.53.0.99"),
        frame(query_wire("www.example.com", ident=7), destination_port=54),
    ])
    apexd = daemon(server, "apexd-pcap", f"net_pcap0,rx_pcap={received},tx_pcap={sent}")
    apexd.start()
    expected = {"answer": 2, "nxdomain": 1, "refused": 1, "drop_response": 1, "punt_address": 1,
                "punt_port": 1}

    def moved():
        return {name: value for name, value in apexd.counters().items() if value}

    wait_for(lambda: sum(moved().values()) >= 7, "the capture to be read")
    assert moved() == expected
    assert apexd.stop() == 0

    replies = read_pcap(sent)
    assert len(replies) == 4
    for reply, port in zip(replies, (1001, 1002, 1003, 1004)):
        assert reply[:12] == source + mine
        if reply[12:14] == b"\x08\x00":
            assert checksum(reply[14:34]) == 0
            addresses, udp = reply[26:34], reply[34:]
        else:
            addresses, udp = reply[22:54], reply[54:]
        assert udp[:4] == (53).to_bytes(2, "big") + port.to_bytes(2, "big")
        assert udp[4:6] == len(udp).to_bytes(2, "big")
        # The pseudo header of RFC 768; IPv6's adds up to the same.
        assert checksum(addresses + b"\x00\x11" + udp[4:6] + udp) == 0
    messages = [dns.message.from_wire(reply[42 if reply[12:14] == b"\x08\x00" else 62:])
                for reply in replies]
    assert [message.id for message in messages] == [1, 2, 3, 4]
    assert [message.edns for message in messages] == [-1, 0, -1, -1]
    assert [message.rcode() for message in messages] == [
        dns.rcode.NOERROR, dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED]
