# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""scripts/setup-host on a machine whose NIC the kernel has: it takes the NIC to vfio-pci."""
import re

import pytest
from guest import HUGEPAGES, ROOT, Guest
from machine import Machine, files

FILES = files(Guest.pci) | {"/etc/passwd": "nobody:x:65534:65534::/:/bin/sh\n"}


@pytest.fixture(scope="module")
def guest(lab):
    host = lab.host("client-setup")
    with Guest(host, "e1000e", FILES, modules=["e1000e"]) as made:
        yield made


def driver(guest):
    return guest.run(f"basename $(readlink /sys/bus/pci/devices/{Guest.pci}/driver)").strip()


def test_check_then_set_then_check(guest):
    assert driver(guest) == "e1000e"
    status, said = guest.run("/setup-host --check -c /etc/apexd.yaml", check=False)
    assert status == 1
    (line,) = [line for line in said.splitlines() if line.startswith("bad")]
    assert line == f"bad  {Guest.pci}: is bound to e1000e; scripts/setup-host --vfio {Guest.pci}"

    # Not while somebody may be reaching the host by it.
    interface = guest.run(f"ls /sys/bus/pci/devices/{Guest.pci}/net").strip()
    guest.run(f"ip link set {interface} up")
    status, said = guest.run(f"/setup-host --vfio {Guest.pci}", check=False)
    assert (status, driver(guest)) == (1, "e1000e")
    assert f"ip link set {interface} down first" in said

    guest.run(f"ip link set {interface} down")
    said = guest.run(f"/setup-host --vfio {Guest.pci} --hugepages {HUGEPAGES + 10}")
    assert driver(guest) == "vfio-pci", said
    pages = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
    assert int(guest.run(f"cat {pages}")) == HUGEPAGES + 10
    status, said = guest.run("/setup-host --check -c /etc/apexd.yaml", check=False)
    assert f"ok   {Guest.pci}" in said, said
    assert [line for line in said.splitlines() if line.startswith("bad")] == [], said
    assert status == 0
    # And it holds: DPDK drives the port.
    machine = Machine(guest, None)
    machine.start()
    machine.stop()


def test_a_user_without_privileges_but_some(guest):
    """With the capabilities that the unit has for that."""
    said = guest.run("/setup-host --user nobody")
    assert "set  user: nobody may open VFIO's groups" in said
    guest.run("chmod 666 /dev/net/tun; chmod 777 /run /tmp; rm -f /tmp/apexd.log")  # as udev, a unit do
    unit = (ROOT / "packaging" / "apexd.service").read_text()
    names = re.search(r"^#AmbientCapabilities=(.*)$", unit, re.MULTILINE)[1].split()
    capabilities = ",".join("+" + name.removeprefix("CAP_").lower() for name in names)
    machine = Machine(guest, None)
    machine.start(f"/setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "
                  f"--inh-caps={capabilities} --ambient-caps={capabilities}")
    assert "Uid:\t65534" in guest.run("cat /proc/$(pidof apexd)/status")
    (port,) = machine.ctl("status")["ports"]
    assert port["driver"] == "net_e1000_em" and port["kernel"]["interface"] == "apex0"
    assert machine.ctl("status")["hugepages"] is True
    machine.stop()
