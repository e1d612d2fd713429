# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""apexd on an emulated PCI NIC under vfio-pci, with the kernel beside it: what a client on the
other end of the wire sees. The rates of emulation say nothing; function does."""
import socket

import pytest
from capture import query_wire, udp_frame
from guest import Guest
from lab import wait_for
from machine import (
    CLIENT4,
    CLIENT6,
    SERVER4,
    SERVER6,
    Machine,
    files,
    give_addresses,
)
from traffic import Dnsperf, query, rdata_texts

KERNEL = f"""    kernel:
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
"""
# The driver DPDK has for the model, the workers, the MTU, and whether the guest has vhost-net.
PORTS = {
    "e1000e": ("net_e1000_em", "0, 1", 9000, True),
    "vmxnet3": ("net_vmxnet3", "1", 1500, False),
    "virtio": ("net_virtio", "1", 1500, False),
    "virtio-rss": ("net_virtio", "0, 1", 1500, True),
}
# A virtio host leaves checksums of its own frames unfinished for who knows of checksums, and
# QEMU's vmxnet3 finds none.
FINDS_BAD_CHECKSUMS = ("net_e1000_em",)


@pytest.fixture(scope="module", params=list(PORTS))
def machine(request, lab):
    model = request.param
    driver, workers, mtu, has_vhost = PORTS[model]
    client = lab.host(f"client-{model}")
    device = Guest.pci.removeprefix("0000:") if model == "virtio" else Guest.pci
    guest = Guest(client, model, files(device, workers, f"    mtu: {mtu}\n{KERNEL}"))
    give_addresses(client, guest.interface)
    client.run("ip", "link", "set", guest.interface, "mtu", str(mtu))
    with guest:
        if not has_vhost:
            guest.run("rm /dev/vhost-net")
        guest.run(f"/setup-host --vfio {guest.pci}")
        made = Machine(guest, client)
        made.model = model
        made.device, made.driver, made.mtu, made.has_vhost = device, driver, mtu, has_vhost
        made.start()
        wait_for(lambda: made.ctl("status")["ports"][0]["link"] == "up", "the link", 10, 0.5)
        yield made
        made.stop()


def test_status(machine):
    (port,) = machine.ctl("status")["ports"]
    assert (port["device"], port["driver"], port["link"]) == (machine.device, machine.driver, "up")
    assert port["mtu"] == machine.mtu
    # Whose queues are each polled by one worker; frames over a ring raise none.
    assert port["rx_interrupts"] is (machine.model != "e1000e")
    kernel = "net_virtio_user" if machine.has_vhost else "net_tap"
    assert (port["kernel"]["interface"], port["kernel"]["driver"]) == ("apex0", kernel)
    link = machine.guest.run("ip address show dev apex0")
    assert f"mtu {machine.mtu}" in link
    assert f"link/ether {Guest.mac}" in link and f"inet {SERVER4}/24" in link


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_neighbours_and_ping(machine, address):
    client = machine.client
    done = client.run("ping", "-n", "-c", "5", "-i", "0.2", "-W", "2", address, check=False)
    assert " 0% packet loss" in done.stdout, done.stdout
    assert Guest.mac in client.run("ip", "neighbour", "show", address).stdout
    back = CLIENT6 if ":" in address else CLIENT4
    assert " 0% packet loss" in machine.guest.run(f"ping -c 3 -W 2 {back}")


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_udp(machine, address):
    before = machine.counters()["answer"]
    reply = query(machine.client, address, "www.example.com", "A", timeout=3)
    assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    assert machine.counters()["answer"] == before + 1


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_tcp(machine, address):
    done = machine.client.run("dig", "+tcp", "+short", "+time=5", "+tries=1", f"@{address}",
                              "big.example.com", "TXT")
    assert done.stdout.count("x" * 250) == 8


def test_frames_as_long_as_the_mtu(machine):
    size = machine.mtu - 28
    done = machine.client.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", "-M", "do", "-s",
                              str(size), SERVER4, check=False)
    assert " 0% packet loss" in done.stdout, done.stdout


def send(machine, frame):
    with machine.client.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((machine.guest.interface, 0))
        raw.send(frame)


def query_frame(machine, mac):
    return udp_frame(query_wire("www.example.com"), source=CLIENT4, destination=SERVER4,
                     source_mac=machine.client.mac(machine.guest.interface),
                     destination_mac=bytes.fromhex(mac.replace(":", "")))


def test_a_bad_checksum(machine):
    """Dropped where the port finds it; elsewhere the reply's is as wrong, for the client to drop."""
    frame = bytearray(query_frame(machine, Guest.mac))
    frame[40] ^= 0xff
    before = machine.counters()
    send(machine, bytes(frame))
    name = "drop_bad_checksum" if machine.driver in FINDS_BAD_CHECKSUMS else "answer"
    wait_for(lambda: machine.counters()[name] == before[name] + 1, name, 5, 0.2)


def test_frames_to_others_are_not_taken(machine):
    """Promiscuous mode is off."""
    before = machine.counters()
    send(machine, query_frame(machine, "52:54:00:0a:36:99"))
    send(machine, query_frame(machine, Guest.mac))
    wait_for(lambda: machine.counters()["answer"] > before["answer"], "the answer", 5, 0.2)
    assert machine.counters()["answer"] == before["answer"] + 1


def test_the_kernel_learns_of_a_cut_wire(machine):
    """Routing daemons look at the carrier of the interface beside the port."""
    for up, carrier in ((False, "0"), (True, "1")):
        machine.guest.qmp("set_link", name="nic0", up=up)
        wait_for(lambda carrier=carrier: machine.guest.run("cat /sys/class/net/apex0/carrier").strip()
                 == carrier, "the carrier to follow", 20, 0.5)
    wait_for(lambda: query(machine.client, SERVER6, "www.example.com", "A") is not None, "an answer",
             20, 0.5)


def test_load(machine):
    """dnsperf over UDP while others use the kernel path."""
    before = machine.counters()
    load = Dnsperf(machine.client, SERVER4, ["www.example.com A"], 5, rate=500)
    done = machine.client.run("ping", "-n", "-c", "5", "-i", "0.5", "-W", "2", SERVER4)
    report = load.finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.completed > 500
    assert " 0% packet loss" in done.stdout
    after = machine.counters()
    assert after["answer"] - before["answer"] == report.completed
    assert after["punt_icmp"] - before["punt_icmp"] >= 5


def test_every_worker_answers(machine):
    """Of two workers each gets its share of the sources: by RSS from its queue, or handed over by
    the one who has the only queue."""
    for _ in range(40):
        assert query(machine.client, SERVER4, "www.example.com", "A", timeout=3) is not None
    workers = machine.ctl("stats")["workers"]
    assert all(worker["counters"]["answer"] > 0 for worker in workers), workers
