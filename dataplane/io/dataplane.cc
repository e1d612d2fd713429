// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/dataplane.hh"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <sys/prctl.h>

#include "dataplane/io/device.hh"
#include "dataplane/io/eal.hh"
#include "dataplane/io/flow_rules.hh"
#include "dataplane/io/numa.hh"
#include "dataplane/io/port.hh"
#include "dataplane/io/slow_lane.hh"
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

bool has_kernel_path(const PortSettings& port, const Device& device) {
    if (port.kernel_path == PortSettings::Kernel::automatic) return device.is_hardware();
    return port.kernel_path == PortSettings::Kernel::on;
}

bool share_nic(const Device& one, const Device& other) {
    const auto nics = other.nics();
    return std::ranges::any_of(
        one.nics(), [&](const auto& nic) { return std::ranges::find(nics, nic) != nics.end(); });
}

std::expected<std::vector<Device>, Mistake> read_devices(const std::vector<PortSettings>& ports) {
    std::vector<Device> devices;
    std::set<std::string> interfaces;  // of the kernel's, beside ports
    const auto mistake = [&devices](std::string message) {
        return std::unexpected(Mistake{Mistake::Where::port, devices.size(), std::move(message)});
    };
    for (const auto& port : ports) {
        const std::string& text = port.device;
        auto device = Device::parse(text);
        if (!device) return mistake(device.error());
        for (const auto& other : devices) {
            const bool same_interface =
                !device->interface().empty() && device->interface() == other.interface();
            if (other.name() == device->name() || same_interface || share_nic(*device, other)) {
                return mistake("port \"" + text + "\": used before, by port \"" + other.text() +
                               "\"");
            }
        }
        if (port.kernel_path == PortSettings::Kernel::on && device->is_kernel_backed() &&
            device->kind() != Device::Kind::tap) {
            return mistake("port \"" + text +
                           "\": \"kernel\" is for ports that the kernel has nothing of; of this "
                           "one it gets frames by the interface itself; remove it");
        }
        if (has_kernel_path(port, *device) && !interfaces.insert(port.kernel.interface).second) {
            return mistake("port \"" + text + "\": \"kernel\" has the interface \"" +
                           port.kernel.interface + "\" of another port; expected each once");
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

Outcome<std::size_t> memory_needed(const std::vector<PortSettings>& ports,
                                   const std::vector<Device>& devices, unsigned workers) {
    std::size_t octets = base_memory;
    for (std::size_t n = 0; n < devices.size(); ++n) {
        const std::uint16_t mtu = ports[n].mtu;
        const auto pools = Port::pool_memory(devices[n], workers, mtu);
        if (!pools) return pools;
        octets += *pools;
        if (has_kernel_path(ports[n], devices[n])) octets += KernelPath::pool_memory(mtu);
    }
    return octets + octets / memory_slack_divisor;
}

int run_worker(void* worker) {
    // The kernel would make each nap of an idle worker longer by 50 microseconds.
    prctl(PR_SET_TIMERSLACK, 1UL);
    // Signals are for others; net_tap raises one for frames of the kernel's.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    static_cast<Worker*>(worker)->run();
    return 0;
}

}  // namespace

// Members in the order of their start; they stop in the reverse order, each at
// the hands of its own destructor.
struct Dataplane::Impl {
    std::vector<std::string> warnings;
    std::vector<XdpSteer> steers;
    std::optional<Eal> eal;
    std::vector<Port> ports;
    std::vector<std::unique_ptr<Spread>> spreads;  // of each port; null: it has queues enough
    std::vector<std::unique_ptr<KernelPath>> kernel_paths;  // of each port; null: it has none
    answer::Server server;
    std::deque<Worker> workers;
    std::optional<SlowLane> slow_lane;  // wakes workers
    std::atomic<bool> stop{false};

    ~Impl() {
        stop.store(true, std::memory_order_relaxed);
        if (eal) rte_eal_mp_wait_lcore();
    }

    Outcome<> start_eal(const Settings& settings, const std::vector<Device>& devices);
    Outcome<> start_ports(const Settings& settings, const std::vector<Device>& devices);
    Outcome<> open_kernel_paths(const Settings& settings, const std::vector<Device>& devices);
    Outcome<> start_workers(const Settings& settings, table::Table& table);
};

Outcome<> Dataplane::Impl::start_eal(const Settings& settings, const std::vector<Device>& devices) {
    const auto worker_count = static_cast<unsigned>(settings.workers.size());
    const auto memory = memory_needed(settings.ports, devices, worker_count);
    if (!memory) return std::unexpected(memory.error());

    std::vector<unsigned> others = available_cpus();
    std::erase_if(others, [&](unsigned cpu) {
        return std::ranges::find(settings.workers, cpu) != settings.workers.end();
    });
    EalSettings eal_settings{
        settings.workers, {}, *memory, memory_by_node(*memory, settings.workers, others, devices)};
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
        for (std::string& option : device.eal_options(worker_count, settings.steer_object))
            eal_settings.device_options.push_back(std::move(option));
    }
    auto started = Eal::start(eal_settings);
    if (!started) return std::unexpected(started.error());
    eal.emplace(std::move(*started));
    if (!eal->warning().empty()) warnings.push_back(eal->warning());
    return {};
}

Outcome<> Dataplane::Impl::start_ports(const Settings& settings,
                                       const std::vector<Device>& devices) {
    std::size_t next_steer = 0;
    for (std::size_t n = 0; n < devices.size(); ++n) {
        const Device& device = devices[n];
        PortWishes wishes{settings.ports[n].mtu, settings.idle.sleep.count() != 0,
                          has_kernel_path(settings.ports[n], device)};
        if (auto warning = numa_warning(device, settings.workers); warning)
            warnings.push_back(std::move(*warning));
        auto port = Port::start(device, settings.workers, wishes);
        if (!port) return std::unexpected(port.error());
        ports.push_back(std::move(*port));
        spreads.emplace_back();
        if (ports.back().is_spread()) {
            auto spread = Spread::make(ports.back().id(), settings.workers);
            if (!spread)
                return std::unexpected("port \"" + device.text() + "\": " + spread.error());
            spreads.back() = std::move(*spread);
        }
        if (const Port& started = ports.back(); started.is_shared()) {
            auto done =
                take_queries(started.id(), started.queues(), settings.addresses, settings.udp_port);
            if (!done) return std::unexpected("port \"" + device.text() + "\": " + done.error());
        }
        if (device.kind() != Device::Kind::af_xdp) continue;
        XdpSteer& steer = steers[next_steer++];
        if (!device.is_steered()) continue;
        if (auto done = steer.steer(settings.addresses, settings.udp_port); !done) {
            return std::unexpected("port \"" + device.text() + "\": " + done.error());
        }
    }
    return {};
}

Outcome<> Dataplane::Impl::open_kernel_paths(const Settings& settings,
                                             const std::vector<Device>& devices) {
    for (std::size_t n = 0; n < devices.size(); ++n) {
        auto& path = kernel_paths.emplace_back();
        if (!has_kernel_path(settings.ports[n], devices[n])) continue;
        if (ports[n].is_shared()) {
            if (settings.ports[n].kernel_path == PortSettings::Kernel::automatic) continue;
            return std::unexpected("port \"" + devices[n].text() +
                                   "\": \"kernel\" is for ports that the kernel has nothing of; "
                                   "driver " +
                                   ports[n].driver() +
                                   " leaves it all that is not ours; remove it");
        }
        auto opened = KernelPath::open(ports[n], settings.ports[n].kernel,
                                       static_cast<unsigned>(settings.workers.size()));
        if (!opened) return std::unexpected(opened.error());
        path = std::move(*opened);
    }
    return {};
}

Outcome<> Dataplane::Impl::start_workers(const Settings& settings, table::Table& table) {
    server = settings.server;
    for (unsigned id = 0; id < settings.workers.size(); ++id) {
        Worker& worker = workers.emplace_back(table, id, server, settings.idle, stop);
        for (std::size_t n = 0; n < ports.size(); ++n) {
            const Port& port = ports[n];
            KernelPath* path = kernel_paths[n].get();
            worker.add_port(
                {port.id(), port.has_rx_interrupts(), id == 0 && port.device().is_lacp(),
                 port.pool(id), path == nullptr ? nullptr : &path->queue(id), spreads[n].get()},
                Endpoint{settings.addresses, settings.udp_port, port.device().is_kernel_backed()});
        }
    }
    slow_lane.emplace(kernel_paths);
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
    if (auto devices = read_devices(settings.ports); !devices) return std::move(devices.error());
    return std::nullopt;
}

Outcome<std::unique_ptr<Dataplane>> Dataplane::start(const Settings& settings,
                                                     table::Table& table) {
    const auto devices = read_devices(settings.ports);
    if (!devices) return std::unexpected(devices.error().message);
    for (const auto& device : *devices) {
        const auto fit = device.check(static_cast<unsigned>(settings.workers.size()));
        if (!fit) return std::unexpected(fit.error());
    }
    auto impl = std::make_unique<Impl>();
    const auto start = [&]() -> Outcome<> {
        if (auto done = impl->start_eal(settings, *devices); !done) return done;
        if (auto done = impl->start_ports(settings, *devices); !done) return done;
        if (auto done = impl->open_kernel_paths(settings, *devices); !done) return done;
        return impl->start_workers(settings, table);
    };
    if (auto done = start(); !done) {
        // What was to be a warning may be why.
        for (const std::string& warning : impl->warnings) done.error() += "; " + warning;
        return std::unexpected(std::move(done.error()));
    }
    return std::unique_ptr<Dataplane>(new Dataplane(std::move(impl)));
}

Dataplane::Dataplane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dataplane::~Dataplane() = default;

std::vector<PortStatus> Dataplane::ports() const {
    std::vector<PortStatus> status;
    for (std::size_t n = 0; n < impl_->ports.size(); ++n) {
        const Port& port = impl_->ports[n];
        PortStatus& one = status.emplace_back(
            PortStatus{port.device().text(), port.driver(), port.link_up(), port.is_gone(),
                       port.has_rx_interrupts(), port.mtu(), port.nics(), std::nullopt});
        if (const KernelPath* path = impl_->kernel_paths[n].get(); path != nullptr)
            one.kernel = {path->interface(), path->driver(), path->counters()};
    }
    return status;
}

void Dataplane::pass_links_on() {
    for (std::size_t n = 0; n < impl_->ports.size(); ++n) {
        const Port& port = impl_->ports[n];
        if (KernelPath* path = impl_->kernel_paths[n].get(); path != nullptr)
            path->follow_link(port.link_up() && !port.is_gone());
    }
}

bool Dataplane::is_overheard() const {
    return std::ranges::any_of(impl_->ports,
                               [](const Port& port) { return port.device().is_overheard(); });
}

bool Dataplane::hugepages() const {
    return impl_->eal->hugepages();
}

const std::vector<std::string>& Dataplane::warnings() const {
    return impl_->warnings;
}

const answer::Counters& Dataplane::counters(std::size_t worker) const {
    return impl_->workers[worker].counters();
}

}  // namespace apex::io
