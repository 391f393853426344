// Owns the table of options: name, what it takes, help, effect. One row an option.
#include "options.hpp"

#include <charconv>
#include <functional>
#include <string_view>

namespace replay {
namespace {

struct Option {
    std::string name;
    std::string value; // what it takes; empty: a flag
    std::string help;
    std::function<void(Options&, const std::string&)> apply;
};

template <class Number>
Number number(const std::string& name, const std::string& text, Number low, Number high) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(value >= low && value <= high)) {
        std::string range = std::to_string(low) + " to " + std::to_string(high);
        throw UsageError(name + " takes a number from " + range + ", not \"" + text + "\"");
    }
    return value;
}

Decimal decimal(const std::string& name, const std::string& text) {
    try {
        Decimal value = Decimal::parse(text);
        if (!(value < Decimal(0))) {
            return value;
        }
    } catch (const std::invalid_argument&) { // NOLINT(bugprone-empty-catch): reported below
    }
    throw UsageError(name + " takes a decimal number such as 0.15, not \"" + text + "\"");
}

// share reads 0.05 or 5% as millionths.
int share(const std::string& name, const std::string& text) {
    const bool percent = text.ends_with('%');
    const Decimal value = decimal(name, percent ? text.substr(0, text.size() - 1) : text)
                              .per_power_of_ten(percent ? 2 : 0);
    if (Decimal(1) < value) {
        throw UsageError(name + " takes a share from 0 to 1 (or 0% to 100%), not \"" + text + "\"");
    }
    const std::string millionths =
        Decimal::ceiling_of_quotient(value * Decimal(share_whole), Decimal(1)).text();
    return number(name, millionths, 0, share_whole);
}

// model_price reads PROVIDER/MODEL=INPUT,OUTPUT[,CACHE_READ].
std::pair<PriceBook::Name, ModelPrice> model_price(const std::string& text) {
    const auto wrong = [&text](const char* what) {
        return UsageError(std::string("--price takes PROVIDER/MODEL=INPUT,OUTPUT[,CACHE_READ]; ") +
                          what + " in \"" + text + "\"");
    };
    const std::size_t equals = text.rfind('=');
    const std::size_t slash = text.find('/');
    if (equals == std::string::npos || slash == std::string::npos || slash > equals) {
        throw wrong("a \"/\" or \"=\" is missing");
    }
    std::vector<std::string> prices(1);
    for (const char c : text.substr(equals + 1)) {
        if (c == ',') {
            prices.emplace_back();
        } else {
            prices.back() += c;
        }
    }
    if (prices.size() < 2 || prices.size() > 3) {
        throw wrong("two or three prices are needed");
    }
    ModelPrice price{decimal("--price", prices[0]),
                     decimal("--price", prices[1]),
                     decimal("--price", prices[0])};
    if (prices.size() == 3) {
        price.cache_read = decimal("--price", prices[2]);
    }
    return {{text.substr(0, slash), text.substr(slash + 1, equals - slash - 1)}, price};
}

using O = Options;
using S = const std::string&;
constexpr int connections_max = 1000;
constexpr int accounts_max = 1'000'000;
constexpr int calls_limit = 1'000'000'000;
constexpr std::int64_t tokens_limit = std::int64_t{1} << 53U;

std::vector<Option> load_options() {
    return {
        {"--database",
         "CONNINFO",
         "database to use, as for psql (default: from PGHOST, PGPORT, PGDATABASE ...)",
         [](O& o, S v) {
             o.database = v;
         }},
        {"--trace",
         "FILE",
         "usage trace, plain or gzip-compressed: Azure CSV, Mooncake JSON lines, vidur CSV, or "
         "CSV\n"
         "with columns input_tokens,output_tokens[,timestamp][,account][,provider][,model]",
         [](O& o, S v) {
             o.trace = v;
         }},
        {"--calls",
         "N",
         "only the first N calls of the trace",
         [](O& o, S v) {
             o.calls_max = number("--calls", v, 1, calls_limit);
         }},
        {"--connections",
         "N",
         "connections that call at the same time (default 8)",
         [](O& o, S v) {
             o.connections = number("--connections", v, 1, connections_max);
         }},
        {"--accounts",
         "N",
         "accounts that share the calls (default 100, or the clients of --spread FILE);\n"
         "a trace with a column \"account\" brings its own",
         [](O& o, S v) {
             o.accounts = number("--accounts", v, 1, accounts_max);
         }},
        {"--spread",
         "HOW",
         "even (default), zipf, or a tar archive of ServeGen clients whose mean request rates\n"
         "become the accounts' shares",
         [](O& o, S v) {
             o.spread = v;
         }},
        {"--seed",
         "N",
         "seed of every random choice (default 1); the same seed makes the same run",
         [](O& o, S v) {
             o.seed = number("--seed", v, std::uint64_t{0}, UINT64_MAX);
         }},
        {"--speed",
         "X",
         "keep the trace's own times, X times as fast (1 = real time); default: as fast as "
         "possible",
         [](O& o, S v) {
             o.speed = number("--speed", v, 1e-3, 1e9);
         }},
        {"--keys",
         "",
         "give every authorize and settle an idempotency key",
         [](O& o, S) {
             o.keys = true;
         }},
    };
}

std::vector<Option> outcome_options() {
    return {
        {"--release-share",
         "SHARE",
         "share of calls that are cancelled: authorized, then released (0.05 or 5%)",
         [](O& o, S v) {
             o.release_share = share("--release-share", v);
         }},
        {"--fail-share",
         "SHARE",
         "share of calls that fail midway: released with reason \"failed\"",
         [](O& o, S v) {
             o.fail_share = share("--fail-share", v);
         }},
        {"--refund-share",
         "SHARE",
         "share of calls that are settled and then refunded",
         [](O& o, S v) {
             o.refund_share = share("--refund-share", v);
         }},
        {"--max-output-tokens",
         "N",
         "output tokens that authorize reckons with (default: the trace's largest);\n"
         "settle always charges the real ones",
         [](O& o, S v) {
             o.max_output_tokens = number("--max-output-tokens", v, std::int64_t{0}, tokens_limit);
         }},
        {"--grant",
         "CREDITS",
         "credits granted to each account (default: enough for the whole trace)",
         [](O& o, S v) {
             o.grant = decimal("--grant", v);
         }},
    };
}

std::vector<Option> price_options() {
    return {
        {"--provider",
         "NAME",
         "provider of calls whose trace names none (default openai)",
         [](O& o, S v) {
             o.provider = v;
         }},
        {"--model",
         "NAME",
         "model of calls whose trace names none (default gpt-4o-mini)",
         [](O& o, S v) {
             o.model = v;
         }},
        {"--input-price",
         "USD",
         "per 1M input tokens (default 0.15)",
         [](O& o, S v) {
             o.price.input = decimal("--input-price", v);
         }},
        {"--output-price",
         "USD",
         "per 1M output tokens (default 0.60)",
         [](O& o, S v) {
             o.price.output = decimal("--output-price", v);
         }},
        {"--cache-reads",
         "",
         "count the prefix that a Mooncake call shares with an earlier one as cache_read_tokens",
         [](O& o, S) {
             o.cache_reads = true;
         }},
        {"--cache-read-price",
         "USD",
         "per 1M cache_read_tokens (default 0.075)",
         [](O& o, S v) {
             o.price.cache_read = decimal("--cache-read-price", v);
         }},
        {"--price",
         "P/M=I,O[,C]",
         "prices of another provider's model that the trace names, USD per 1M input, output\n"
         "and cache-read tokens; may be repeated",
         [](O& o, S v) {
             o.more_prices.push_back(model_price(v));
         }},
    };
}

std::vector<Option> set_up_options() {
    return {
        {"--run",
         "NAME",
         "name of this run, the beginning of its account ids (default: from date and time)",
         [](O& o, S v) {
             o.run = v;
         }},
        {"--set-up",
         "",
         "configure prices, open the accounts, grant credits first (default)",
         [](O& o, S) {
             o.set_up = true;
         }},
        {"--no-set-up",
         "",
         "use the accounts, credits and prices that an earlier --run NAME left",
         [](O& o, S) {
             o.set_up = false;
         }},
        {"--replace-prices",
         "",
         "let set-up replace other prices that are configured for the same models",
         [](O& o, S) {
             o.replace_prices = true;
         }},
        {"--help",
         "",
         "this text",
         [](O& o, S) {
             o.help = true;
         }},
    };
}

struct Group {
    std::string title;
    std::vector<Option> options;
};

std::vector<Group> all_options() {
    return {{"What is called, and how", load_options()},
            {"What becomes of the calls", outcome_options()},
            {"Prices", price_options()},
            {"Set-up", set_up_options()}};
}

const Option* find(const std::vector<Group>& groups, const std::string& name) {
    for (const Group& group : groups) {
        for (const Option& option : group.options) {
            if (option.name == name) {
                return &option;
            }
        }
    }
    return nullptr;
}

void require_sense(const Options& options) {
    if (options.trace.empty()) {
        throw UsageError("--trace FILE is needed");
    }
    if (options.release_share + options.fail_share + options.refund_share > share_whole) {
        throw UsageError(
            "--release-share, --fail-share and --refund-share are more than 1 together");
    }
    if (!options.set_up && options.run.empty()) {
        throw UsageError("--no-set-up needs the --run NAME whose accounts are to be used");
    }
    if (!options.set_up && (options.grant || options.replace_prices)) {
        throw UsageError(
            "--grant and --replace-prices belong to the set-up, which --no-set-up leaves out");
    }
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    if (options.run.find_first_not_of(allowed) != std::string::npos) {
        throw UsageError("--run takes letters, digits, \"-\", \"_\" and \".\", not \"" +
                         options.run + "\"");
    }
}

} // namespace

Options read_options(const std::vector<std::string>& arguments) {
    const auto groups = all_options();
    Options options;
    options.price = {Decimal::parse("0.15"), Decimal::parse("0.60"), Decimal::parse("0.075")};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::size_t equals = arguments[i].find('=');
        const std::string name = arguments[i].substr(0, equals);
        const Option* option = find(groups, name);
        if (option == nullptr) {
            throw UsageError("there is no option \"" + name + "\"");
        }
        std::string value;
        if (option->value.empty() && equals != std::string::npos) {
            throw UsageError(name + " takes no value");
        }
        if (!option->value.empty()) {
            if (equals != std::string::npos) {
                value = arguments[i].substr(equals + 1);
            } else if (++i < arguments.size()) {
                value = arguments[i];
            } else {
                throw UsageError(name + " needs a value: " + name + " " + option->value);
            }
        }
        option->apply(options, value);
    }
    if (!options.help) {
        require_sense(options);
    }
    return options;
}

std::string help_text() {
    std::string text =
        "replay runs a usage trace through a pg_credits database: every call is authorized, then\n"
        "settled (or released, or refunded). At the end the ledger is compared with the exact sum\n"
        "of trace x prices. Exit code 0: equal; 1: something differs or failed; 2: wrong usage.\n\n"
        "usage: replay --trace FILE [--database CONNINFO] [option ...]\n";
    constexpr std::size_t help_column = 28;
    for (const Group& group : all_options()) {
        text += "\n" + group.title + "\n";
        for (const Option& option : group.options) {
            std::string left =
                "  " + option.name + (option.value.empty() ? "" : " " + option.value);
            left.resize(std::max(left.size() + 1, help_column), ' ');
            text += left;
            for (const char c : option.help) {
                text += c;
                if (c == '\n') {
                    text.append(help_column, ' ');
                }
            }
            text += "\n";
        }
    }
    return text;
}

} // namespace replay
