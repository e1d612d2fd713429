// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Writes each frame of the packet table into a directory, one file a frame:
// the seeds of the frame fuzzer. usage: write_corpus DIRECTORY
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>

#include "tests/packet/frame_cases.hh"

namespace {

/// "IPv4, one VLAN tag" to "ipv4-one-vlan-tag".
std::string file_name(const std::string& description) {
    std::string name;
    for (const char c : description) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (!name.empty() && name.back() != '-') {
            name += '-';
        }
    }
    return name;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: write_corpus DIRECTORY\n";
        return 2;
    }
    const std::filesystem::path directory(argv[1]);
    std::filesystem::create_directories(directory);
    std::set<std::string> names;
    for (const apex::test::FrameCase& c : apex::test::frame_cases()) {
        const std::filesystem::path file = directory / file_name(c.description);
        if (!names.insert(file.string()).second) {
            std::cerr << file.string() << ": two frames of this description\n";
            return 1;
        }
        std::ofstream out(file, std::ios::binary);
        out.write(c.in.data(), static_cast<std::streamsize>(c.in.size()));
        if (!out.flush()) {
            std::cerr << file.string() << ": cannot be written\n";
            return 1;
        }
    }
    return 0;
}
