# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""apexd --check-zone: a line for each warning and for the error, status 0 when the
zone would be served and 2 when not."""
import subprocess

import pytest
from servers import apexdns_build

BASE = "@ 60 SOA ns hostmaster 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 10.53.0.1\n"


def check(*arguments, **options):
    return subprocess.run([apexdns_build() / "apexd", "--check-zone", *arguments],
                          capture_output=True, text=True, timeout=20, check=False, **options)


# description, text behind BASE, status, what is printed ({f}: the file)
CASES = [
    ("good", "@ 60 ALIAS cdn.example.net.\n", 0, []),
    ("CNAME at the apex is flattened", "@ 60 CNAME cdn.example.net.\n", 0, []),
    ("warnings", "m 60 MX 10 192.0.2.1\nc 60 A 192.0.2.1\nc 50 A 192.0.2.2\ns 60 NS a.s\n", 0,
     ['{f}:4: warning: MX of "m.example.com.": "192.0.2.1.example.com." is an address; expected a '
      'host name',
      '{f}:6: warning: TTL 50 differs from that of another A record at "c.example.com."; the '
      'lower of 50 and 60 is served (RFC 2181 5.2)',
      '{f}:7: warning: NS of "s.example.com.": "a.s.example.com." has no address; a name below '
      'the delegation needs glue']),
    ("syntax", "\na 60 A nowhere\n", 2, ['{f}:5: "nowhere" is not an IPv4 address']),
    ("outside", "www.example.org. 60 A 192.0.2.1\n", 2,
     ['{f}:4: owner "www.example.org." is outside the zone "example.com."']),
    ("below a DNAME", "d 60 DNAME example.net.\nx.d 60 A 192.0.2.1\n", 2,
     ['{f}:5: owner "x.d.example.com." is below a DNAME; nothing may be there (RFC 6672 2.4)']),
    ("truncated", "a 60 TXT ( x\n", 2,
     ['{f}:4: "(" is never closed; expected a ")" before the end']),
    ("generated", "$GENERATE 255-256 a$ A 192.0.2.$\n", 2,
     ['{f}:4: "192.0.2.256" is not an IPv4 address']),
]


@pytest.mark.parametrize("text, status, lines", [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
def test_case(tmp_path, text, status, lines):
    file = tmp_path / "example.com.zone"
    file.write_text(BASE + text)
    done = check("example.com", file)
    assert (done.stdout, done.stderr.splitlines()) == ("", [line.format(f=file) for line in lines])
    assert done.returncode == status


def test_included_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.zone").write_text(BASE + "$INCLUDE sub/a.zone\n")
    (tmp_path / "sub" / "a.zone").write_text("a 60 A 192.0.2.1\na 60 FOO x\n")
    # A path relative to the working directory is shown as it was given.
    done = check("example.com.", "main.zone", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == ('sub/a.zone:2: "FOO" is not a record type; expected one such as A or '
                           'TYPE65401; included from main.zone:4\n')
    (tmp_path / "sub" / "a.zone").write_text("a 60 A 192.0.2.1\n")
    assert check("example.com.", "main.zone", cwd=tmp_path).returncode == 0


def test_mistakes_on_the_command_line(tmp_path):
    done = check("example.com", tmp_path / "none.zone")
    assert (done.returncode, done.stderr) == (
        2, f"{tmp_path}/none.zone: cannot open: No such file or directory\n")
    assert check("x" * 64 + ".com", tmp_path / "none.zone").returncode == 2
    assert check("example.com").returncode == 2
    assert check("example.com", "a", "-c", "b").returncode == 2
