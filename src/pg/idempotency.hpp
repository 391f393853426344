// Idempotency keys: one namespace per account, and a fingerprint of what each was used for.
#pragma once

#include "core/arena.hpp"
#include "core/calendar.hpp"
#include "core/money.hpp"

#include "pg/arguments.hpp"
#include "pg/storage.hpp"

namespace credits::pg {

enum class Verb : std::uint8_t { grant = 1, deduct, authorize, settle, refund, record_cost };

inline constexpr int fingerprint_arguments_max = 10;

// Fingerprint is the verb, which arguments were given, and 8 bytes for each of these. Argument
// numbers index argument_names of the verb.
struct Fingerprint {
    Verb verb = Verb::grant;
    std::uint16_t given{};
    std::uint64_t hashes[fingerprint_arguments_max] = {};

    void add(int argument, const TextArgument& text);
    void add(int argument, const JsonArgument& json);
    void add(int argument, const std::optional<core::Credits>& amount);
    void add(int argument, const std::optional<core::Decimal>& value);
    void add(int argument, const std::optional<std::int64_t>& number);
};

// KeyUse is a key that this call makes use of, written with everything else.
struct KeyUse {
    TextArgument key{};
    Datum fingerprint{};
    std::int64_t result_no{};
    bool replaces{}; // a forgotten use of the same key
};

enum class KeyState { unused, replay, conflict };

struct KeyFinding {
    KeyState state = KeyState::unused;
    std::int64_t result_no{};
    core::Instant created_at{};
    char differs[256] = {}; // what the first use did otherwise
    KeyUse use{};           // to be completed and written where unused
};

// stored_form packs a fingerprint into a bytea.
Datum stored_form(const Fingerprint& fingerprint);

Verb verb_of(Datum stored_form);

// differences names the arguments in which two stored forms differ; empty where none does.
void differences(Datum left, Datum right, char* names, std::size_t size);

// look_up_key tells what a key was used for; a use older than the configured days is forgotten.
KeyFinding look_up_key(Work& work,
                       Datum account_id,
                       const TextArgument& key,
                       const Fingerprint& fingerprint,
                       core::Instant now);

// is_forgotten: a use so old that its key counts as new, pruned or not.
bool is_forgotten(core::Instant used_at, core::Instant now);

void write_key(Work& work, Datum account_id, const KeyUse& use, core::Instant now);

} // namespace credits::pg
