# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""apexd in a guest, and the client on the other end of its wire."""
import json

from lab import wait_for

SERVER4, CLIENT4 = "10.53.0.1", "10.53.0.2"
SERVER6, CLIENT6 = "fd53::1", "fd53::2"
SOCKET = "/run/apexd.sock"
ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.80
big TXT {0} {0} {0} {0} {0} {0} {0} {0}
""".format('"' + "x" * 250 + '"')


def files(device, workers="1", port="", zone=ZONE):
    """Those of a guest: the configuration and its zone. `port`: YAML of the port, below its
    device."""
    return {"/etc/example.com.zone": zone, "/etc/apexd.yaml": f"""server:
  addresses: [{SERVER4}, "{SERVER6}"]
  workers: [{workers}]
  power: sleep
ports:
  - device: "{device}"
{port}control:
  socket: {SOCKET}
zones:
  - name: example.com
    file: /etc/example.com.zone
"""}


def give_addresses(client, interface):
    client.run("ip", "address", "add", f"{CLIENT4}/24", "dev", interface)
    client.run("ip", "address", "add", f"{CLIENT6}/64", "dev", interface, "nodad")


def wires(lab, mine, other, count):
    """For the guest on `mine`, to the one on `other`, which has the same the other way round."""
    return [f"dgram,local.type=unix,local.path={lab.directory}/{mine.name}{number},"
            f"remote.type=unix,remote.path={lab.directory}/{other.name}{number}"
            for number in range(count)]


class Machine:
    def __init__(self, guest, client):
        self.guest, self.client = guest, client

    def start(self, wrapper=""):
        """Returns when apexd, which `wrapper` starts, answers on its control socket."""
        self.guest.run(f"{wrapper} /apexd -c /etc/apexd.yaml >/tmp/apexd.log 2>&1 &")

        def is_ready():
            self.guest.run("pidof apexd setpriv")
            return self.guest.run(f"/apexctl -s {SOCKET} status", check=False)[0] == 0

        try:
            wait_for(is_ready, "apexd", 60, 0.5)
        except Exception as error:
            raise AssertionError(self.log()) from error

    def stop(self):
        self.guest.run("kill $(pidof apexd)")
        wait_for(lambda: self.guest.run("pidof apexd", check=False)[0] != 0, "the end", 20, 0.5)
        assert " error " not in self.log() and "stopping" in self.log(), self.log()

    def log(self):
        return self.guest.run("cat /tmp/apexd.log")

    def ctl(self, *words):
        return json.loads(self.guest.run(f"/apexctl -s {SOCKET} --json {' '.join(words)}"))

    def counters(self):
        return self.ctl("stats")["counters"]
