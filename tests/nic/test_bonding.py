# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two NICs that are one port, active and backup."""
from guest import Guest
from lab import wait_for
from machine import SERVER4, SERVER6, Machine, files, give_addresses
from traffic import query, rdata_texts

DEVICE = f"net_bonding0,mode=1,slave={Guest.pci},slave={Guest.spare_pci},primary={Guest.pci}"


def test_two_nics_are_one_port(lab):
    client = lab.host("client-bond")
    port = f"""    kernel:
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
"""
    guest = Guest(client, "e1000e", files(DEVICE, "0, 1", port), spare=True)
    give_addresses(client, guest.interface)
    with guest:
        guest.run(f"/setup-host --vfio {guest.pci} --vfio {guest.spare_pci}")
        machine = Machine(guest, client)
        machine.start()
        wait_for(lambda: machine.ctl("status")["ports"][0]["link"] == "up", "the link", 20, 0.5)
        (status,) = machine.ctl("status")["ports"]
        assert status["driver"] == "net_bonding" and status["kernel"]["interface"] == "apex0"
        for address in (SERVER4, SERVER6):
            done = client.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "2", address, check=False)
            assert " 0% packet loss" in done.stdout, done.stdout
            reply = query(client, address, "www.example.com", "A", timeout=3)
            assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
        machine.stop()
