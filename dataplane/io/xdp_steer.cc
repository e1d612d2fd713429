// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/xdp_steer.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace apex::io {

namespace {

// As steer.bpf.c has them; the kernel keeps 15 octets of a name.
constexpr std::string_view program_name = "apexdns_steer";
constexpr std::string_view addresses_map = "steer_addresses";
constexpr std::string_view port_map = "steer_port";
constexpr std::size_t max_maps = 16;

std::string reason(int error) {
    return std::strerror(error < 0 ? -error : error);
}

struct Program {
    std::uint32_t id = 0;
    std::string name;
    std::vector<std::uint32_t> map_ids;
    bool generic = false;  ///< attached in the stack's generic hook, not the driver's
};

/// What is attached to the interface; no value inside when nothing is.
std::expected<std::optional<Program>, std::string> attached_program(unsigned index) {
    LIBBPF_OPTS(bpf_xdp_query_opts, query);
    if (const int error = bpf_xdp_query(static_cast<int>(index), 0, &query); error != 0) {
        return std::unexpected("the XDP hook cannot be queried: " + reason(error));
    }
    if (query.attach_mode == XDP_ATTACHED_NONE) return std::nullopt;

    Program program;
    program.generic = query.attach_mode == XDP_ATTACHED_SKB;
    program.id = program.generic                        ? query.skb_prog_id
                 : query.attach_mode == XDP_ATTACHED_HW ? query.hw_prog_id
                                                        : query.drv_prog_id;
    // Several at once: the kernel reports no single program; the driver's counts.
    if (program.id == 0) program.id = query.prog_id;

    const FileDescriptor fd{bpf_prog_get_fd_by_id(program.id)};
    if (!fd) return std::unexpected("the attached XDP program cannot be read: " + reason(errno));
    std::array<std::uint32_t, max_maps> map_ids{};
    bpf_prog_info info{};
    info.nr_map_ids = map_ids.size();
    info.map_ids = reinterpret_cast<std::uintptr_t>(map_ids.data());
    std::uint32_t size = sizeof(info);
    if (const int error = bpf_obj_get_info_by_fd(fd.get(), &info, &size); error != 0) {
        return std::unexpected("the attached XDP program cannot be read: " + reason(error));
    }
    program.name = info.name;
    const std::size_t map_count = std::min<std::size_t>(info.nr_map_ids, map_ids.size());
    program.map_ids.assign(map_ids.begin(),
                           map_ids.begin() + static_cast<std::ptrdiff_t>(map_count));
    return program;
}

std::expected<void, std::string> detach(unsigned index, const Program& program) {
    const std::uint32_t flags = program.generic ? XDP_FLAGS_SKB_MODE : 0;
    if (const int error = bpf_xdp_detach(static_cast<int>(index), flags, nullptr); error != 0) {
        return std::unexpected("the XDP program " + program.name +
                               " cannot be detached: " + reason(error));
    }
    return {};
}

/// Gives `socket` a name in the abstract namespace, which is one for each network
/// namespace and forgets a process the moment it dies.
std::expected<void, std::string> take_name(const FileDescriptor& socket, unsigned index) {
    const std::string name = "apexdns-steer-" + std::to_string(index);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0) return {};
    if (errno != EADDRINUSE) {
        return std::unexpected("the socket \"@" + name + "\" cannot be made: " + reason(errno));
    }
    return std::unexpected("another process already serves on it; find it with \"ss -xap | grep " +
                           name + "\"");
}

/// The map of this name among `map_ids`; an owner of nothing when there is none.
FileDescriptor open_map(std::span<const std::uint32_t> map_ids, std::string_view name) {
    for (const std::uint32_t id : map_ids) {
        FileDescriptor fd{bpf_map_get_fd_by_id(id)};
        bpf_map_info info{};
        std::uint32_t size = sizeof(info);
        if (fd && bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 && name == info.name) {
            return fd;
        }
    }
    return {};
}

}  // namespace

std::expected<void, std::string> fill_steering_maps(std::span<const std::uint32_t> map_ids,
                                                    std::span<const wire::IpAddress> addresses,
                                                    std::uint16_t udp_port) {
    const FileDescriptor served = open_map(map_ids, addresses_map);
    const FileDescriptor port = open_map(map_ids, port_map);
    if (!served || !port) {
        return std::unexpected(
            "the XDP program lacks the maps steer_addresses and steer_port; "
            "is it another version's object file?");
    }
    for (const auto& address : addresses) {
        const std::uint8_t present = 1;
        if (const int error =
                bpf_map_update_elem(served.get(), address.bytes.data(), &present, BPF_ANY);
            error != 0) {
            return std::unexpected("served address " + address.to_text() +
                                   " cannot be given to the XDP program: " + reason(error));
        }
    }
    const std::uint32_t key = 0;
    const std::uint16_t value = htons(udp_port);
    if (const int error = bpf_map_update_elem(port.get(), &key, &value, BPF_ANY); error != 0) {
        return std::unexpected("the UDP port cannot be given to the XDP program: " + reason(error));
    }
    return {};
}

XdpSteer::XdpSteer(std::string interface, unsigned index, FileDescriptor lock)
    : interface_(std::move(interface)), index_(index), lock_(std::move(lock)) {}

XdpSteer::XdpSteer(XdpSteer&& other) noexcept
    : interface_(std::move(other.interface_)),
      index_(std::exchange(other.index_, 0)),
      lock_(std::move(other.lock_)) {}

std::expected<XdpSteer, std::string> XdpSteer::claim(const std::string& interface) {
    FileDescriptor lock{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!lock) {
        return std::unexpected("interface \"" + interface + "\": no socket: " + reason(errno));
    }
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0) {
        return std::unexpected("no interface \"" + interface + "\" in this network namespace");
    }
    if (auto taken = take_name(lock, index); !taken) {
        return std::unexpected("interface \"" + interface + "\": " + taken.error());
    }
    const auto attached = attached_program(index);
    if (!attached) return std::unexpected("interface \"" + interface + "\": " + attached.error());
    if (attached->has_value()) {
        const Program& program = **attached;
        if (program.name != program_name) {
            return std::unexpected("interface \"" + interface + "\" runs the XDP program \"" +
                                   program.name + "\" (id " + std::to_string(program.id) +
                                   "), which is not ours; remove it with \"ip link set " +
                                   interface +
                                   (program.generic ? " xdpgeneric off\"" : " xdp off\""));
        }
        if (auto gone = detach(index, program); !gone) return std::unexpected(gone.error());
    }
    return XdpSteer{interface, index, std::move(lock)};
}

std::expected<void, std::string> XdpSteer::steer(std::span<const wire::IpAddress> addresses,
                                                 std::uint16_t udp_port) {
    const auto attached = attached_program(index_);
    if (!attached) return std::unexpected("interface \"" + interface_ + "\": " + attached.error());
    if (!attached->has_value() || (*attached)->name != program_name) {
        return std::unexpected("interface \"" + interface_ + "\" does not run the XDP program \"" +
                               std::string(program_name) +
                               "\" although its port started; see \"bpftool net\"");
    }
    auto filled = fill_steering_maps((*attached)->map_ids, addresses, udp_port);
    if (!filled) return std::unexpected("interface \"" + interface_ + "\": " + filled.error());
    return {};
}

XdpSteer::~XdpSteer() {
    if (index_ == 0) return;
    const auto attached = attached_program(index_);
    if (!attached || !attached->has_value() || (*attached)->name != program_name) return;
    // Nothing can be done about a failure here; the next start tries again.
    static_cast<void>(detach(index_, **attached));
}

}  // namespace apex::io
