// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/dataplane.hh"

#include <atomic>
#include <deque>
#include <optional>
#include <utility>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <sys/prctl.h>

#include "dataplane/io/device.hh"
#include "dataplane/io/eal.hh"
#include "dataplane/io/port.hh"
#include "dataplane/io/worker.hh"
#include "dataplane/io/xdp_steer.hh"

namespace apex::io {

namespace {

template <typename T = void>
using Outcome = std::expected<T, std::string>;

// What EAL, drivers and their rings take beside the packet pools.
constexpr std::size_t base_memory = std::size_t{64} << 20;
// EAL hands out memory in whole hugepages, and pools want it contiguous.
constexpr std::size_t memory_slack_divisor = 8;

std::expected<std::vector<Device>, Mistake> read_devices(const std::vector<std::string>& texts) {
    std::vector<Device> devices;
    const auto mistake = [&devices](std::string message) {
        return std::unexpected(Mistake{Mistake::Where::device, devices.size(), std::move(message)});
    };
    for (const auto& text : texts) {
        auto device = Device::parse(text);
        if (!device) return mistake(device.error());
        for (const auto& other : devices) {
            const bool same_interface =
                !device->interface().empty() && device->interface() == other.interface();
            if (other.name() == device->name() || same_interface) {
                return mistake("port \"" + text + "\": used before, by port \"" + other.text() +
                               "\"");
            }
        }
        devices.push_back(std::move(*device));
    }
    return devices;
}

/// The program's path goes into a device string, which is split at commas.
Outcome<> check_steer_object(const std::filesystem::path& object) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(object, error)) {
        return std::unexpected("XDP program \"" + object.string() +
                               "\" is not there; it is built and installed beside apexd");
    }
    if (object.string().find(',') != std::string::npos) {
        return std::unexpected("XDP program \"" + object.string() +
                               "\": DPDK cannot take a path with a comma");
    }
    return {};
}

Outcome<std::size_t> memory_needed(const std::vector<Device>& devices, unsigned workers) {
    std::size_t octets = base_memory;
    for (const auto& device : devices) {
        const auto pools = pool_memory(device, workers);
        if (!pools) return pools;
        octets += *pools;
    }
    return octets + octets / memory_slack_divisor;
}

int run_worker(void* worker) {
    // The kernel would make each nap of an idle worker longer by 50 microseconds.
    prctl(PR_SET_TIMERSLACK, 1UL);
    static_cast<Worker*>(worker)->run();
    return 0;
}

}  // namespace

// Members in the order of their start; they stop in the reverse order, each at
// the hands of its own destructor.
struct Dataplane::Impl {
    std::vector<XdpSteer> steers;
    std::optional<Eal> eal;
    std::vector<Port> ports;
    answer::Server server;
    std::deque<Worker> workers;
    std::atomic<bool> stop{false};

    ~Impl() {
        stop.store(true, std::memory_order_relaxed);
        if (eal) rte_eal_mp_wait_lcore();
    }

    Outcome<> start_eal(const Settings& settings, const std::vector<Device>& devices);
    Outcome<> start_ports(const Settings& settings, const std::vector<Device>& devices);
    Outcome<> start_workers(const Settings& settings, table::Table& table);
};

Outcome<> Dataplane::Impl::start_eal(const Settings& settings, const std::vector<Device>& devices) {
    const auto worker_count = static_cast<unsigned>(settings.workers.size());
    const auto memory = memory_needed(devices, worker_count);
    if (!memory) return std::unexpected(memory.error());

    EalSettings eal_settings{settings.workers, {}, *memory};
    for (const auto& device : devices) {
        if (device.kind() == Device::Kind::af_xdp) {
            if (device.is_steered()) {
                if (auto object = check_steer_object(settings.steer_object); !object) return object;
            }
            auto steer = XdpSteer::claim(device.interface());
            if (!steer) {
                return std::unexpected("port \"" + device.text() + "\": " + steer.error());
            }
            steers.push_back(std::move(*steer));
        }
        eal_settings.device_options.push_back(
            device.eal_option(worker_count, settings.steer_object));
    }
    auto started = Eal::start(eal_settings);
    if (!started) return std::unexpected(started.error());
    eal.emplace(std::move(*started));
    return {};
}

Outcome<> Dataplane::Impl::start_ports(const Settings& settings,
                                       const std::vector<Device>& devices) {
    std::size_t next_steer = 0;
    for (const auto& device : devices) {
        auto port = Port::start(device, settings.workers, settings.idle.sleep.count() != 0);
        if (!port) return std::unexpected(port.error());
        ports.push_back(std::move(*port));
        if (device.kind() != Device::Kind::af_xdp) continue;
        XdpSteer& steer = steers[next_steer++];
        if (!device.is_steered()) continue;
        if (auto done = steer.steer(settings.addresses, settings.udp_port); !done) {
            return std::unexpected("port \"" + device.text() + "\": " + done.error());
        }
    }
    return {};
}

Outcome<> Dataplane::Impl::start_workers(const Settings& settings, table::Table& table) {
    server = settings.server;
    for (unsigned id = 0; id < settings.workers.size(); ++id) {
        Worker& worker = workers.emplace_back(table, id, server, settings.idle, stop);
        for (const auto& port : ports) {
            worker.add_port(
                port.id(), port.has_rx_interrupts(),
                Endpoint{settings.addresses, settings.udp_port, port.device().is_kernel_backed()});
        }
    }
    for (std::size_t id = 0; id < workers.size(); ++id) {
        if (rte_eal_remote_launch(run_worker, &workers[id], settings.workers[id]) != 0) {
            return std::unexpected("worker on lcore " + std::to_string(settings.workers[id]) +
                                   " cannot be launched: the lcore is busy");
        }
    }
    return {};
}

std::optional<Mistake> find_mistake(const Settings& settings) {
    const auto available = available_cpus();
    for (std::size_t index = 0; index < settings.workers.size(); ++index) {
        if (auto fit = check_worker(settings.workers[index], available); !fit) {
            return Mistake{Mistake::Where::worker, index, std::move(fit.error())};
        }
    }
    if (auto devices = read_devices(settings.devices); !devices) return std::move(devices.error());
    return std::nullopt;
}

Outcome<std::unique_ptr<Dataplane>> Dataplane::start(const Settings& settings,
                                                     table::Table& table) {
    const auto devices = read_devices(settings.devices);
    if (!devices) return std::unexpected(devices.error().message);
    for (const auto& device : *devices) {
        const auto fit = device.check(static_cast<unsigned>(settings.workers.size()));
        if (!fit) return std::unexpected(fit.error());
    }
    auto impl = std::make_unique<Impl>();
    if (auto done = impl->start_eal(settings, *devices); !done) {
        return std::unexpected(done.error());
    }
    if (auto done = impl->start_ports(settings, *devices); !done) {
        return std::unexpected(done.error());
    }
    if (auto done = impl->start_workers(settings, table); !done) {
        return std::unexpected(done.error());
    }
    return std::unique_ptr<Dataplane>(new Dataplane(std::move(impl)));
}

Dataplane::Dataplane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dataplane::~Dataplane() = default;

std::vector<PortStatus> Dataplane::ports() const {
    std::vector<PortStatus> status;
    for (const auto& port : impl_->ports) {
        status.push_back(
            {port.device().text(), port.driver(), port.link_up(), port.has_rx_interrupts()});
    }
    return status;
}

bool Dataplane::hugepages() const {
    return impl_->eal->hugepages();
}

const answer::Counters& Dataplane::counters(std::size_t worker) const {
    return impl_->workers[worker].counters();
}

}  // namespace apex::io
