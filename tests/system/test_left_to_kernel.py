# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Queries that ports leave to the kernel: from the host itself, in fragments, with IP options or
extension headers. Sockets beside the ports answer them."""
import socket

import dns.edns
import dns.message
import dns.rcode
import pytest
from capture import query_wire
from lab import wait_for
from servers import Apexd
from story import CLIENT4, CLIENT6, EXAMPLE_ZONE, SERVER4, SERVER6
from traffic import exchange, family_of, query, rdata_texts

ZONE = EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "")
KERNEL = f"""    kernel:
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
"""
ADDRESSES = [f"{CLIENT4}/24", f"{CLIENT6}/64"]
DESTINATION_OPTIONS = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # nothing but padding
NOP = b"\1\1\1\1"
QUERY = query_wire("www.example.com")
# All fragments but the first have no ports, so what comes in several is the kernel's.
LONG = dns.edns.GenericOption(12, bytes(2000))


def daemon(server, device, port=""):
    apexd = Apexd(server, "apexd-" + device.split(",")[0])
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[device],
                       zones=[("example.com", "example.com.zone")])
    line = f'  - device: "{device}"\n'
    apexd.config.write_text(apexd.config.read_text().replace(line, line + port))
    apexd.start()
    return apexd


@pytest.fixture(scope="module", params=["net_af_xdp", "net_tap"])
def world(request, lab):
    client, server = lab.host(f"client-{request.param}"), lab.host(f"server-{request.param}")
    if request.param == "net_af_xdp":
        lab.link(client, "eth0", ADDRESSES, server, "eth1", [f"{SERVER4}/24", f"{SERVER6}/64"])
        apexd = daemon(server, "net_af_xdp0,iface=eth1")
    else:  # a wire, and the kernel beside it
        apexd = daemon(server, "net_tap0,iface=dtap0", KERNEL)
        lab.pull(server, "dtap0", client, "eth0", ADDRESSES, "02:00:00:00:00:01")
    yield client, server, apexd
    assert apexd.stop() == 0


def answered(apexd):
    return apexd.ctl("stats")["sockets"]["counters"]["answer"]


def is_the_address(reply):
    return rdata_texts(dns.message.from_wire(reply), "A") == ["192.0.2.80"]


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_the_host_itself_may_ask(world, address):
    _, server, apexd = world
    before, by_port = answered(apexd), apexd.counters()["answer"]
    reply = query(server, address, "www.example.com", "A")
    assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    assert (answered(apexd), apexd.counters()["answer"]) == (before + 1, by_port)


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_a_query_in_fragments(world, address):
    client, _, apexd = world
    before = answered(apexd)
    message = dns.message.make_query("www.example.com", "A", use_edns=0, options=[LONG])
    reply = exchange(client, address, message.to_wire(max_size=4096))
    assert reply is not None and is_the_address(reply)
    assert answered(apexd) == before + 1


@pytest.mark.parametrize("address, level, option, value", [
    (SERVER4, socket.IPPROTO_IP, socket.IP_OPTIONS, NOP),
    (SERVER6, socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, DESTINATION_OPTIONS),
])
def test_a_query_with_options(world, address, level, option, value):
    client, _, apexd = world
    before = answered(apexd)
    with client.socket(family_of(address)) as sock:
        sock.setsockopt(level, option, value)
        sock.settimeout(2)
        sock.connect((address, 53))
        sock.send(QUERY)
        assert is_the_address(sock.recv(4096))
    assert answered(apexd) == before + 1


def test_what_the_ports_answer_is_not_answered_twice(world):
    client, _, apexd = world
    before, by_port = answered(apexd), apexd.counters()["answer"]
    for _ in range(10):
        assert query(client, SERVER4, "www.example.com", "A") is not None
    assert (answered(apexd), apexd.counters()["answer"]) == (before, by_port + 10)
    shown = apexd.ctl_run("stats", json_output=False).stdout
    assert f"sockets:        {before} queries that came by the kernel\n" in shown


@pytest.mark.parametrize("world", ["net_af_xdp"], indirect=True)
def test_an_xdp_program_that_was_taken_away(world):
    """Somebody did the wrong thing at the interface; answers go on, by the kernel."""
    client, server, apexd = world
    server.run("ip", "link", "set", "eth1", "xdp", "off")
    before = answered(apexd)
    reply = wait_for(lambda: exchange(client, SERVER4, QUERY, 0.5), "an answer")
    assert is_the_address(reply)
    assert answered(apexd) > before


def test_an_address_that_the_kernel_refuses_is_left_out(lab):
    """The others are served; of that one the log tells."""
    server = lab.host("server-refused")
    apexd = Apexd(server, "apexd-refused")
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=["127.0.0.1", "fe80::1"], devices=["net_null0"],
                       zones=[("example.com", "example.com.zone")])
    apexd.start()
    reply = query(server, "127.0.0.1", "www.example.com", "A")
    assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    said = apexd.process.output()
    assert "warning UDP fe80::1 port 53: Invalid argument; the kernel's sockets cannot be" in said
    assert apexd.stop() == 0


def test_none_where_the_kernel_sees_every_packet(lab):
    """Else each query would have two answers."""
    client, server = lab.host("client-packet"), lab.host("server-packet")
    lab.link(client, "eth0", ADDRESSES, server, "eth1", [])
    apexd = daemon(server, "net_af_packet0,iface=eth1")
    assert apexd.ctl("stats")["sockets"] is None
    assert "sockets" not in apexd.ctl_run("stats", json_output=False).stdout
    assert apexd.stop() == 0
