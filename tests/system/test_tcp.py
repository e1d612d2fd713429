# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""DNS over TCP, as clients that behave and others see it."""
import contextlib
import re
import socket
import struct
import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from capture import checksum
from lab import wait_for
from servers import Apexd
from story import DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6
from traffic import Dnsperf, parse_dnsperf, query, rdata_texts

LIMITS = "tcp:\n  connections: 1000\n  per-client: 1001\n  idle: 3s\n"
# More than any UDP reply, and more than 16 bits of compression pointers reach.
LONG = [f"{n:04d}" + "x" * 196 for n in range(250)]
# Sixteen octets each, so that the last but one, which is pointed at, is as far as pointers reach:
# further away below DNAMEs.
FAR = [f"{n} {'m' if n < 990 else 'z'}.example.com." for n in range(992)]
D = ".".join(letter * 60 for letter in "abc")
ZONE = EXAMPLE_ZONE + "dn DNAME big\n" + "".join(
    f'{owner} TXT "{text}"\n' for owner in ("long", "long.big") for text in LONG) + (
    f"dn3 DNAME {D}.dn4\ndn4 DNAME big4\nm A 192.0.2.1\nz A 192.0.2.2\n") + "".join(f"q.{D}.big4 MX {text}\n" for text in FAR)


@pytest.fixture(autouse=True, scope="module")
def with_tcp(story):
    configure(story, LIMITS)
    story.apexd.write_zone("example.com.zone", ZONE)
    restart(story)


def configure(story, extra):
    story.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                             zones=[("example.com", "example.com.zone")], extra=extra)


def restart(story):
    story.apexd.stop()
    story.apexd.start()


def tcp(story):
    return story.apexd.ctl("stats")["tcp"]


@contextlib.contextmanager
def connection(host, address=SERVER4, timeout=5, window=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with host.socket(family, socket.SOCK_STREAM) as made:
        made.settimeout(timeout)
        if window is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        made.connect((address, 53))
        yield made


def framed(name, rdtype="A", **options):
    options.setdefault("use_edns", False)
    wire = dns.message.make_query(name, rdtype, **options).to_wire()
    return struct.pack("!H", len(wire)) + wire


def receive(sock):
    """The next message, or None at the end of the stream."""
    def octets(count):
        data = b""
        while len(data) < count:
            part = sock.recv(count - len(data))
            if not part:
                return None
            data += part
        return data
    prefix = octets(2)
    return prefix and dns.message.from_wire(octets(struct.unpack("!H", prefix)[0]))


def ended(sock):
    with contextlib.suppress(ConnectionResetError):
        return sock.recv(1) == b""
    return True


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
def test_what_is_truncated_over_udp_comes_whole(story, address):
    short = query(story.client, address, "long.example.com", "TXT", use_edns=0, payload=4096)
    assert short.flags & dns.flags.TC
    with connection(story.client, address) as sock:
        sock.sendall(framed("long.example.com", "TXT"))
        reply = receive(sock)
    assert not reply.flags & dns.flags.TC and reply.flags & dns.flags.AA
    assert rdata_texts(reply, "TXT") == [f'"{text}"' for text in LONG]
    assert len(reply.to_wire()) > 50_000


def test_a_long_answer_below_a_dname_comes_whole(story):
    with connection(story.client) as sock:
        sock.sendall(framed("long.dn.example.com", "TXT"))
        reply = receive(sock)
    assert not reply.flags & dns.flags.TC
    assert rdata_texts(reply, "TXT") == [f'"{text}"' for text in LONG]
    assert rdata_texts(reply, "CNAME") == ["long.big.example.com."]


def test_names_that_pointers_cannot_reach_any_more(story):
    with connection(story.client) as sock:
        sock.sendall(framed("q.dn3.example.com", "MX"))
        reply = receive(sock)
    assert not reply.flags & dns.flags.TC
    assert rdata_texts(reply, "MX") == sorted(FAR)
    assert len(rdata_texts(reply, "CNAME")) == 2


def test_dig_and_kdig(story):
    text = story.client.run("dig", f"@{SERVER4}", "long.example.com", "TXT", "+noall",
                            "+answer").stdout
    assert len(text.splitlines()) >= len(LONG), "dig asks again over TCP by itself"
    accepted = tcp(story)["accepted"]
    text = story.client.run("kdig", f"@{SERVER4}", "+tcp", "+keepopen", "www.example.com", "A",
                            "mail.example.com", "A", "nothing.example.com", "A").stdout
    assert "192.0.2.80" in text and "192.0.2.25" in text and "NXDOMAIN" in text
    assert tcp(story)["accepted"] == accepted + 1, "on one connection"


def test_queries_may_be_sent_ahead_and_cut_anywhere(story):
    names = ["www", "mail", "long", "ns1", "nothing", "www"]
    with connection(story.client) as sock:
        stream = b"".join(framed(f"{name}.example.com", "TXT" if name == "long" else "A")
                          for name in names)
        for at in range(0, len(stream), 7):
            sock.sendall(stream[at:at + 7])
            time.sleep(0.001)
        replies = [receive(sock) for _ in names]
    assert [reply.question[0].name.to_text().split(".")[0] for reply in replies] == names
    assert [reply.rcode() for reply in replies] == [0, 0, 0, 0, dns.rcode.NXDOMAIN, 0]


def test_who_sends_all_and_closes_its_side_is_answered(story):
    with connection(story.client) as sock:
        sock.sendall(20 * framed("long.example.com", "TXT"))
        sock.shutdown(socket.SHUT_WR)
        time.sleep(0.2)  # the replies fill every buffer meanwhile
        for _ in range(20):
            assert len(rdata_texts(receive(sock), "TXT")) == len(LONG)
        assert receive(sock) is None
    wait_for(lambda: tcp(story)["open"] == 0, "its connection to go")


def test_who_reads_slowly_is_not_idle(story):
    count = 6
    with connection(story.client, window=8192) as sock:
        sock.sendall(count * framed("long.example.com", "TXT"))
        (size,) = struct.unpack("!H", sock.recv(2))
        left = count * (2 + size) - 2
        for _ in range(14):  # more than twice as long as one may be idle
            left -= len(sock.recv(10_000))
            time.sleep(0.5)
        while left > 0:
            part = sock.recv(min(left, 1 << 20))
            assert part, "closed in the middle"
            left -= len(part)


def test_idle_connections_end_and_are_told_when(story):
    before = tcp(story)["idle"]
    option = dns.edns.GenericOption(11, b"")
    with connection(story.client) as sock, connection(story.client) as silent:
        sock.sendall(framed("www.example.com", use_edns=0, options=[option]))
        (told,) = receive(sock).options
        assert (told.otype, told.to_wire()) == (11, struct.pack("!H", 30))
        started = time.monotonic()
        silent.sendall(framed("www.example.com")[:9])  # never whole
        assert ended(sock) and ended(silent)
        assert time.monotonic() - started > 2.5
    assert tcp(story)["idle"] == before + 2
    udp = query(story.client, SERVER4, "www.example.com", "A", use_edns=0, options=[option])
    assert udp.options == (), "means nothing over UDP"


def test_what_no_client_sends_ends_the_connection(story):
    before = tcp(story)["misused"]
    for octets in (b"\x00\x05hello", struct.pack("!H", 12) + b"\x12\x34\x80\x00" + bytes(8)):
        with connection(story.client) as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(octets)
            assert ended(sock)
    assert tcp(story)["misused"] == before + 2


def test_one_who_does_not_read_holds_nobody_up(story):
    with connection(story.client) as greedy:
        greedy.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while True:
                greedy.sendall(1000 * framed("long.example.com", "TXT"))
        with connection(story.client) as sock:
            sock.sendall(framed("www.example.com"))
            assert rdata_texts(receive(sock), "A") == ["192.0.2.80"]
        wait_for(lambda: tcp(story)["open"] == 0, "it to be closed for being idle", 20)


def test_a_thousand_connections_and_udp_meanwhile(story):
    resident = story.apexd.ctl("stats")["process"]["resident_bytes"]
    load = Dnsperf(story.client, SERVER4, ["www.example.com A"], 4, rate=2000, name="udp")
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(connection(story.client)) for _ in range(1000)]
        for _ in range(2):
            for sock in socks:
                sock.sendall(framed("www.example.com"))
            for sock in socks:
                assert rdata_texts(receive(sock), "A") == ["192.0.2.80"]
        assert tcp(story)["open"] == 1000
        displaced = tcp(story)["displaced"]
        socks[0].sendall(framed("www.example.com"))
        assert receive(socks[0]) is not None
        # One more takes the place of the one that has not asked for the longest.
        with connection(story.client) as sock:
            sock.sendall(framed("mail.example.com"))
            assert rdata_texts(receive(sock), "A") == ["192.0.2.25"]
            assert ended(socks[1])
        assert tcp(story)["displaced"] == displaced + 1
        grown = story.apexd.ctl("stats")["process"]["resident_bytes"] - resident
        assert grown < 64 << 20
    report = load.finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})


def syn(number):
    """The first segment of a connection from one of the client's network who is not there."""
    source = f"10.53.0.{3 + number % 250}"
    port, sequence = 1024 + number % 60_000, number * 2_654_435_761 % (1 << 32)
    addresses = socket.inet_aton(source) + socket.inet_aton(SERVER4)
    segment = struct.pack("!HHIIBBHHH", port, 53, sequence, 0, 5 << 4, 2, 65535, 0, 0)
    total = checksum(addresses + struct.pack("!HH", socket.IPPROTO_TCP, 20) + segment)
    segment = segment[:16] + struct.pack("!H", total) + segment[18:]
    # The kernel fills in what is 0.
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses + segment


def test_half_open_connections_keep_nobody_out(story):
    udp = Dnsperf(story.client, SERVER4, ["www.example.com A"], 4, rate=2000, name="udp")
    accepted = tcp(story)["accepted"]
    with story.client.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for number in range(20_000):
            raw.sendto(syn(number), (SERVER4, 0))
            if number % 2000 == 0:
                with connection(story.client) as sock:
                    sock.sendall(framed("www.example.com"))
                    assert rdata_texts(receive(sock), "A") == ["192.0.2.80"]
    assert tcp(story)["accepted"] == accepted + 10, "half a connection is none"
    report = udp.finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})


def test_fast_open(story):
    """A client that was here before has its query in the first segment (RFC 7413)."""
    for host in (story.client, story.server):
        host.run("sysctl", "-qw", "net.ipv4.tcp_fastopen=3")

    def opened():
        text = story.server.run("nstat", "-asz", "TcpExtTCPFastOpenPassive").stdout
        return int(text.splitlines()[-1].split()[1])

    before = opened()
    for _ in range(2):  # the first gets a cookie
        with story.client.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.sendto(framed("www.example.com"), socket.MSG_FASTOPEN, (SERVER4, 53))
            sock.settimeout(5)
            assert rdata_texts(receive(sock), "A") == ["192.0.2.80"]
    assert opened() == before + 1


def test_who_reads_slowly_is_idle_only_afterwards(story):
    """Idle is who has nothing more to take (RFC 7766 §6.2.3): here for 3 s."""
    idle = tcp(story)["idle"]
    with connection(story.client, window=4096) as sock:
        for _ in range(4):
            sock.sendall(framed("long.example.com", "TXT"))
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            time.sleep(0.25)  # as good as nothing is taken
        for _ in range(4):
            assert receive(sock) is not None
        taken = time.monotonic()
        assert ended(sock)
        assert time.monotonic() - taken > 2
    assert tcp(story)["idle"] == idle + 1


def test_dnsperf_over_tcp(story):
    data = story.client.lab.directory / "tcp.queries"
    data.write_text("www.example.com A\nmail.example.com A\n")
    before = tcp(story)["counters"]["answer"]
    done = story.client.run("dnsperf", "-m", "tcp", "-s", SERVER4, "-d", data, "-l", "2", "-c", "10",
                            "-q", "100")
    report = parse_dnsperf(done.stdout)
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.completed > 2000
    assert tcp(story)["counters"]["answer"] == before + report.completed


def test_a_reload_shows_on_open_connections(story):
    with connection(story.client) as sock:
        sock.sendall(framed("www.example.com"))
        assert rdata_texts(receive(sock), "A") == ["192.0.2.80"]
        story.apexd.write_zone("example.com.zone", ZONE.replace("192.0.2.80", "192.0.2.81"))
        assert story.apexd.ctl("zone", "reload", "example.com")["ok"]
        sock.sendall(framed("www.example.com"))
        assert rdata_texts(receive(sock), "A") == ["192.0.2.81"]
    story.apexd.write_zone("example.com.zone", ZONE)
    assert story.apexd.ctl("zone", "reload", "example.com")["ok"]


def test_limits_are_the_configurations(story):
    configure(story, "tcp:\n  per-client: 2\n")
    assert "tcp" in story.apexd.ctl("config", "reload")["restart_needed"]
    restart(story)
    with connection(story.client) as one, connection(story.client), \
            connection(story.client) as third, connection(story.client, SERVER6) as other:
        assert ended(third)
        for sock in (one, other):
            sock.sendall(framed("www.example.com"))
            assert receive(sock) is not None
    assert tcp(story)["refused"] == 1
    configure(story, "tcp:\n  connections: 10\n")
    restart(story)
    with contextlib.ExitStack() as stack:
        askers = [stack.enter_context(connection(story.client)) for _ in range(8)]
        for _ in range(2):
            for sock in askers:
                sock.sendall(framed("www.example.com"))
                assert receive(sock) is not None
            silent = [stack.enter_context(connection(story.client)) for _ in range(3)]
        assert ended(silent[0]), "who only comes makes room first"
    configure(story, "tcp:\n  connections: 0\n")
    restart(story)
    assert tcp(story) is None
    with pytest.raises(ConnectionRefusedError), connection(story.client):
        pass
    configure(story, LIMITS)
    restart(story)


def test_a_taken_port_is_told_and_what_to_do(story):
    second = Apexd(story.server, "second")
    second.write_config(addresses=[SERVER4], devices=["net_null0"], zones=[])
    process = second.launch()
    assert process.popen.wait(20) == 1
    assert re.search(rf"TCP {SERVER4} port 53: Address already in use; .*tcp.connections",
                     process.output())
    # UDP alone goes, but for what comes by the kernel.
    second.write_config(addresses=[SERVER4], devices=["net_null0"], zones=[],
                        extra="tcp: {connections: 0}\n")
    second.start()
    assert (f"warning UDP {SERVER4} port 53: Address already in use; another server listens there; "
            "the kernel hands us no queries there") in second.process.output()
    assert second.ctl("stats")["sockets"] is None
    second.stop()
    # One that is not there yet is no error.
    second.write_config(addresses=["192.0.2.53"], devices=["net_null0"], zones=[])
    second.start()
    assert second.ctl("stats")["tcp"]["open"] == 0
    second.stop()
