# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The kernel beside a port that DPDK has to itself.

The port is a net_tap whose other end is in the client's namespace: a wire, of which the
server's kernel sees nothing but what comes by the interface apex0."""
import http.client
import re
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import dns.rcode
import pytest
from capture import query_wire, udp_frame
from lab import wait_for
from servers import Apexd
from story import CLIENT4, CLIENT6, SERVER4, SERVER6
from traffic import Dnsperf, query, rdata_texts

ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.80
big TXT "{0}" "{0}" "{0}" "{0}" "{0}" "{0}"
""".format("x" * 250)
RATE = 500  # frames a second of each kind
CLIENT_MAC = "02:00:00:00:00:01"
WIRE = "net_tap0,iface=dtap0"


@pytest.fixture(scope="module")
def hosts(lab):
    return lab.host("client"), lab.host("server")


def daemon(server, name, port=""):
    apexd = Apexd(server, name)
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[WIRE],
                       zones=[("example.com", "example.com.zone")])
    text = apexd.config.read_text()
    line = f'  - device: "{WIRE}"\n'
    assert line in text
    text = text.replace("control:\n", "control:\n  metrics: 127.0.0.1:9153\n")
    apexd.config.write_text(text.replace(line, line + port))
    return apexd


def connect(client, server):
    """The wire's other end to the client."""
    client.lab.pull(server, "dtap0", client, "dtap0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
                    CLIENT_MAC)


@pytest.fixture(scope="module")
def apexd(hosts):
    client, server = hosts
    made = daemon(server, "apexd-kernel", f"""    kernel:
      interface: apex0
      addresses: [{SERVER4}/24, "{SERVER6}/64"]
      rate: {RATE}
""")
    made.start()
    connect(client, server)
    yield made
    assert made.stop() == 0


def ping(host, address, *options):
    return host.run("ping", "-n", *options, address, check=False)


def kernel(apexd):
    (port,) = apexd.ctl("status")["ports"]
    return port["kernel"]


def test_status_names_the_interface(hosts, apexd):
    _, server = hosts
    (port,) = apexd.ctl("status")["ports"]
    assert port["mtu"] == 1500
    assert (port["kernel"]["interface"], port["kernel"]["driver"]) == ("apex0", "net_tap")
    shown = apexd.ctl_run("status", json_output=False).stdout
    assert re.search(r"^kernel: +apex0 \(net_tap\), \d+ frames to it, \d+ from it$", shown, re.M)
    link = server.run("ip", "address", "show", "dev", "apex0").stdout
    assert f"inet {SERVER4}/24" in link and f"inet6 {SERVER6}/64" in link and "UP" in link


def test_queries_are_answered_by_the_port(hosts, apexd):
    client, _ = hosts
    for address in (SERVER4, SERVER6):
        reply = query(client, address, "www.example.com", "A")
        assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    assert apexd.counters()["answer"] >= 2


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_neighbours_and_ping(hosts, apexd, address):
    client, server = hosts
    client.run("ip", "neighbour", "flush", "dev", "dtap0")
    done = ping(client, address, "-c", "3", "-i", "0.1", "-W", "1")
    assert " 0% packet loss" in done.stdout, done.stdout
    neighbour = client.run("ip", "neighbour", "show", address).stdout
    assert server.mac("apex0").hex(":") in neighbour
    # And the other way round: the kernel asks out by the port.
    back = CLIENT6 if ":" in address else CLIENT4
    server.run("ip", "neighbour", "flush", "dev", "apex0")
    assert " 0% packet loss" in ping(server, back, "-c", "3", "-i", "0.1", "-W", "1").stdout


def test_large_ping_comes_in_fragments(hosts, apexd):
    client, _ = hosts
    before = apexd.counters()["punt_fragment"]
    done = ping(client, SERVER4, "-c", "2", "-i", "0.1", "-W", "1", "-s", "4000")
    assert " 0% packet loss" in done.stdout, done.stdout
    assert apexd.counters()["punt_fragment"] - before == 2 * 3


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_tcp(hosts, apexd, address):
    client, _ = hosts
    reply = query(client, address, "big.example.com", "TXT")
    assert reply.flags & 0x0200
    done = client.run("dig", "+tcp", "+short", "+time=2", "+tries=1", f"@{address}",
                      "big.example.com", "TXT")
    assert done.stdout.count("x" * 250) == 6


def test_another_service_on_the_host(hosts, apexd):
    """A stream of its own, each way, as ssh and BGP have."""
    client, server = hosts
    octets = bytes(range(256)) * 1000
    with server.socket(kind=socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((SERVER4, 179))
        listener.listen(1)
        with client.socket(kind=socket.SOCK_STREAM) as peer:
            peer.settimeout(20)
            peer.connect((SERVER4, 179))
            accepted, _ = listener.accept()
            with accepted:
                accepted.settimeout(20)
                for sender, receiver in ((accepted, peer), (peer, accepted)):
                    with ThreadPoolExecutor(1) as pool:
                        sent = pool.submit(sender.sendall, octets)
                        got = b""
                        while len(got) < len(octets):
                            got += receiver.recv(65536)
                        sent.result()
                    assert got == octets


def test_udp_to_another_port_is_the_kernels(hosts, apexd):
    client, server = hosts
    with server.socket() as service, client.socket() as peer:
        service.bind((SERVER4, 123))
        service.settimeout(2)
        peer.settimeout(2)
        peer.sendto(b"what time is it", (SERVER4, 123))
        data, sender = service.recvfrom(100)
        service.sendto(b"late", sender)
        assert (data, peer.recv(100)) == (b"what time is it", b"late")
        # Nobody there: the kernel says so.
        peer.connect((SERVER4, 9))
        peer.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            peer.recv(100)


def flood(host, interface, frame, count):
    """Some 20,000 a second: the tap's own queue would drop others in front of the port."""
    with host.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((interface, 0))
        for number in range(count):
            raw.send(frame)
            if number % 50 == 49:
                time.sleep(0.0025)


def test_a_flood_of_one_kind_takes_no_query(hosts, apexd):
    """Frames for the kernel beyond its rate are counted, one by one; queries, and the kernel's
    other kinds, go on."""
    client, server = hosts
    frame = udp_frame(query_wire("www.example.com"), source=CLIENT4, destination=SERVER4,
                      destination_port=5353, source_mac=client.mac("dtap0"),
                      destination_mac=server.mac("apex0"))
    before, path = apexd.counters(), kernel(apexd)
    load = Dnsperf(client, SERVER4, ["www.example.com A"], 3, rate=1000)
    time.sleep(0.5)
    count = 20_000
    flood(client, "dtap0", frame, count)
    assert " 0% packet loss" in ping(client, SERVER4, "-c", "3", "-i", "0.2", "-W", "1").stdout
    report = load.finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.completed > 2000

    def gone():
        after = apexd.counters()
        return after["punt_port"] - before["punt_port"] == count

    wait_for(gone, "the flood to be counted")

    def lost():
        """Frames that are neither limited nor with the kernel; one may be on its way at either
        time."""
        after, later = apexd.counters(), kernel(apexd)
        punted = sum(after[name] - before[name] for name in after
                     if name.startswith("punt_") and name not in ("punt_limited", "punt_full"))
        limited = after["punt_limited"] - before["punt_limited"]
        assert count - 10 * RATE < limited < count
        return punted - limited - (later["to_kernel"] - path["to_kernel"])

    wait_for(lambda: abs(lost()) <= 1, "the kernel to have the rest")
    assert apexd.counters()["punt_full"] == before["punt_full"]
    assert kernel(apexd)["refused"] == path["refused"]


def test_a_flood_of_pings_leaves_neighbour_discovery_its_rate(hosts, apexd):
    """Without it nobody would find the port for queries over IPv6 either."""
    client, server = hosts
    head = udp_frame(b"", source=CLIENT6, destination=SERVER6, source_mac=client.mac("dtap0"),
                     destination_mac=server.mac("apex0"))
    echo = head[:20] + b"\x3a" + head[21:54] + b"\x80" + bytes(7)
    before = apexd.counters()
    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood, client, "dtap0", echo, 40_000)
        for _ in range(10):
            client.run("ip", "neighbour", "flush", "dev", "dtap0")
            assert query(client, SERVER6, "www.example.com", "A", timeout=2) is not None
        assert not flooding.done()
        flooding.result()
    after = apexd.counters()
    assert after["punt_limited"] - before["punt_limited"] > 20_000
    assert after["punt_nd"] - before["punt_nd"] >= 10


def test_power_sleep_does_not_keep_the_kernel_waiting(hosts, apexd):
    """An idle worker sleeps ten milliseconds at a time; what the kernel sends wakes it."""
    assert apexd.power == "sleep"
    client, server = hosts
    # Not a multiple of those ten: they would meet at the same phase each time.
    done = ping(server, CLIENT4, "-c", "30", "-i", "0.053", "-W", "1")
    times = [float(found) for found in re.findall(r"time=([\d.]+) ms", done.stdout)]
    assert len(times) == 30 and statistics.median(times) < 3, done.stdout


def test_none_and_the_default(hosts, lab):
    """A virtual device has no kernel path unless it is told to."""
    for name, port in (("apexd-none", "    kernel: none\n"), ("apexd-default", "")):
        server = lab.host(f"server-{name}")
        made = daemon(server, name, port)
        made.start()
        (status,) = made.ctl("status")["ports"]
        assert "kernel" not in status
        assert made.stop() == 0


def test_metrics(hosts, apexd):
    _, server = hosts
    connection = http.client.HTTPConnection("127.0.0.1", 9153)
    connection.sock = server.socket(kind=socket.SOCK_STREAM)
    connection.sock.connect(("127.0.0.1", 9153))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    assert f'apexdns_port_up{{device="{WIRE}"}} 1\n' in text
    path = kernel(apexd)
    for fate in ("to_kernel", "refused", "from_kernel", "lost"):
        found = re.search(rf'^apexdns_kernel_frames_total{{interface="apex0",fate="{fate}"}} (\d+)$',
                          text, re.M)
        assert 0 <= path[fate] - int(found.group(1)) < 50


def test_an_interface_of_that_name_is_an_error(lab):
    server = lab.host("server-taken")
    server.run("ip", "tuntap", "add", "dev", "apex0", "mode", "tap")
    made = daemon(server, "apexd-taken", "    kernel: {interface: apex0}\n")
    process = made.launch()
    wait_for(lambda: not process.alive(), "the end", 20)
    said = process.output()
    assert f'port "{WIRE}": its kernel interface "apex0" is there already' in said
    assert "give \"kernel\" of the port another" in said


def test_served_addresses_are_set_when_none_are_said(lab):
    client, server = lab.host("client-plain"), lab.host("server-plain")
    made = daemon(server, "apexd-plain", "    mtu: 1400\n    kernel: {}\n")
    made.start()
    connect(client, server)
    link = server.run("ip", "address", "show", "dev", "apex0").stdout
    assert f"inet {SERVER4}/32" in link and f"inet6 {SERVER6}/128" in link and "mtu 1400" in link
    server.run("ip", "route", "add", "10.53.0.0/24", "dev", "apex0")
    assert " 0% packet loss" in ping(client, SERVER4, "-c", "2", "-i", "0.1", "-W", "1").stdout
    reply = query(client, SERVER4, "nothing.example.com", "A")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    # kill -9 leaves nothing behind that the next start would trip over.
    made.process.kill()
    wait_for(lambda: server.run("ip", "link", "show", "apex0", check=False).returncode != 0,
             "the interface to go")
    made.start()
    assert made.stop() == 0
