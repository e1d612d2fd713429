// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/capture.hh"

#include <bit>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dataplane/io/file_descriptor.hh"

namespace apex::io {

namespace {

// pcap-savefile(5)
constexpr std::uint32_t magic_microseconds = 0xa1b2c3d4;
constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr std::uint32_t magic_pcapng = 0x0a0d0d0a;
constexpr std::size_t file_header_size = 24;
constexpr std::size_t record_header_size = 16;
constexpr std::size_t captured_length_offset = 8;

/// The caller has checked that four octets are there.
std::uint32_t read_u32(std::span<const std::uint8_t> bytes, bool swapped) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return swapped ? std::byteswap(value) : value;
}

/// A file's bytes, mapped for reading.
class Mapping {
  public:
    Mapping(const FileDescriptor& file, std::size_t size) : size_(size) {
        if (size == 0) return;
        void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
        if (address != MAP_FAILED) data_ = static_cast<const std::uint8_t*>(address);
    }
    ~Mapping() {
        if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    std::span<const std::uint8_t> bytes() const {
        return data_ == nullptr ? std::span<const std::uint8_t>{} : std::span{data_, size_};
    }

  private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_;
};

}  // namespace

std::expected<std::size_t, std::string> count_packets(std::span<const std::uint8_t> capture) {
    if (capture.size() < file_header_size) {
        return std::unexpected("is too short for a pcap file");
    }
    bool swapped = false;
    switch (const std::uint32_t magic = read_u32(capture, false); magic) {
        case magic_microseconds:
        case magic_nanoseconds:
            break;
        case std::byteswap(magic_microseconds):
        case std::byteswap(magic_nanoseconds):
            swapped = true;
            break;
        case magic_pcapng:
            return std::unexpected("is a pcapng file; convert it with \"editcap -F pcap\"");
        default:
            return std::unexpected("is not a pcap file");
    }

    std::size_t count = 0;
    auto rest = capture.subspan(file_header_size);
    while (rest.size() >= record_header_size) {
        const std::uint32_t length = read_u32(rest.subspan(captured_length_offset), swapped);
        rest = rest.subspan(record_header_size);
        if (length > rest.size()) break;
        rest = rest.subspan(length);
        ++count;
    }
    return count;
}

std::expected<std::size_t, std::string> count_packets(const std::filesystem::path& file) {
    const FileDescriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        return std::unexpected(std::string("cannot be read: ") + std::strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) return std::unexpected("is not a regular file");
    const Mapping mapping{fd, static_cast<std::size_t>(status.st_size)};
    return count_packets(mapping.bytes());
}

}  // namespace apex::io
