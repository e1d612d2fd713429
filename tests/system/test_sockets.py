# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The port that is the kernel's sockets: apexd without DPDK, and without privileges."""
import os
import re
import socket

import dns.flags
import dns.message
import dns.rcode
import pytest
from conftest import counted
from servers import Apexd
from story import CLIENT4, CLIENT6, EXAMPLE_ZONE, SERVER4, SERVER6
from traffic import Dnsperf, exchange, query, rdata_texts

NOBODY = 65534
ZONE = EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "") + "".join(
    f'long TXT "{n:04d}{"x" * 196}"\n' for n in range(20))


@pytest.fixture(scope="module")
def hosts(lab):
    client, server = lab.host("client"), lab.host("server")
    lab.link(client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
             server, "eth1", [f"{SERVER4}/24", f"{SERVER6}/64"])
    server.run("sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=53")
    lab.directory.chmod(0o755)
    return client, server


def daemon(server, name="apexd", workers=(0, 1), devices=("sockets",)):
    apexd = Apexd(server, name)
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=devices, workers=workers,
                       zones=[("example.com", "example.com.zone")])
    return apexd


@pytest.fixture(scope="module")
def apexd(hosts):
    made = daemon(hosts[1])
    os.chown(made.directory, NOBODY, NOBODY)
    made.wrapper = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                    "--bounding-set=-all", "--no-new-privs"]
    made.start()
    return made


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_it_answers_without_privileges(hosts, apexd, address):
    status = apexd.ctl("status")
    assert status["ports"] == [{"device": "sockets", "driver": "kernel", "link": "up",
                                "rx_interrupts": True}]
    assert os.stat(f"/proc/{apexd.process.pid}").st_uid == NOBODY
    with counted(apexd, answer=1, nxdomain=1, refused=1):
        reply = query(hosts[0], address, "www.example.com", "A")
        assert rdata_texts(reply, "A") == ["192.0.2.80"] and reply.flags & dns.flags.AA
        assert query(hosts[0], address, "no.example.com", "A").rcode() == dns.rcode.NXDOMAIN
        assert query(hosts[0], address, "example.org", "A").rcode() == dns.rcode.REFUSED


def test_what_is_too_long_is_had_over_tcp(hosts, apexd):
    reply = query(hosts[0], SERVER4, "long.example.com", "TXT", use_edns=0, payload=4096)
    assert reply.flags & dns.flags.TC
    text = hosts[0].run("dig", f"@{SERVER4}", "long.example.com", "TXT", "+noall", "+answer").stdout
    assert len(text.splitlines()) == 20
    assert apexd.ctl("stats")["tcp"]["counters"]["answer"] >= 1


def test_nonsense_has_its_counter(hosts, apexd):
    with counted(apexd, drop_bad_length=1, drop_short_message=1, drop_response=1, formerr=1):
        for octets in (bytes(5000), b"short", b"\x12\x34\x80\x00" + bytes(8)):
            assert exchange(hosts[0], SERVER4, octets, 0.2) is None
        reply = exchange(hosts[0], SERVER4, b"\x12\x34\x00\x00\x00\x02" + bytes(6), 1)
        assert dns.message.from_wire(reply).rcode() == dns.rcode.FORMERR


def test_load_is_spread_over_the_workers(hosts, apexd):
    for _ in range(8):  # a port each, by which the kernel chooses
        assert query(hosts[0], SERVER4, "www.example.com", "A") is not None
    report = Dnsperf(hosts[0], SERVER4, ["www.example.com A"], 1, outstanding=100).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.completed > 1000
    with hosts[0].socket(socket.AF_INET6) as sock:
        sock.sendto(dns.message.make_query("www.example.com", "A").to_wire(), (SERVER6, 53))
    workers = apexd.ctl("stats")["workers"]
    assert all(worker["counters"]["answer"] > 0 for worker in workers)


def test_a_port_that_is_taken_is_told(hosts, apexd):
    second = daemon(hosts[1], "second")
    process = second.launch()
    assert process.popen.wait(20) == 1
    assert re.search(rf"UDP {SERVER4} port 53: Address already in use; another server listens there",
                     process.output())


def test_an_address_that_is_not_here_is_told(hosts):
    away = Apexd(hosts[1], "away")
    away.write_config(addresses=["127.0.0.1", "198.51.100.53"], devices=["sockets"], zones=[],
                      extra="", workers=(0,))
    text = away.config.read_text()
    away.config.write_text(text.replace("server:\n", "server:\n  port: 5300\n"))
    away.start()
    said = away.process.output()
    assert ("warning address 198.51.100.53: this host does not have it, so nobody reaches it; "
            '"ip address add"') in said
    assert "address 127.0.0.1" not in said
    # What is not a worker's stays off their CPUs.
    status = open(f"/proc/{away.process.pid}/status").read()
    assert re.search(r"Cpus_allowed_list:\t(.*)", status)[1] == "1"
    assert away.stop() == 0


def test_it_stands_alone(hosts):
    both = daemon(hosts[1], "both", devices=("sockets", "net_null0"))
    done = hosts[1].run(*both.command()[:1], "--check-config", both.config, check=False)
    assert done.returncode == 2
    assert re.search(r'apexd\.yaml:\d+: port "sockets" stands beside others', done.stderr)
    for key in ("mtu: 1400", "kernel: {}"):
        alone = daemon(hosts[1], f"alone-{key.split(':')[0]}")
        text = alone.config.read_text()
        alone.config.write_text(text.replace('"sockets"\n', f'"sockets"\n    {key}\n'))
        done = hosts[1].run(*alone.command()[:1], "--check-config", alone.config, check=False)
        assert done.returncode == 2
        assert 'has neither "mtu" nor "kernel"; remove them' in done.stderr
