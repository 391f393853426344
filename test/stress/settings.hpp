// Owns the command line of stress. Must never let an unknown or senseless option pass.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace stress {

// UsageError is a mistake on the command line: exit code 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct Settings {
    bool help = false;
    bool policy = false; // limits and the brake instead of conservation
    bool check = false;  // compare a journal with the ledger instead of making load
    std::string database;
    std::string journal = "stress.journal";
    int seconds = 10;
    int connections = 32;
    int accounts = 4;
    int reconnect_seconds = 0;
    std::uint64_t seed = 1;
};

// read_settings reads the arguments behind the program's name; UsageError says what is wrong.
Settings read_settings(const std::vector<std::string>& arguments);

std::string help_text();

} // namespace stress
