// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/spread.hh"

#include <rte_errno.h>
#include <rte_lcore.h>

namespace apex::io {

std::expected<std::unique_ptr<Spread>, std::string> Spread::make(std::uint16_t port,
                                                                 std::span<const unsigned> lcores) {
    std::unique_ptr<Spread> spread{new Spread};
    const auto ring = [&](const char* direction, unsigned worker) {
        const std::string name = "port" + std::to_string(port) + direction + std::to_string(worker);
        return rte_ring_create(name.c_str(), ring_size,
                               static_cast<int>(rte_lcore_to_socket_id(lcores[worker])),
                               RING_F_SP_ENQ | RING_F_SC_DEQ);
    };
    for (unsigned worker = 1; worker < lcores.size(); ++worker) {
        const Lane& lane =
            spread->lanes_.emplace_back(Lane{ring("_to", worker), ring("_from", worker)});
        if (lane.there == nullptr || lane.back == nullptr)
            return std::unexpected(
                std::string(
                    "no memory to spread its frames over workers, reserve more hugepages: ") +
                rte_strerror(rte_errno));
    }
    return spread;
}

Spread::~Spread() {
    for (const Lane& lane : lanes_) {
        rte_ring_free(lane.there);
        rte_ring_free(lane.back);
    }
}

}  // namespace apex::io
