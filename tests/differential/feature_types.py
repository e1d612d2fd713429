# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""RRsets of the many types, those with additional addresses above all."""


def _mx(maker, origin):
    return ("MX", str(maker.rng.randrange(100)), maker.target(origin))


def _srv(maker, origin):
    return ("SRV", "1", "2", "5060", maker.target(origin))


def _svcb(maker, origin):
    rng = maker.rng
    if rng.random() < 0.3:
        return (rng.choice(("SVCB", "HTTPS")), "0", maker.target(origin))
    target = maker.target(origin) if rng.random() < 0.7 else ()
    parameters = rng.choice((("alpn=h2,h3",), ("port=8443", "ipv4hint=192.0.2.1"),
                             ("mandatory=alpn", "alpn=h2"), ()))
    return (rng.choice(("SVCB", "HTTPS")), "1", target, *parameters)


def _txt(maker, _origin):
    return ("TXT", *[f'"{"t" * maker.rng.choice((0, 1, 20, 255))}"'
                     for _ in range(maker.rng.choice((1, 1, 2)))])


def _unknown(maker, _origin):
    octets = maker.rng.randbytes(maker.rng.choice((0, 1, 4, 60)))
    number = maker.rng.choice((731, 4711, 65280, 65400))
    return (f"TYPE{number}", "\\#", str(len(octets)), *([octets.hex()] if octets else []))


def _fixed(*words):
    return lambda _maker, _origin: words


OTHERS = [
    _fixed("CAA", "0", "issue", '"ca.example.net"'),
    _fixed("TLSA", "3", "1", "1", "ab" * 32),
    _fixed("SSHFP", "4", "2", "cd" * 32),
    _fixed("HINFO", '"CPU"', '"OS"'),
    _fixed("LOC", "52", "22", "23.000", "N", "4", "53", "32.000", "E", "-2.00m", "0.00m",
           "10000m", "10m"),
    _fixed("EUI48", "00-00-5e-00-53-2a"),
    _fixed("URI", "10", "1", '"https://www.example.net/"'),
    _fixed("SPF", '"v=spf1 -all"'),
    _fixed("CDS", "1", "13", "2", "ab" * 32),
    _fixed("OPENPGPKEY", "mQENBA=="),
    _fixed("NAPTR", "100", "10", '"u"', '"E2U+sip"', '"!^.*$!sip:info@example.com!"', ()),
    lambda maker, origin: ("PTR", maker.target(origin)),
    lambda maker, origin: ("RP", maker.target(origin), maker.target(origin)),
    lambda maker, origin: ("AFSDB", "1", maker.target(origin)),
    lambda maker, origin: ("KX", "10", maker.target(origin)),
    lambda maker, origin: ("NAPTR", "100", "50", '"s"', '"SIP+D2U"', '""', maker.target(origin)),
]


def one_type(maker, origin):
    """One to three records of some type, with addresses at the targets sometimes."""
    rng = maker.rng
    make = rng.choice((_mx, _srv, _svcb, _svcb, _txt, _unknown, rng.choice(OTHERS)))
    owner, count = maker.owner(origin), rng.choice((1, 1, 2, 3))
    rdtype, *rdata = make(maker, origin)
    maker.add(origin, owner, rdtype, *rdata)
    for _ in range(count - 1):
        again, *rdata = make(maker, origin)
        if again == rdtype:
            maker.add(origin, owner, rdtype, *rdata)
    for word in rdata:
        if isinstance(word, tuple) and len(word) > len(origin) \
                and word[-len(origin):] == origin and rng.random() < 0.6:
            maker.address(origin, word)


def big_rrset(maker, origin):
    """An RRset about as large as 512 octets, 1232 octets, or much larger."""
    rng, owner = maker.rng, maker.owner(origin)
    kind = rng.random()
    if kind < 0.4:
        for index in range(rng.choice((28, 29, 30, 31, 70, 73, 74, 75, 76, 100))):
            maker.add(origin, owner, "A", f"198.51.100.{index}")
    elif kind < 0.7:
        for index in range(rng.choice((2, 5, 8, 40))):
            maker.add(origin, owner, "TXT", f'"{index:03d}{"x" * rng.choice((90, 200, 252))}"')
    else:
        for index in range(rng.choice((5, 12, 25, 40))):
            server = (b"mx%d" % index, *origin)
            maker.add(origin, owner, "MX", str(index), server)
            # Without: Knot 3.2.6 never returns from adding the addresses of a
            # wildcard for many targets to a response that is nearly full.
            maker.add(origin, server, "A", f"192.0.2.{index}")
            maker.address(origin, server)


def duplicate(maker, origin):
    """The same record twice: RFC 2181 §5 wants it once."""
    record = maker.rng.choice(maker.records[origin])
    maker.records[origin].append(record)
