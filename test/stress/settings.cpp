// Owns the options and their help.
#include "settings.hpp"

#include <charconv>

namespace stress {
namespace {

constexpr int few_accounts = 4;
constexpr int many_accounts = 1000;

std::int64_t
number(const std::string& name, const std::string& text, std::int64_t low, std::int64_t high) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
        throw UsageError(name + " takes a whole number from " + std::to_string(low) + " to " +
                         std::to_string(high) + ", not \"" + text + "\"");
    }
    return value;
}

int small_number(const std::string& name, const std::string& text, int low, int high) {
    return static_cast<int>(number(name, text, low, high));
}

int accounts(const std::string& text) {
    if (text == "few") {
        return few_accounts;
    }
    return text == "many" ? many_accounts : small_number("--accounts", text, 1, 1'000'000);
}

void apply(Settings& settings, const std::string& name, const std::string& value) {
    constexpr int day_seconds = 86'400;
    if (name == "--database") {
        settings.database = value;
    } else if (name == "--journal" || name == "--check") {
        settings.journal = value;
        settings.check = settings.check || name == "--check";
    } else if (name == "--seconds") {
        settings.seconds = small_number(name, value, 1, day_seconds);
    } else if (name == "--connections") {
        settings.connections = small_number(name, value, 1, 1000);
    } else if (name == "--accounts") {
        settings.accounts = accounts(value);
    } else if (name == "--reconnect") {
        settings.reconnect_seconds = small_number(name, value, 0, day_seconds);
    } else if (name == "--seed") {
        settings.seed = static_cast<std::uint64_t>(number(name, value, 0, INT64_MAX));
    } else {
        throw UsageError("there is no option \"" + name + "\"");
    }
}

} // namespace

Settings read_settings(const std::vector<std::string>& arguments) {
    Settings settings;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::size_t equals = arguments[i].find('=');
        const std::string name = arguments[i].substr(0, equals);
        if (name == "--help") {
            settings.help = true;
        } else if (name == "--policy") {
            settings.policy = true;
        } else if (equals != std::string::npos) {
            apply(settings, name, arguments[i].substr(equals + 1));
        } else {
            apply(settings, name, i + 1 < arguments.size() ? arguments[i + 1] : "");
            ++i;
        }
    }
    return settings;
}

std::string help_text() {
    return "stress calls every verb of pg_credits from many connections at once and keeps a "
           "journal of each receipt\n"
           "whose COMMIT returned, of what was rolled back, and of what is unknown because the "
           "connection broke.\n"
           "Exit code 0: all as it must be; 1: something is wrong; 2: wrong usage.\n\n"
           "usage: stress [option ...]                          make load, append to the journal\n"
           "       stress --check JOURNAL [--database CONNINFO]  compare the journal with the "
           "ledger\n"
           "       stress --policy [option ...]                 limits and the brake under load; "
           "no journal, an empty database\n\n"
           "  --database CONNINFO   database with pg_credits, as for psql (default: from PGHOST, "
           "PGDATABASE ...)\n"
           "  --journal FILE        journal to append to (default stress.journal)\n"
           "  --seconds N           how long (default 10)\n"
           "  --connections N       connections, each in its own thread (default 32)\n"
           "  --accounts N          few (4, the default), many (1000) or a number\n"
           "  --reconnect N         go on after a lost connection, trying for N seconds (default "
           "0: fail)\n"
           "  --seed N              seed of every random choice (default 1)\n";
}

} // namespace stress
