// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/eal.hh"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

namespace apex::io {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "apexd-";
constexpr const char* all_hugepages = "/sys/kernel/mm/hugepages";
constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string join(std::span<const unsigned> numbers) {
    std::string text;
    for (const unsigned number : numbers) {
        text.append(text.empty() ? "" : ",").append(std::to_string(number));
    }
    return text;
}

/// Octets of hugepages of all sizes; of what the kernel counts in `file` below `folder`.
std::size_t hugepage_memory(const fs::path& folder, const char* file) {
    constexpr std::string_view folder_prefix = "hugepages-";
    std::size_t total = 0;
    std::error_code error;
    for (const auto& size : fs::directory_iterator(folder, error)) {
        const std::string name = size.path().filename();
        if (!name.starts_with(folder_prefix)) continue;
        const std::size_t kibibytes =
            std::strtoull(name.c_str() + folder_prefix.size(), nullptr, 10);
        std::size_t count = 0;
        std::ifstream(size.path() / file) >> count;
        total += count * kibibytes * 1024;
    }
    return total;
}

/// What is short of free hugepages; nothing when they suffice.
std::optional<std::string> hugepage_shortage(const EalSettings& settings) {
    const auto lacks = [](const fs::path& folder, std::size_t needed, const std::string& where) {
        const std::size_t free = hugepage_memory(folder, "free_hugepages");
        std::optional<std::string> text;
        if (free < needed) {
            text = std::to_string(free / mebibyte) + " MiB of hugepages are free" + where + ", " +
                   std::to_string(needed / mebibyte + 1) + " are needed";
        }
        return text;
    };
    if (auto lacking = lacks(all_hugepages, settings.memory, "")) return lacking;
    for (const auto& [node, memory] : settings.memory_by_node) {
        const std::string number = std::to_string(node);
        const fs::path folder = "/sys/devices/system/node/node" + number + "/hugepages";
        if (auto lacking = lacks(folder, memory, " on NUMA node " + number)) return lacking;
    }
    return std::nullopt;
}

/// A lock on a runtime directory, held for as long as its process lives; an owner
/// of nothing when another process has it.
FileDescriptor lock_directory(const fs::path& directory) {
    FileDescriptor fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    return {};
}

/// EAL leaves its runtime directory behind, and a killed process has no say in
/// it: removes those of our processes that are no more. A process of another PID
/// namespace is not in our /proc, but holds its lock.
void remove_stale_directories(const fs::path& own) {
    std::error_code error;
    for (const auto& folder : fs::directory_iterator(own.parent_path(), error)) {
        const std::string name = folder.path().filename();
        if (!name.starts_with(prefix) || folder.path() == own) continue;
        if (fs::exists("/proc/" + name.substr(prefix.size()), error) || error) continue;
        if (const FileDescriptor unused = lock_directory(folder.path()); unused) {
            fs::remove_all(folder.path(), error);
        }
    }
}

/// What DPDK logs while EAL starts, kept to be part of an error, else passed on.
/// Afterwards the log goes to standard error, never to syslog, where EAL would
/// send it too.
class StartLog {
  public:
    StartLog() : stream_(::open_memstream(&text_, &size_)) { rte_openlog_stream(stream_); }
    ~StartLog() {
        rte_openlog_stream(stderr);
        if (stream_ != nullptr) std::fclose(stream_);
        if (text_ != nullptr) std::fwrite(text_, 1, taken_ ? 0 : size_, stderr);
        std::free(text_);
    }
    StartLog(const StartLog&) = delete;
    StartLog& operator=(const StartLog&) = delete;

    /// Lines so far, joined to one; the caller reports them.
    std::string take() {
        taken_ = true;
        if (stream_ == nullptr) return {};
        std::fflush(stream_);
        std::string lines(text_, size_);
        while (!lines.empty() && lines.back() == '\n') lines.pop_back();
        for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string::npos;) {
            lines.replace(at, 1, "; ");
        }
        return lines;
    }

  private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    bool taken_ = false;
    std::FILE* stream_;
};

std::vector<std::string> make_arguments(const EalSettings& settings, const LcoreMap& lcores,
                                        bool hugepages) {
    std::vector<std::string> arguments{
        "apexd",
        "--lcores=" + lcores.lcores,
        "--main-lcore=" + std::to_string(lcores.main_lcore),
        "--proc-type=primary",
        "--file-prefix=" + std::string(prefix) + std::to_string(::getpid()),
        "--log-level=warning",
        // They warn of each hugepage size without pages, of a socket of an old kind.
        "--log-level=lib.eal:error",
        "--log-level=lib.telemetry:error",
    };
    if (hugepages) {
        arguments.emplace_back("--in-memory");
    } else {
        // EAL refuses --in-memory beside --no-huge; --no-shconf keeps off the disk too.
        const std::string size = std::to_string(settings.memory / mebibyte + 1);
        arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", size});
    }
    const auto is_pci = [](const std::string& option) { return option.starts_with("--allow="); };
    if (std::ranges::none_of(settings.device_options, is_pci)) {
        arguments.emplace_back("--no-pci");
        // Without hardware nobody needs physical addresses, and pools come in one piece.
        arguments.emplace_back("--iova-mode=va");
    }
    arguments.insert(arguments.end(), settings.device_options.begin(),
                     settings.device_options.end());
    return arguments;
}

}  // namespace

std::vector<unsigned> available_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<unsigned> cpus;
    if (::sched_getaffinity(0, sizeof(set), &set) != 0) return cpus;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    return cpus;
}

std::expected<void, std::string> check_worker(unsigned worker,
                                              std::span<const unsigned> available) {
    if (std::ranges::find(available, worker) != available.end() && worker < RTE_MAX_LCORE) {
        return {};
    }
    return std::unexpected("server.workers: CPU " + std::to_string(worker) +
                           " is not one that this process may use; those are " + join(available));
}

std::expected<LcoreMap, std::string> map_lcores(std::span<const unsigned> workers,
                                                std::span<const unsigned> available) {
    std::vector<unsigned> others{available.begin(), available.end()};
    LcoreMap map;
    for (const unsigned worker : workers) {
        if (auto fit = check_worker(worker, available); !fit) return std::unexpected(fit.error());
        std::erase(others, worker);
        map.lcores += std::to_string(worker) + "@" + std::to_string(worker) + ",";
    }
    const auto is_worker = [&](unsigned id) {
        return std::ranges::find(workers, id) != workers.end();
    };
    while (is_worker(map.main_lcore)) ++map.main_lcore;
    map.lcores += std::to_string(map.main_lcore) + "@(" +
                  join(others.empty() ? workers : std::span<const unsigned>{others}) + ")";
    return map;
}

std::expected<Eal, std::string> Eal::start(const EalSettings& settings) {
    static bool started = false;
    if (started) return std::unexpected("DPDK can be started only once in a process");
    const auto lcores = map_lcores(settings.workers, available_cpus());
    if (!lcores) return std::unexpected(lcores.error());
    started = true;

    const auto shortage = hugepage_shortage(settings);
    const bool hugepages = !shortage;
    // EAL keeps pointers into its arguments for as long as the process lives.
    static std::vector<std::string> arguments;
    arguments = make_arguments(settings, *lcores, hugepages);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    // Who reserves none wants none.
    const bool is_told = shortage && hugepage_memory(all_hugepages, "nr_hugepages") != 0;
    StartLog log;
    if (rte_eal_init(static_cast<int>(arguments.size()), argv.data()) < 0) {
        std::string reason = rte_strerror(rte_errno);
        if (const std::string lines = log.take(); !lines.empty()) reason += ": " + lines;
        if (is_told) reason += "; " + *shortage;
        return std::unexpected("DPDK did not start: " + reason);
    }
    std::string directory = rte_eal_get_runtime_dir();
    // Without the lock we run as well; then only /proc tells others that we do.
    FileDescriptor lock = lock_directory(directory);
    remove_stale_directories(directory);
    Eal eal{hugepages, std::move(directory), std::move(lock)};
    if (is_told) {
        eal.warning_ =
            *shortage + ", so that none are used; reserve more, or give back those there are";
    }
    return eal;
}

Eal::Eal(bool hugepages, std::string runtime_directory, FileDescriptor lock)
    : hugepages_(hugepages),
      runtime_directory_(std::move(runtime_directory)),
      lock_(std::move(lock)) {}

Eal::Eal(Eal&& other) noexcept
    : alive_(std::exchange(other.alive_, false)),
      hugepages_(other.hugepages_),
      runtime_directory_(std::move(other.runtime_directory_)),
      warning_(std::move(other.warning_)),
      lock_(std::move(other.lock_)) {}

Eal::~Eal() {
    if (!alive_) return;
    rte_eal_cleanup();
    std::error_code error;
    fs::remove_all(runtime_directory_, error);
}

}  // namespace apex::io
