# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Ports to a software switch, virtio_user and memif, with the kernel beside them; and several
ports at once. The switch is a dpdk-testpmd that passes frames between the port's peer and a
tap, whose far end the client has."""
import os
import subprocess
import time

import pytest
from conftest import counted
from lab import Process, wait_for
from servers import Apexd
from story import CLIENT4, CLIENT6, SERVER4, SERVER6
from traffic import Dnsperf, query, rdata_texts

ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.80
"""
KERNEL = f"""    kernel:
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
"""
# The switch's side, the port's, and its driver.
KINDS = {
    "virtio_user": ("net_vhost0,iface={socket}",
                    "virtio_user0,path={socket},mac=02:00:00:00:00:53", "net_virtio_user"),
    "memif": ("net_memif0,role=server,socket={socket},socket-abstract=no",
              "net_memif0,role=client,socket={socket},socket-abstract=no,mac=02:00:00:00:00:53",
              "net_memif"),
}


def daemon(server, name, devices, kernel="", addresses=(SERVER4, SERVER6), workers=(1,)):
    apexd = Apexd(server, name)
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=addresses, devices=devices, workers=workers,
                       zones=[("example.com", "example.com.zone")])
    if kernel:
        line = f'  - device: "{devices[0]}"\n'
        apexd.config.write_text(apexd.config.read_text().replace(line, line + kernel))
    return apexd


def start_switch(host, device, name):
    command = host.enter(
        "stdbuf", "-oL", "dpdk-testpmd", "--lcores=0,1", "--main-lcore=1", "--no-pci", "--iova-mode=va",
        "--no-huge", "--no-shconf", "-m", "256", f"--file-prefix=apexdns-{name}-{os.getpid()}",
        "--log-level=warning", "--vdev", device, "--vdev", "net_tap9,iface=dtap9", "--",
        "--forward-mode=io", "--disable-link-check", "--rxq=1", "--txq=1", "--nb-cores=1", "--total-num-mbufs=16384",
        core=None)
    # It runs until its standard input ends.
    process = Process(name, command, host.lab.directory / f"{name}.log", subprocess.PIPE)
    host.lab.own(process)
    return process


@pytest.mark.alone
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_port_of_a_switch(lab, kind):
    client, switch, server = (lab.host(f"{kind}-{role}") for role in ("client", "switch", "server"))
    socket = lab.directory / f"{kind}.sock"
    peer, device, driver = (text.format(socket=socket) for text in KINDS[kind])
    process = start_switch(switch, peer, f"switch-{kind}")
    process.require(lambda: "Press enter" in process.output(), "its ports were set up")
    lab.pull(switch, "dtap9", client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
             "02:00:00:00:00:01")
    apexd = daemon(server, f"apexd-{kind}", [device], KERNEL)
    apexd.start()
    wait_for(lambda: apexd.ctl("status")["ports"][0]["link"] == "up", "the link")
    (port,) = apexd.ctl("status")["ports"]
    assert (port["driver"], port["kernel"]["interface"]) == (driver, "apex0")
    for address in (SERVER4, SERVER6):
        done = client.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", address, check=False)
        assert " 0% packet loss" in done.stdout, done.stdout
        reply = query(client, address, "www.example.com", "A", timeout=2)
        assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
        done = client.run("dig", "+tcp", "+short", "+time=5", "+tries=1", f"@{address}",
                          "www.example.com", "A")
        assert done.stdout == "192.0.2.80\n"
    report = Dnsperf(client, SERVER4, ["www.example.com A"], 2, rate=500).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert apexd.stop() == 0
    process.popen.stdin.close()
    process.popen.wait(10)


@pytest.mark.alone
@pytest.mark.parametrize("kind", list(KINDS))
def test_two_workers_at_a_port_of_one_queue(lab, kind):
    """The first hands over what is the second's, by flow; the kernel has its part from both."""
    client, switch, server = (lab.host(f"spread-{kind}-{role}")
                              for role in ("client", "switch", "server"))
    socket = lab.directory / f"spread-{kind}.sock"
    peer, device, _ = (text.format(socket=socket) for text in KINDS[kind])
    process = start_switch(switch, peer, f"switch-spread-{kind}")
    process.require(lambda: "Press enter" in process.output(), "its ports were set up")
    lab.pull(switch, "dtap9", client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
             "02:00:00:00:00:01")
    apexd = daemon(server, f"apexd-spread-{kind}", [device], KERNEL, workers=(0, 1))
    apexd.start()
    wait_for(lambda: apexd.ctl("status")["ports"][0]["link"] == "up", "the link")
    asked = 100
    for number in range(asked):
        address = (SERVER4, SERVER6)[number % 2]
        reply = query(client, address, "www.example.com", "A", timeout=2)
        assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    answers = [worker["counters"]["answer"] for worker in apexd.ctl("stats")["workers"]]
    assert sum(answers) == asked and min(answers) > asked / 5, answers
    assert apexd.counters()["spread_full"] == 0
    for address in (SERVER4, SERVER6):
        done = client.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", address, check=False)
        assert " 0% packet loss" in done.stdout, done.stdout
    report = Dnsperf(client, SERVER4, ["www.example.com A"], 2, rate=500).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert apexd.stop() == 0
    process.popen.stdin.close()
    process.popen.wait(10)


@pytest.fixture(scope="module")
def two_links(lab):
    """A server with two interfaces and a client behind each."""
    server = lab.host("server")
    clients = [lab.host("left"), lab.host("right")]
    for number, client in enumerate(clients, 1):
        lab.link(client, "eth0", [f"10.53.{number}.2/24"], server, f"eth{number}",
                 [f"10.53.{number}.1/24"])
    return server, clients


def test_several_ports(lab, two_links):
    server, clients = two_links
    devices = [f"net_af_xdp{n},iface=eth{n}" for n in (1, 2)]
    apexd = daemon(server, "apexd-two", devices, addresses=["10.53.1.1", "10.53.2.1"])
    apexd.start()
    with counted(apexd, answer=2):
        for number, client in enumerate(clients, 1):
            reply = query(client, f"10.53.{number}.1", "www.example.com", "A")
            assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    loads = [Dnsperf(client, f"10.53.{number}.1", ["www.example.com A"], 2, rate=1000,
                     name=f"dnsperf-{number}") for number, client in enumerate(clients, 1)]
    for load in loads:
        report = load.finish()
        assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    links = [port["link"] for port in apexd.ctl("status")["ports"]]
    assert links == ["up", "up"]

    # One goes down, comes back, goes away; the other answers all the time, and the log says it.
    clients[1].run("ip", "link", "set", "eth0", "down")
    wait_for(lambda: "link down" in apexd.process.output(), "the line of the log")
    assert apexd.ctl("status")["ports"][1]["link"] == "down"
    clients[1].run("ip", "link", "set", "eth0", "up")
    wait_for(lambda: "link up" in apexd.process.output(), "the line of the log")
    assert query(clients[0], "10.53.1.1", "www.example.com", "A") is not None
    clients[1].run("ip", "link", "delete", "eth0")
    wait_for(lambda: f'port "{devices[1]}": gone' in apexd.process.output(), "the line of the log")
    assert apexd.ctl("status")["ports"][1]["link"] == "gone"
    for _ in range(20):
        assert query(clients[0], "10.53.1.1", "www.example.com", "A") is not None
        time.sleep(0.01)
    # Another interface of its name is none that the port has.
    lab.link(clients[1], "eth0", ["10.53.2.2/24"], server, "eth2", ["10.53.2.1/24"])
    time.sleep(1.5)
    assert apexd.ctl("status")["ports"][1]["link"] == "gone"
    assert apexd.process.output().count("link up") == 1
    assert apexd.stop() == 0
