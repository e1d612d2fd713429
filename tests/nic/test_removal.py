# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A NIC that is taken out of its slot."""
from guest import Guest
from lab import wait_for
from machine import SERVER4, Machine, files, give_addresses
from traffic import query


def test_a_nic_is_taken_out(lab):
    client = lab.host("client-removal")
    port = f'    kernel: {{addresses: [{SERVER4}/24]}}\n'
    guest = Guest(client, "e1000e", files(Guest.slot_pci, port=port), slot=True)
    give_addresses(client, guest.interface)
    with guest:
        guest.run(f"/setup-host --vfio {guest.pci}")
        machine = Machine(guest, client)
        machine.start()
        wait_for(lambda: machine.ctl("status")["ports"][0]["link"] == "up", "the link", 10, 0.5)
        assert query(client, SERVER4, "www.example.com", "A", timeout=3) is not None

        guest.qmp("device_del", id="nic0")
        wait_for(lambda: f'port "{guest.pci}": gone' in machine.log(), "the line of the log", 30, 1)
        assert machine.ctl("status")["ports"][0]["link"] == "gone"
        # It is let go at the stop.
        there = f"test -e /sys/bus/pci/devices/{guest.pci}"
        assert guest.run(there, check=False)[0] == 0
        guest.run("kill $(pidof apexd)")
        wait_for(lambda: guest.run(there, check=False)[0] != 0, "the NIC to be gone", 40, 1)
        assert "stopping" in machine.log()
