// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Runs a fuzz target without libFuzzer: every file of the directories named, then
// N mutations of them drawn from a seed, so that a run can be repeated.
// usage: TARGET [--mutations N] [--seed S] [FILE|DIRECTORY]...
// On a crash the input that did it is left in ./crash-input.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// The sanitizers' runtime, where there is one.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr std::size_t max_size = 4096;

struct {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
} current;

/// Also called from a signal handler, so nothing but system calls.
void save_current() {
    const int file = ::open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return;
    const ssize_t written = ::write(file, current.data, current.size);
    ::close(file);
    constexpr char said[] = "fuzz driver: the input is in crash-input\n";
    if (written >= 0 && ::write(STDERR_FILENO, said, sizeof said - 1) < 0) return;
}

void on_signal(int signal) {
    save_current();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

/// On the heap and of exactly its size, so that AddressSanitizer sees one octet more.
void run(const std::string& input) {
    const auto exact = std::make_unique<std::uint8_t[]>(input.size());
    std::copy(input.begin(), input.end(), exact.get());
    current = {exact.get(), input.size()};
    LLVMFuzzerTestOneInput(exact.get(), input.size());
    current = {};
}

class Mutator {
  public:
    Mutator(const std::vector<std::string>& corpus, std::uint64_t seed)
        : corpus_(corpus), random_(seed) {}

    std::string next() {
        std::string input = pick();
        for (std::size_t steps = 1 + below(4); steps > 0; --steps) mutate(input);
        if (input.size() > max_size) input.resize(max_size);
        return input;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    const std::string& pick() { return corpus_[below(corpus_.size())]; }
    char octet() { return static_cast<char>(random_()); }

    void mutate(std::string& input) {
        if (input.empty()) {
            input += octet();
            return;
        }
        const std::size_t at = below(input.size());
        switch (below(8)) {
            case 0:
                input[at] = static_cast<char>(input[at] ^ 1 << below(8));
                break;
            case 1:
                input[at] = octet();
                break;
            case 2:
                input.resize(at);
                break;
            case 3:
                input.erase(at, 1 + below(8));
                break;
            case 4:
                input.insert(at, 1 + below(8), octet());
                break;
            case 5:
                splice(input, at);
                break;
            case 6:
                lie(input, at);
                break;
            default:
                input.append(1 + below(64), octet());
                break;
        }
    }

    /// Goes on as another input does.
    void splice(std::string& input, std::size_t at) {
        const std::string& other = pick();
        if (!other.empty()) input.replace(at, std::string::npos, other, below(other.size()));
    }

    /// A 16-bit field, as lengths and counts are: off by a little, or extreme.
    void lie(std::string& input, std::size_t at) {
        if (at + 2 > input.size()) return;
        const auto high = static_cast<std::uint8_t>(input[at]);
        const auto low = static_cast<std::uint8_t>(input[at + 1]);
        unsigned value = static_cast<unsigned>(high << 8 | low);
        switch (below(5)) {
            case 0:
                value += 1 + static_cast<unsigned>(below(8));
                break;
            case 1:
                value -= 1 + static_cast<unsigned>(below(8));
                break;
            case 2:
                value = 0;
                break;
            case 3:
                value = 0xffff;
                break;
            default:
                value = static_cast<unsigned>(input.size() - at);
                break;
        }
        input[at] = static_cast<char>(value >> 8);
        input[at + 1] = static_cast<char>(value);
    }

    const std::vector<std::string>& corpus_;
    std::mt19937_64 random_;
};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        std::cerr << path.string() << ": cannot be read\n";
        std::exit(2);
    }
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Files in the order of their names, so that a seed means the same everywhere.
void load(const std::filesystem::path& path, std::vector<std::string>& corpus) {
    if (!std::filesystem::is_directory(path)) {
        corpus.push_back(read_file(path));
        return;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) corpus.push_back(read_file(file));
}

std::uint64_t number(const char* text) {
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0') {
        std::cerr << "\"" << text << "\" is not a number\n";
        std::exit(2);
    }
    return value;
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t mutations = 0;
    std::uint64_t seed = 1;
    std::vector<std::string> corpus;
    for (int n = 1; n < argc; ++n) {
        const bool option = std::strncmp(argv[n], "--", 2) == 0;
        if (option && n + 1 < argc && std::strcmp(argv[n], "--mutations") == 0) {
            mutations = number(argv[++n]);
        } else if (option && n + 1 < argc && std::strcmp(argv[n], "--seed") == 0) {
            seed = number(argv[++n]);
        } else if (option) {
            std::cerr << "usage: " << argv[0]
                      << " [--mutations N] [--seed S] [FILE|DIRECTORY]...\n";
            return 2;
        } else {
            load(argv[n], corpus);
        }
    }
    // A directory that was mistyped or is empty must not look like a pass.
    if (corpus.empty()) {
        std::cerr << "no input: name the corpus directory\n";
        return 2;
    }
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(save_current);
    std::signal(SIGABRT, on_signal);

    for (const std::string& input : corpus) run(input);
    Mutator mutator(corpus, seed);
    for (std::uint64_t n = 0; n < mutations; ++n) run(mutator.next());
    std::cout << corpus.size() << " files, " << mutations << " mutations of seed " << seed
              << ": no fault\n";
    return 0;
}
