# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A machine with a PCI NIC for DPDK to drive: QEMU without KVM, Debian's kernel, an emulated
NIC behind an emulated IOMMU, bound to vfio-pci as scripts/setup-host does it. Its network is
a tap on a host of the lab, its console a command line that tests type at."""
import contextlib
import io
import json
import lzma
import re
import shutil
import socket
import stat
import subprocess
import time
from pathlib import Path

from lab import LabError, wait_for
from servers import ROOT, apexdns_build

PACKAGES = ["qemu-system-x86", "busybox-static", "kmod"]
CACHE = ROOT / "build" / "guest"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
PMDS = LIBRARIES / "dpdk" / "pmds-23.0"
DRIVERS = ["bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_vmxnet3", "net_virtio",
           "net_tap", "net_bond"]
MODULES = ["vfio-pci", "vfio_iommu_type1", "tun", "vhost_net"]
# What of Python scripts/setup-host and tests use, as a program that prints where it lies.
PYTHON = """import argparse, encodings.ascii, encodings.utf_8, os, pathlib, re, shutil, socket, subprocess, sys, yaml
for module in list(sys.modules.values()):
    print(getattr(module, "__file__", None) or "")
"""
HUGEPAGES = 320
# One boot in some tens hangs under emulation.
BOOT_TIMEOUT, BOOTS = 60, 3
DONE = "apexdns-done"
IOMMU = "disable-legacy=on,iommu_platform=on,ats=off,speed=10000,duplex=full"
# QEMU's options, and those of the tap's netdev.
MODELS = {
    "e1000e": ("e1000e", ""),
    "vmxnet3": ("vmxnet3", ""),
    "virtio": (f"virtio-net-pci,{IOMMU},rx_queue_size=1024", ""),
    "virtio-rss": (f"virtio-net-pci,{IOMMU},rx_queue_size=1024,mq=on,vectors=6,rss=on,hash=on",
                   ",queues=2"),
}
INIT = f"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /var/run
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
chmod 755 /
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/hugepages
mount -t hugetlbfs huge /dev/hugepages
for module in $(cat /modules/order); do insmod /modules/$module; done
echo {HUGEPAGES} >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
ip link set lo up
exec 3<>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
echo apexdns-ready >&3
while read -r line <&3; do
    sh -c "$line" </dev/null >&3 2>&3 3>&-
    echo "{DONE} $?" >&3
done
"""


def _run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def _kernel():
    """The folder of Debian's kernel, unpacked and not installed."""
    packages = _run("apt-cache", "depends", "linux-image-amd64")
    name = re.search(r"Depends: (linux-image-\S+-amd64)", packages).group(1)
    folder = CACHE / name
    if not (folder / "vmlinux").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _run("apt-get", "download", name, cwd=folder)
        (package,) = folder.glob("*.deb")
        _run("dpkg-deb", "-x", package, folder)
        package.unlink()
        (compressed,) = (folder / "boot").glob("vmlinuz-*")
        image = compressed.read_bytes()
        # Uncompressed it boots seconds sooner.
        start = image.index(b"\xfd7zXZ\x00")
        (folder / "vmlinux.new").write_bytes(lzma.LZMADecompressor().decompress(image[start:]))
        (folder / "vmlinux.new").rename(folder / "vmlinux")
    return folder


def _modules(kernel, names):
    """The files of those modules and of what they need, in the order of loading."""
    (base,) = (kernel / "lib" / "modules").iterdir()
    _run("depmod", "-b", kernel, base.name)
    needs = {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, rest = line.split(":")
        needs[path] = rest.split()
    by_name = {Path(path).name.removesuffix(".ko").replace("_", "-"): path for path in needs}
    order = []
    for name in names:
        path = by_name[name.replace("_", "-")]
        # The nearest comes first in modules.dep.
        for one in [*reversed(needs[path]), path]:
            if one not in order:
                order.append(one)
    return [base / path for path in order]


class Archive:
    """A cpio archive in the form that the kernel unpacks (newc)."""

    def __init__(self):
        self.out = io.BytesIO()
        self.names = set()

    def _entry(self, name, mode, data=b""):
        if name in self.names:
            return
        self.names.add(name)
        parent = str(Path(name).parent)
        if parent not in (".", "/"):
            self._entry(parent, stat.S_IFDIR | 0o755)
        fields = [len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        self._padded(b"070701" + "".join(f"{field:08x}" for field in fields).encode()
                     + name.encode() + b"\0")
        self._padded(data)

    def _padded(self, data):
        self.out.write(data + b"\0" * (-len(data) % 4))

    def text(self, name, text, mode=0o644):
        self._entry(name.lstrip("/"), stat.S_IFREG | mode, text.encode())

    def link(self, name, target):
        self._entry(name.lstrip("/"), stat.S_IFLNK | 0o777, str(target).encode())

    def file(self, source, name=None):
        """A file with the links that lead to it. Without a name it keeps its own, below /usr."""
        source = Path(source)
        name = str(name or source.parent.resolve() / source.name)
        if source.is_symlink():
            target = source.readlink()
            self.link(name, target)
            return self.file(source.parent / target)
        self._entry(name.lstrip("/"), stat.S_IFREG | (source.stat().st_mode & 0o777),
                    source.read_bytes())

    def program(self, source, name):
        """With the libraries that it needs."""
        self.file(source, name)
        for path in re.findall(r"(/\S+) \(0x", _run("ldd", source)):
            self.file(path)

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return self.out.getvalue()


def _add_setup_host(archive):
    archive.file(ROOT / "scripts" / "setup-host", "/setup-host")
    archive.program("/usr/bin/python3", "/usr/bin/python3")
    for path in filter(None, _run("/usr/bin/python3", "-c", PYTHON).split("\n")):
        if path.endswith(".so"):
            archive.program(path, path)
        else:
            archive.file(path)


def _initramfs(kernel, files, extra_modules):
    archive = Archive()
    archive.text("/init", INIT, 0o755)
    for name in ("bin", "lib", "lib64"):
        archive.link(f"/{name}", f"usr/{name}")
    archive.file("/bin/busybox")
    modules = _modules(kernel, MODULES + extra_modules)
    for path in modules:
        archive.file(path, f"/modules/{path.name}")
    archive.text("/modules/order", "\n".join(path.name for path in modules) + "\n")
    build = apexdns_build()
    archive.program(build / "apexd", "/apexd")
    archive.program(build / "apexctl", "/apexctl")
    for driver in DRIVERS:
        library = PMDS / f"librte_{driver}.so.23.0"
        archive.program(library, library)
    archive.file(LIBRARIES / "libgcc_s.so.1")  # a thread that ends asks for it
    _add_setup_host(archive)
    archive.program("/usr/bin/setpriv", "/setpriv")  # busybox has one that does less
    for name, text in files.items():
        archive.text(name, text)
    return archive.bytes()


# Two nodes, a CPU each, and the NIC at the first.
NUMA = ["-object", "memory-backend-ram,id=m0,size=1G", "-object", "memory-backend-ram,id=m1,size=1G",
        "-numa", "node,nodeid=0,memdev=m0,cpus=0", "-numa", "node,nodeid=1,memdev=m1,cpus=1",
        "-device", "pxb-pcie,id=far,bus_nr=32,numa_node=0,bus=pcie.0",
        "-device", "pcie-root-port,id=nicslot,bus=far,chassis=1"]
# A slot that a NIC can be taken out of.
SLOT = ["-device", "pcie-root-port,id=nicslot,bus=pcie.0,addr=02.0,chassis=1"]


class Guest:
    """A context manager; `files` maps paths in the guest to their text, `modules` are loaded
    besides. The tap `interface` on `host` is the other end of the NIC's wire."""

    pci = "0000:00:02.0"
    spare_pci = "0000:00:03.0"  # of a second NIC
    slot_pci = "0000:01:00.0"
    interface = "tap0"
    mac = "52:54:00:0a:36:01"

    def __init__(self, host, model, files, modules=(), numa=False, slot=False, wires=None,
                 mac=mac):
        """`numa`: two nodes; `slot`: the NIC can be taken out; `wires`: one NIC for each of these
        netdevs of QEMU's instead of the one with the tap. The second's MAC address is the next
        after `mac`."""
        self.host = host
        self.device, tap_options = MODELS[model]
        self.mac = mac
        self.machine, self.bus = ([], "pcie.0")
        if numa:
            self.pci, self.machine, self.bus = "0000:21:00.0", NUMA, "nicslot"
        if slot:
            self.pci, self.machine, self.bus = self.slot_pci, SLOT, "nicslot"
        self.kernel = _kernel()
        self.directory = host.lab.directory / f"guest-{host.name}"
        self.directory.mkdir()
        (self.directory / "initramfs").write_bytes(_initramfs(self.kernel, files, list(modules)))
        self.process = None
        self.socket_path = self.directory / "command.sock"
        self.wires = wires
        if wires is not None:
            return
        self.wires = [f"tap,ifname={self.interface},script=no,downscript=no,vhost=off{tap_options}"]
        multi = ["multi_queue"] if tap_options else []
        host.run("ip", "tuntap", "add", "dev", self.interface, "mode", "tap", *multi)
        host.run("ip", "link", "set", self.interface, "up")

    def _nics(self):
        options = []
        for number, wire in enumerate(self.wires):
            place = f"bus={self.bus}" + (f",addr=0{2 + number}.0" if self.bus == "pcie.0" else "")
            mac = f"{self.mac[:-1]}{int(self.mac[-1]) + number}"
            options += ["-netdev", f"{wire},id=wire{number}", "-device",
                        f"{self.device},id=nic{number},netdev=wire{number},mac={mac},{place},romfile="]
        return options

    def __enter__(self):
        for attempt in range(BOOTS):
            try:
                self._boot()
                return self
            except LabError:
                if self.process is not None:
                    self.process.kill()
                if attempt == BOOTS - 1:
                    raise

    def __exit__(self, kind, error, trace):
        self.connection.close()
        self.process.kill()

    def _boot(self):
        self.console = self.directory / "console.log"
        self.process = self.host.start(
            self.directory.name, "qemu-system-x86_64", "-nodefaults", "-no-user-config",
            "-display", "none", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", "2", "-m", "2048", *self.machine, "-device", "intel-iommu,intremap=on,aw-bits=48",
            "-kernel", self.kernel / "vmlinux", "-initrd", self.directory / "initramfs",
            "-append", "console=ttyS0 quiet intel_iommu=on mitigations=off nokaslr tsc=reliable "
                       "random.trust_cpu=on",
            "-serial", f"file:{self.console}",
            "-serial", f"unix:{self.socket_path},server=on,wait=off",
            "-qmp", f"unix:{self.directory}/qmp.sock,server=on,wait=off", *self._nics(),
            "-no-reboot", core=None)
        wait_for(self._connect, "QEMU", 10)
        self._read_until("apexdns-ready", BOOT_TIMEOUT)

    def _connect(self):
        if not self.process.alive():
            raise LabError(f"QEMU ended: {self.process.output()[-2000:]}")
        self.connection = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):
            self.connection.connect(str(self.socket_path))
            return True
        self.connection.close()
        return False

    def _read_until(self, mark, timeout):
        """What came before the line with the mark, and that line."""
        deadline = time.monotonic() + timeout
        text = ""
        while not re.search(rf"{mark}.*\n", text):
            left = deadline - time.monotonic()
            if left <= 0:
                raise LabError(f"the guest says no {mark} within {timeout} s; it said: {text!r}; "
                               f"console: {self.console.read_text(errors='replace')[-3000:]}")
            self.connection.settimeout(left)
            with contextlib.suppress(TimeoutError):
                try:
                    said = self.connection.recv(65536)
                except ConnectionResetError:
                    said = b""
                if not said:
                    raise LabError(f"QEMU ended: {self.process.output()[-2000:]}")
                text += said.decode(errors="replace")
        before, line = re.match(rf"(?s)(.*?)({mark}.*)\n", text).groups()
        return before.replace("\r", ""), line.strip()

    def run(self, command, check=True, timeout=30):
        """A line of shell in the guest: its output, or with check=False status and output."""
        self.connection.sendall(command.encode() + b"\n")
        output, line = self._read_until(DONE, timeout)
        status = int(line.split()[1])
        if check and status != 0:
            raise LabError(f"in the guest: `{command}` ended with {status}: {output}")
        return output if check else (status, output)

    def qmp(self, command, **arguments):
        """A command to QEMU itself: "device_del" takes out what has this id, "set_link" pulls the
        plug of the NIC `name`."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.directory / "qmp.sock"))
            lines = connection.makefile("rw")
            for words in ({"execute": "qmp_capabilities"},
                          {"execute": command, "arguments": arguments}):
                lines.write(json.dumps(words) + "\n")
                lines.flush()
                reply = {}
                while not {"return", "error"} & reply.keys():
                    reply = json.loads(lines.readline())
                if "error" in reply:
                    raise LabError(f"QEMU: {command}: {reply['error']['desc']}")
