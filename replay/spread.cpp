// Owns reading ServeGen's archives. Must never need them unpacked: a tar is headers of 512 bytes,
// each followed by a file's bytes, padded to 512.
#include "spread.hpp"

#include "input_file.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <stdexcept>
#include <string_view>

namespace replay {
namespace {

constexpr std::size_t tar_block = 512;
constexpr std::size_t size_field_at = 124;
constexpr std::size_t size_field_length = 11;
constexpr std::size_t name_field_length = 100;

// field is the text of a tar header's field, which a zero byte may end early.
std::string_view field(const std::string& header, std::size_t at, std::size_t length) {
    const std::string_view text = std::string_view(header).substr(at, length);
    return text.substr(0, std::min(text.find('\0'), text.size()));
}

std::size_t file_size(const std::string& path, const std::string& header) {
    std::string_view octal = field(header, size_field_at, size_field_length);
    octal.remove_prefix(std::min(octal.find_first_not_of(' '), octal.size()));
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(octal.data(), octal.data() + octal.size(), size, 8);
    if (error != std::errc() || header.substr(257, 5) != "ustar") {
        throw std::runtime_error(
            path + ": not a tar archive; --spread takes even, zipf or a ServeGen archive");
    }
    return size;
}

} // namespace

std::vector<double> zipf_weights(std::size_t accounts) {
    std::vector<double> weights(accounts);
    for (std::size_t rank = 1; rank <= accounts; ++rank) {
        weights[rank - 1] = 1.0 / static_cast<double>(rank);
    }
    return weights;
}

double mean_rate(const std::string& csv) {
    double sum = 0;
    std::size_t windows = 0;
    std::string_view rest = csv;
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.find_first_not_of("\r ") == std::string_view::npos) {
            continue;
        }
        line.remove_prefix(std::min(line.find(','), line.size() - 1) + 1);
        double rate = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), rate);
        if (error != std::errc() || !(rate >= 0 && rate < 1e12)) {
            throw std::invalid_argument("window " + std::to_string(windows + 1) + " has no rate");
        }
        sum += rate;
        ++windows;
    }
    return windows == 0 ? 0 : sum / static_cast<double>(windows);
}

std::vector<double> servegen_weights(const std::string& path) {
    InputFile file(path);
    std::vector<double> weights;
    std::string header(tar_block, '\0');
    while (file.read(header.data(), tar_block) == tar_block && header[0] != '\0') {
        const std::size_t size = file_size(path, header);
        const std::string name(field(header, 0, name_field_length));
        std::string content((size + tar_block - 1) / tar_block * tar_block, '\0');
        if (file.read(content.data(), content.size()) != content.size()) {
            throw std::runtime_error(path + ": the archive is cut short");
        }
        if (!name.ends_with("-trace.csv")) {
            continue;
        }
        content.resize(size);
        try {
            if (const double rate = mean_rate(content); rate > 0) {
                weights.push_back(rate);
            }
        } catch (const std::invalid_argument& error) {
            throw std::runtime_error(path + ", " + name + ": " + error.what());
        }
    }
    while (file.read(header.data(), tar_block) > 0) {
        // gzip must come to its own end, or its exit status would not tell whether the file is
        // whole.
    }
    file.finish();
    if (weights.empty()) {
        throw std::runtime_error(path +
                                 ": no client's chunk-N-trace.csv with a rate in this archive");
    }
    std::sort(weights.rbegin(), weights.rend());
    return weights;
}

WeightedChoice::WeightedChoice(const std::vector<double>& weights) : sums_(weights.size()) {
    std::partial_sum(weights.begin(), weights.end(), sums_.begin());
}

std::size_t WeightedChoice::draw(Random& random) const {
    const auto at = std::upper_bound(sums_.begin(), sums_.end(), random.fraction() * sums_.back());
    return static_cast<std::size_t>(std::min(at, sums_.end() - 1) - sums_.begin());
}

} // namespace replay
