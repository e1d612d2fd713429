# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two NICs that are one port, wired to another machine whose kernel has a bond of two: one active
and one backup, or both by LACP. Then one wire is cut."""
import pytest
from guest import Guest
from lab import wait_for
from machine import CLIENT4, CLIENT6, SERVER4, SERVER6, Machine, files, wires

KERNEL = f"""    kernel:
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
"""
CLIENT_MAC = "52:54:00:0a:37:01"
BOND = "/sys/class/net/b0/bonding"
# The client's mode: the server's, and what else makes the client's fit. No switch is between, so
# that both have to take the same wire.
MODES = {"active-backup": (f"mode=1,primary={Guest.pci}", f"echo eth0 >{BOND}/primary"),
         "802.3ad": ("mode=4", f"echo fast >{BOND}/lacp_rate")}


@pytest.fixture(scope="module", params=list(MODES))
def bonds(request, lab):
    """The server's machine and the client's guest."""
    mode = request.param
    hosts = [lab.host(f"{mode}-{role}") for role in ("server", "client")]
    server_mode, client_option = MODES[mode]
    device = f"net_bonding0,{server_mode},slave={Guest.pci},slave={Guest.spare_pci}"
    server = Guest(hosts[0], "virtio", files(device, "0, 1", KERNEL), wires=wires(lab, *hosts, 2))
    client = Guest(hosts[1], "virtio", {}, modules=["virtio_pci", "virtio_net", "bonding"],
                   wires=wires(lab, *reversed(hosts), 2), mac=CLIENT_MAC)
    with server, client:
        client.run("echo +b0 >/sys/class/net/bonding_masters; "
                   f"echo {mode} >{BOND}/mode; echo 100 >{BOND}/miimon; "
                   f"echo +eth0 >{BOND}/slaves; echo +eth1 >{BOND}/slaves; {client_option}; "
                   "echo 0 >/proc/sys/net/ipv6/conf/b0/accept_dad; ip link set b0 up; "
                   f"ip address add {CLIENT4}/24 dev b0; ip address add {CLIENT6}/64 dev b0")
        server.run(f"/setup-host --vfio {server.pci} --vfio {server.spare_pci}")
        machine = Machine(server, None)
        machine.start()
        wait_for(lambda: machine.ctl("status")["ports"][0]["link"] == "up", "the link", 20, 0.5)
        machine.mode = mode
        yield machine, client
        machine.stop()


def ping(client, address):
    return client.run(f"ping -c 3 -W 2 {address}", check=False)


def reaches(client, address):
    """The kernel and the workers, by one address."""
    status, said = ping(client, address)
    if status != 0 or " 0% packet loss" not in said:
        return False
    status, said = client.run(f"nslookup -type=a www.example.com {address}", check=False)
    return status == 0 and "192.0.2.80" in said


def test_both_ends_agree(bonds):
    machine, client = bonds
    for address in (SERVER4, SERVER6):
        wait_for(lambda address=address: reaches(client, address), "an answer", 60, 1)
    (port,) = machine.ctl("status")["ports"]
    assert (port["driver"], port["kernel"]["interface"]) == ("net_bonding", "apex0")
    assert port["nics"] == [{"device": Guest.pci, "link": "up"},
                            {"device": Guest.spare_pci, "link": "up"}]
    if machine.mode == "802.3ad":
        said = client.run("cat /proc/net/bonding/b0")
        assert f"Partner Mac Address: {Guest.mac}" in said, said
        assert "Number of ports: 2" in said, said
        # A frame of the protocol's each second, also while nobody asks anything.
        count = "cat /sys/class/net/eth0/statistics/rx_packets"
        before, after = client.run(f"{count}; sleep 10; {count}", timeout=60).split()
        assert int(after) - int(before) >= 7


def test_every_worker_answers(bonds):
    machine, client = bonds
    client.run(f"for n in $(seq 30); do nslookup -type=a www.example.com {SERVER4}; done")
    workers = machine.ctl("stats")["workers"]
    assert all(worker["counters"]["answer"] > 0 for worker in workers), workers


def test_a_wire_is_cut_and_mended(bonds):
    machine, client = bonds
    for up, word, link in ((False, "link down, the bond has to do without it", "down"),
                           (True, "link up", "up")):
        for guest in (machine.guest, client):
            guest.qmp("set_link", name="nic0", up=up)
        wait_for(lambda word=word: f"NIC {Guest.pci}: {word}" in machine.log(), "the line of the log",
                 20, 0.5)
        (port,) = machine.ctl("status")["ports"]
        assert port["link"] == "up"
        assert port["nics"] == [{"device": Guest.pci, "link": link},
                                {"device": Guest.spare_pci, "link": "up"}]
        for address in (SERVER4, SERVER6):
            wait_for(lambda address=address: reaches(client, address), "an answer", 30, 1)
