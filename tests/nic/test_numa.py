# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A machine of two NUMA nodes: memory is the worker's, and a NIC at the other node is told."""
import re

import pytest
from guest import Guest
from machine import Machine, files

NAMES = 50_000
ZONE = "$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 10.53.0.1\n" + "".join(
    f"host{number} A 192.0.2.1\n" for number in range(NAMES))


def test_memory_is_the_workers(lab):
    host = lab.host("client-numa")
    with Guest(host, "e1000e", files("0000:21:00.0", zone=ZONE), numa=True) as guest:
        assert guest.run("cat /sys/devices/system/node/node1/cpulist") == "1\n"
        assert guest.run(f"cat /sys/bus/pci/devices/{guest.pci}/numa_node") == "0\n"
        guest.run(f"/setup-host --vfio {guest.pci}")
        # The zone is read at the other node: memory would be there if nobody said otherwise.
        guest.run("taskset 2 sh -c 'while true; do true; done' >/dev/null 2>&1 & "
                  "echo $! >/tmp/busy")
        machine = Machine(guest, host)
        machine.start()
        guest.run("kill $(cat /tmp/busy)")
        assert (f'port "{guest.pci}": at NUMA node 0, worker 1 at node 1, so each packet crosses '
                "between them; give server.workers CPUs of node 0") in machine.log()
        pages = {"0": 0, "1": 0}
        for line in guest.run("cat /proc/$(pidof apexd)/numa_maps").splitlines():
            if "anon=" in line and "huge" not in line:
                for node, count in re.findall(r" N(\d)=(\d+)", line):
                    pages[node] += int(count)
        # Of the heap, the zone and the table.
        assert pages["1"] > 5 * pages["0"], pages


@pytest.mark.parametrize("node", [0, 1])
def test_hugepages_on_one_node_are_not_enough(lab, node):
    """Node 1 has the workers' packets, node 0 what the NIC's driver has. A line says what is
    missing, and none are used."""
    host = lab.host(f"client-pages-{node}")
    with Guest(host, "e1000e", files("0000:21:00.0"), numa=True) as guest:
        guest.run(f"/setup-host --vfio {guest.pci}")
        guest.run(f"echo 4 >/sys/devices/system/node/node{node}/hugepages/hugepages-2048kB/"
                  "nr_hugepages")
        machine = Machine(guest, host)
        machine.start()
        log = machine.log()
        assert re.search(rf"warning \d+ MiB of hugepages are free on NUMA node {node}, \d+ are needed, "
                         "so that none are used; reserve more, or give back those there are", log), log
        assert machine.ctl("status")["hugepages"] is False
        machine.stop()
