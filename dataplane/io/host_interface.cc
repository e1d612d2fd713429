// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/host_interface.hh"

#include <memory>
#include <utility>

#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/socket.h>

namespace apex::io {

namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Socket = std::unique_ptr<nl_sock, Freed<nl_socket_free>>;
using Link = std::unique_ptr<rtnl_link, Freed<rtnl_link_put>>;
using Addr = std::unique_ptr<nl_addr, Freed<nl_addr_put>>;
using InterfaceAddr = std::unique_ptr<rtnl_addr, Freed<rtnl_addr_put>>;

std::unexpected<std::string> fail(const std::string& what, int error) {
    return std::unexpected(what + ": " + nl_geterror(error));
}

/// The kernel's own view of an interface, and what to ask by.
struct Found {
    Socket socket;
    Link link;
};

std::expected<Found, std::string> find(const std::string& name) {
    Socket socket{nl_socket_alloc()};
    if (const int error = nl_connect(socket.get(), NETLINK_ROUTE); error < 0)
        return fail("rtnetlink cannot be opened", error);
    rtnl_link* found = nullptr;
    if (const int error = rtnl_link_get_kernel(socket.get(), 0, name.c_str(), &found); error < 0)
        return fail("is not there", error);
    return Found{std::move(socket), Link{found}};
}

std::expected<void, std::string> add_address(nl_sock* socket, int index, const std::string& text) {
    nl_addr* parsed = nullptr;
    if (const int error = nl_addr_parse(text.c_str(), AF_UNSPEC, &parsed); error < 0)
        return fail("address " + text + " cannot be read", error);
    const Addr local{parsed};
    const InterfaceAddr address{rtnl_addr_alloc()};
    rtnl_addr_set_ifindex(address.get(), index);
    rtnl_addr_set_local(address.get(), local.get());
    if (nl_addr_get_family(local.get()) == AF_INET6)
        rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
    if (const int error = rtnl_addr_add(socket, address.get(), NLM_F_REPLACE); error < 0)
        return fail("address " + text + " cannot be set", error);
    return {};
}

}  // namespace

std::expected<void, std::string> set_up_interface(const std::string& name, const MacAddress& mac,
                                                  std::uint16_t mtu,
                                                  std::span<const std::string> addresses) {
    const auto found = find(name);
    if (!found) return std::unexpected(found.error());
    const Link change{rtnl_link_alloc()};
    const Addr mac_address{nl_addr_build(AF_LLC, mac.data(), mac.size())};
    rtnl_link_set_addr(change.get(), mac_address.get());
    rtnl_link_set_mtu(change.get(), mtu);
    rtnl_link_set_flags(change.get(), IFF_UP);
    if (const int error = rtnl_link_change(found->socket.get(), found->link.get(), change.get(), 0);
        error < 0)
        return fail("cannot be set up with an MTU of " + std::to_string(mtu), error);
    const int index = rtnl_link_get_ifindex(found->link.get());
    for (const std::string& address : addresses) {
        if (auto added = add_address(found->socket.get(), index, address); !added) return added;
    }
    return {};
}

std::expected<void, std::string> set_carrier(const std::string& name, bool carrier) {
    const auto found = find(name);
    if (!found) return std::unexpected(found.error());
    const Link change{rtnl_link_alloc()};
    rtnl_link_set_carrier(change.get(), carrier ? 1 : 0);
    if (const int error = rtnl_link_change(found->socket.get(), found->link.get(), change.get(), 0);
        error < 0)
        return fail(carrier ? "gets no carrier" : "keeps its carrier", error);
    return {};
}

}  // namespace apex::io
