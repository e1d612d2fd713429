# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A port that DPDK shares with the kernel by rules for what it wants, as mlx5 does: here net_tap
with a remote, on a NIC that the kernel has."""
import pytest
from guest import Guest
from machine import SERVER4, SERVER6, Machine, files, give_addresses
from traffic import Dnsperf, query, rdata_texts

TC = ["sch_multiq", "sch_ingress", "cls_flower", "act_mirred", "act_gact", "act_skbedit",
      "cls_bpf", "act_bpf"]


@pytest.fixture(scope="module")
def shared(lab):
    client = lab.host("client-shared")
    guest = Guest(client, "e1000e", files("net_tap0,iface=dtap0,remote=eth0", "0, 1"),
                  modules=["e1000e", *TC])
    give_addresses(client, guest.interface)
    with guest:
        guest.run(f"ip address add {SERVER4}/24 dev eth0; echo 0 >/proc/sys/net/ipv6/conf/eth0/"
                  f"accept_dad; ip link set eth0 up; ip address add {SERVER6}/64 dev eth0")
        made = Machine(guest, client)
        made.start()
        guest.run("echo 1 >/proc/sys/net/ipv6/conf/dtap0/disable_ipv6")  # has ND of its own
        yield made
        made.stop()


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_queries_are_ours_and_the_rest_the_kernels(shared, address):
    client, before = shared.client, shared.counters()
    beside = shared.ctl("stats")["sockets"]
    reply = query(client, address, "www.example.com", "A", timeout=3)
    assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    done = client.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", address, check=False)
    assert " 0% packet loss" in done.stdout, done.stdout
    done = client.run("dig", "+tcp", "+short", "+time=5", "+tries=1", f"@{address}",
                      "www.example.com", "A")
    assert done.stdout == "192.0.2.80\n"
    after = shared.counters()
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert moved == {"answer": 1}
    assert shared.ctl("stats")["sockets"] == beside, "the kernel has no query of the port's"


def test_load(shared):
    report = Dnsperf(shared.client, SERVER4, ["www.example.com A"], 3, rate=300).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
