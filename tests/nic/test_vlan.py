# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Frames with one VLAN tag and with two, between the kernels of two machines by the port, and
queries with the same tags, which the workers answer."""
import dns.message
import pytest
from capture import query_wire
from guest import Guest
from lab import wait_for
from machine import CLIENT4, CLIENT6, SERVER4, SERVER6, Machine, files, wires
from traffic import rdata_texts

# Each interface stands on the one before it; the last has the addresses.
STACKS = {"one tag": ["100 802.1q"], "two tags": ["200 802.1ad", "100 802.1q"]}
QUERY = query_wire("www.example.com")
# The reply to it over TCP, as hexadecimal digits.
ASK = """
import socket, sys
stream = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
stream.settimeout(5)
stream.connect((sys.argv[1], 53))
stream.sendall(bytes.fromhex(sys.argv[2]))
print(stream.recv(65535).hex())
"""


@pytest.fixture(scope="module")
def machines(lab):
    hosts = [lab.host(f"vlan-{role}") for role in ("server", "client")]
    server = Guest(hosts[0], "e1000e", files(Guest.pci), modules=["8021q"],
                   wires=wires(lab, *hosts, 1))
    client = Guest(hosts[1], "e1000e", {"/ask.py": ASK}, modules=["e1000e", "8021q"],
                   wires=wires(lab, *reversed(hosts), 1), mac="52:54:00:0a:37:01")
    with server, client:
        client.run("ip link set eth0 up")
        server.run(f"/setup-host --vfio {server.pci}")
        machine = Machine(server, None)
        machine.start()
        wait_for(lambda: machine.ctl("status")["ports"][0]["link"] == "up", "the link", 20, 0.5)
        yield machine, client
        machine.stop()


@pytest.fixture(params=list(STACKS))
def tagged(request, machines):
    machine, client = machines
    for guest, base, v4, v6 in ((machine.guest, "apex0", SERVER4, SERVER6),
                                (client, "eth0", CLIENT4, CLIENT6)):
        below = base
        for number, tag in enumerate(STACKS[request.param]):
            identifier, protocol = tag.split()
            guest.run(f"ip link add link {below} name v{number} type vlan id {identifier} "
                      f"protocol {protocol}; echo 0 >/proc/sys/net/ipv6/conf/v{number}/accept_dad; "
                      f"ip link set v{number} up")
            below = f"v{number}"
        guest.run(f"ip address add {v4}/24 dev {below}; ip address add {v6}/64 dev {below}")
    yield machine, client
    for guest in (machine.guest, client):
        guest.run("ip link delete v0")


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_the_kernel_and_the_workers(tagged, address):
    machine, client = tagged
    before = machine.counters()
    done = client.run(f"ping -c 3 -W 2 {address}")
    assert " 0% packet loss" in done, done
    back = CLIENT6 if ":" in address else CLIENT4
    assert " 0% packet loss" in machine.guest.run(f"ping -c 3 -W 2 {back}")

    octets = len(QUERY).to_bytes(2, "big") + QUERY
    reply = bytes.fromhex(client.run(f"python3 /ask.py {address} {octets.hex()}"))
    assert rdata_texts(dns.message.from_wire(reply[2:]), "A") == ["192.0.2.80"]

    said = client.run(f"nslookup -type=a www.example.com {address}")
    assert "192.0.2.80" in said, said
    after = machine.counters()
    assert after["answer"] == before["answer"] + 1
    assert after["punt_ethertype"] == before["punt_ethertype"]
    assert after["punt_icmp"] - before["punt_icmp"] >= 6
    assert after["punt_tcp"] > before["punt_tcp"]
