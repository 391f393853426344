// Owns the command line of replay. Must never let an unknown or senseless option pass.
#pragma once

#include "prices.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace replay {

// UsageError is a mistake on the command line: exit code 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

constexpr int share_whole = 1'000'000; // shares are counted in millionths

struct Options {
    bool help = false;
    std::string database;
    std::string trace;
    std::optional<int> calls_max;
    int connections = 8;
    std::optional<int> accounts;
    std::string spread = "even"; // "even", "zipf" or a file of client rates
    std::uint64_t seed = 1;
    int release_share = 0;
    int fail_share = 0;
    int refund_share = 0;
    std::optional<double> speed; // times real time; none: as fast as possible
    std::string provider = "openai";
    std::string model = "gpt-4o-mini";
    ModelPrice price;
    std::vector<std::pair<PriceBook::Name, ModelPrice>> more_prices;
    bool cache_reads = false;
    std::optional<std::int64_t> max_output_tokens;
    std::optional<Decimal> grant;
    std::string run;
    bool set_up = true;
    bool replace_prices = false;
    bool keys = false;
};

// read_options reads the arguments behind the program's name; UsageError says what is wrong.
Options read_options(const std::vector<std::string>& arguments);

std::string help_text();

} // namespace replay
