# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""scripts/setup-host: on this host it looks; what it sets, it sets in a copy of the folders that
the kernel and the distribution have, for the host's own are not the tests' to change."""
import os
import subprocess

import pytest
from conftest import ROOT

PAGES = "sys/kernel/mm/hugepages/hugepages-2048kB"
CPU = "sys/devices/system/cpu"
CONFIG = """server:
  addresses: [10.53.0.1]
  workers: [1, 2]
ports:
  - device: "net_af_xdp0,iface=eth7"
  - device: 0000:03:00.0
"""


def setup_host(*words, root=None):
    environment = os.environ | ({"APEXDNS_HOST_ROOT": str(root)} if root else {})
    return subprocess.run([ROOT / "scripts" / "setup-host", *words], capture_output=True, text=True,
                          timeout=30, check=False, env=environment)


@pytest.fixture
def host(tmp_path):
    """A host with four CPUs on two NUMA nodes, on which nothing is missing."""
    files = {"proc/cpuinfo": "flags\t\t: avx2 bmi1 bmi2 fma movbe f16c abm avx512f\n",
             "proc/sys/net/ipv4/tcp_fastopen": "3", f"{PAGES}/nr_hugepages": "512",
             f"{PAGES}/free_hugepages": "500", f"{CPU}/online": "0-3", f"{CPU}/isolated": "1-2",
             "sys/devices/system/node/node0/cpulist": "0-3", "sys/class/net/eth7/flags": "0x1003",
             "sys/class/net/eth7/queues/rx-0/x": "", "sys/class/net/eth7/queues/rx-1/x": "",
             "sys/class/net/eth7/device/numa_node": "0",
             "sys/bus/pci/drivers/vfio-pci/x": "", "sys/bus/pci/drivers/igb/unbind": "",
             "sys/bus/pci/devices/0000:03:00.0/numa_node": "0", "dev/vfio/vfio": "",
             "dev/net/tun": "", "dev/vhost-net": "",
             "sys/kernel/iommu_groups/1/x": ""}
    for cpu in range(4):
        files[f"{CPU}/cpu{cpu}/topology/thread_siblings_list"] = str(cpu)
    for name, text in files.items():
        put(tmp_path, name, text)
    bind(tmp_path, "vfio-pci")
    put(tmp_path, "apexd.yaml", CONFIG)
    return tmp_path


def put(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def bind(root, driver):
    link = root / "sys/bus/pci/devices/0000:03:00.0/driver"
    link.unlink(missing_ok=True)
    link.symlink_to(root / "sys/bus/pci/drivers" / driver)


def check(host):
    return setup_host("--check", "-c", host / "apexd.yaml", root=host)


def test_this_host_is_looked_at(tmp_path):
    config = tmp_path / "apexd.yaml"
    config.write_text((ROOT / "packaging" / "apexd.yaml").read_text().replace("iface=eth1",
                                                                              "iface=nosuch7"))
    done = setup_host("--check", "-c", config)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ok   cpu: x86-64-v3, AVX")
    assert all(line[:5] in ("ok   ", "note ", "bad  ") for line in lines)
    assert "bad  net_af_xdp0,iface=nosuch7: there is no interface nosuch7; ip link" in lines
    assert done.returncode == 1


def test_a_host_with_all_is_well(host):
    done = check(host)
    assert done.stdout.splitlines() == [
        "ok   cpu: x86-64-v3, AVX2", "ok   hugepages: 512 of 2 MiB, 500 of them free",
        "ok   0000:03:00.0: bound to vfio-pci"]
    assert done.returncode == 0


@pytest.mark.parametrize(("name", "text", "finding"), [
    ("proc/cpuinfo", "flags : avx2 bmi1 bmi2 fma movbe f16c", "bad  cpu: has no abm"),
    (f"{PAGES}/nr_hugepages", "0", "note hugepages: none are reserved"),
    (f"{PAGES}/free_hugepages", "0", "note hugepages: 512 of 2 MiB, 0 of them free"),
    (f"{CPU}/online", "0-1", "bad  worker 2: this host has no such CPU online"),
    (f"{CPU}/isolated", "", "note worker 1: the kernel may run other things there; scripts/setup-host --isolate 1,2, or "),
    (f"{CPU}/cpu1/topology/thread_siblings_list", "1-2", "note worker 1: shares a core with worker 2"),
    (f"{CPU}/cpu2/cpufreq/scaling_governor", "powersave", "note worker 2: its frequency governor"),
    ("sys/class/net/eth7/flags", "0x1002",
     "bad  net_af_xdp0,iface=eth7: the interface is down; ip link set eth7 up"),
    ("sys/class/net/eth7/device/numa_node", "1",
     "note net_af_xdp0,iface=eth7: sits on NUMA node 1, worker 1 on another"),
    ("proc/sys/net/ipv4/tcp_fastopen", "1", "note tcp: TCP Fast Open is off for servers"),
])
def test_what_is_amiss_is_one_line(host, name, text, finding):
    put(host, "sys/devices/system/node/node1/cpulist", "3")
    put(host, name, text)
    done = check(host)
    found = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
    assert any(line.startswith(finding) for line in found), done.stdout
    assert done.returncode == (1 if finding.startswith("bad") else 0)


def test_devices_that_will_not_work(host):
    bind(host, "igb")
    (host / "sys/kernel/iommu_groups/1/x").unlink()
    (host / "sys/kernel/iommu_groups/1").rmdir()
    (host / "apexd.yaml").write_text(CONFIG.replace("[1, 2]", "[1, 2, 3]"))
    text = check(host).stdout
    assert "bad  0000:03:00.0: is bound to igb; scripts/setup-host --vfio 0000:03:00.0\n" in text
    assert "bad  iommu: is off" in text
    assert ("bad  net_af_xdp0,iface=eth7: it has 2 rx queues for 3 workers; "
            "ethtool -L eth7 combined 3\n") in text


def test_the_nics_of_a_bond(host):
    (host / "apexd.yaml").write_text(CONFIG.replace(
        "device: 0000:03:00.0", "device: net_bonding0,mode=1,slave=03:00.0,slave=0000:04:00.0"))
    bind(host, "igb")
    (host / "dev/net/tun").unlink()
    done = check(host)
    assert "bad  03:00.0: is bound to igb; scripts/setup-host --vfio 0000:03:00.0\n" in done.stdout
    assert "bad  0000:04:00.0: there is no such PCI device; lspci -D\n" in done.stdout
    assert "bad  net_bonding0,mode=1,slave=03:00.0,slave=0000:04:00.0: there is no /dev/net/tun" in (
        done.stdout)


def test_sockets_need_no_cpu_of_their_own(host):
    put(host, f"{CPU}/online", "0")
    put(host, f"{CPU}/isolated", "")
    (host / "apexd.yaml").write_text("server: {addresses: [127.0.0.1], workers: [0]}\n"
                                     "ports: [{device: sockets}]\n")
    done = check(host)
    assert all(line.startswith("ok ") for line in done.stdout.splitlines()), done.stdout
    assert done.returncode == 0


def test_what_the_interface_beside_a_port_is_made_of(host):
    (host / "dev/vhost-net").unlink()
    done = check(host)
    assert "note 0000:03:00.0: there is no /dev/vhost-net, so net_tap makes" in done.stdout
    assert done.returncode == 0
    (host / "dev/net/tun").unlink()
    done = check(host)
    assert "bad  0000:03:00.0: there is no /dev/net/tun for the kernel's interface" in done.stdout
    assert done.returncode == 1
    config = CONFIG.replace("- device: 0000:03:00.0\n", "- device: 0000:03:00.0\n    kernel: none\n")
    assert config != CONFIG
    (host / "apexd.yaml").write_text(config)
    assert check(host).returncode == 0


def test_settings_hold_now_and_after_a_boot(host):
    for count in (600, 700):
        done = setup_host("--hugepages", str(count), root=host)
        assert done.returncode == 0 and f"set  hugepages: {count} of 2 MiB" in done.stdout
    assert (host / PAGES / "nr_hugepages").read_text() == "700\n"
    assert (host / "etc/sysctl.d/90-apexdns.conf").read_text() == "vm.nr_hugepages = 700\n"
    done = setup_host("--isolate", "1-2", root=host)
    assert "update-grub and a reboot" in done.stdout
    assert ("isolcpus=1-2 nohz_full=1-2 rcu_nocbs=1-2"
            in (host / "etc/default/grub.d/90-apexdns.cfg").read_text())


@pytest.mark.parametrize(("words", "says"), [
    (["--isolate", "0-3"], "no CPU would be left"), (["--isolate", "9"], "CPU 9 is not online"),
    (["--isolate", "x"], "expected numbers and ranges"), (["--isolate", ""], "no CPUs"),
    (["--isolate", "3-1"], "expected numbers and ranges"),
    (["--isolate", "1,"], "expected numbers and ranges"),
    (["--hugepages", "-1"], "expected a number from 0"),
    (["--vfio", "0000:09:00.0"], "there is no such PCI device"),
    (["--user", "no such"], 'there is no user "no such"'), (["--check", "-c", "/none"], "No such file"),
    ([], "nothing to do"),
])
def test_what_cannot_be_done_is_said(host, words, says):
    done = setup_host(*words, root=host)
    assert done.returncode != 0 and says in done.stderr
    assert not (host / "etc").exists()


def test_a_device_is_asked_for_by_the_kernels_way(host):
    """Whether it is bound then is the kernel's to say; here nobody does it, so all is put back."""
    bind(host, "igb")
    done = setup_host("--vfio", "03:00.0", root=host)
    assert "the kernel did not bind it; dmesg says why. It is bound to igb" in done.stderr
    pci = host / "sys/bus/pci"
    assert (pci / "drivers/igb/unbind").read_text() == "0000:03:00.0"
    assert (pci / "drivers_probe").read_text() == "0000:03:00.0"
    assert (pci / "devices/0000:03:00.0/driver_override").read_text() == "\n"
    assert not (host / "etc").exists()


def test_a_bound_device_stays_bound(host):
    done = setup_host("--vfio", "0000:03:00.0", root=host)
    assert done.returncode == 0, done.stderr
    assert (host / "etc/modules-load.d/apexdns.conf").read_text() == "vfio-pci\n"
    (rule,) = (host / "etc/udev/rules.d/90-apexdns.rules").read_text().splitlines()
    assert 'KERNEL=="0000:03:00.0"' in rule and 'ATTR{driver_override}="vfio-pci"' in rule


@pytest.mark.parametrize("folder", ["net", "virtio2/net"])
def test_an_interface_that_is_up_is_not_taken_away(host, folder):
    bind(host, "igb")
    put(host, f"sys/bus/pci/devices/0000:03:00.0/{folder}/eth7/x", "")
    done = setup_host("--vfio", "0000:03:00.0", root=host)
    assert "eth7 is up, and this host may be reached by it; ip link set eth7 down" in done.stderr
    assert not (host / "sys/bus/pci/devices/0000:03:00.0/driver_override").exists()


def test_devices_that_are_none_of_the_hosts(host):
    put(host, "apexd.yaml", CONFIG.replace("net_af_xdp0,iface=eth7", "net_tap0,iface=dtap0"))
    assert check(host).returncode == 0
