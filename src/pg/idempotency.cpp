// Fingerprints field by field, so that a conflict can name what differs.
#include "pg/idempotency.hpp"

#include "pg/catalogue.hpp"
#include "pg/statement.hpp"

extern "C" {
#include <common/hashfn.h>
}

namespace credits::pg {

namespace {

constexpr std::uint64_t hash_seed = 0x70675F6372656469; // any fixed value
constexpr std::size_t header_size = 3;

struct VerbArguments {
    Verb verb;
    const char* name;
    const char* arguments[fingerprint_arguments_max];
};

constexpr VerbArguments verb_table[] = {
    {Verb::grant,
     "grant",
     {"amount",
      "source",
      "expires_at",
      "priority",
      "category",
      "price_paid",
      "effective_at",
      "rollover_min",
      "rollover_max"}},
    {Verb::deduct,
     "deduct",
     {"amount", "action", "provider", "model", "usage", "member_id", "occurred_at"}},
    {Verb::authorize, "authorize", {"amount", "action", "provider", "model", "usage", "member_id"}},
    {Verb::settle, "settle", {"hold_no", "usage", "amount"}},
    {Verb::refund, "refund", {"entry_no", "amount", "reason"}},
    {Verb::record_cost, "record_cost", {"provider", "model", "usage", "member_id", "occurred_at"}},
};

const VerbArguments* arguments_of(std::uint8_t verb) {
    for (const VerbArguments& entry : verb_table) {
        if (static_cast<std::uint8_t>(entry.verb) == verb) {
            return &entry;
        }
    }
    return nullptr;
}

void put_hash(Fingerprint& fingerprint, int argument, std::uint64_t hash) {
    fingerprint.given = static_cast<std::uint16_t>(fingerprint.given | (1U << argument));
    fingerprint.hashes[argument] = hash;
}

std::uint64_t hash_of(const void* data, std::size_t size) {
    return hash_bytes_extended(
        static_cast<const unsigned char*>(data), static_cast<int>(size), hash_seed);
}

struct Unpacked {
    std::uint8_t verb;
    std::uint16_t given;
    std::uint64_t hashes[fingerprint_arguments_max];
};

Unpacked unpack(Datum stored) {
    Unpacked unpacked = {};
    const bytea* data = DatumGetByteaPP(stored);
    const char* at = VARDATA_ANY(data);
    const char* end = at + VARSIZE_ANY_EXHDR(data);
    memcpy(&unpacked.verb, at, sizeof(unpacked.verb));
    memcpy(&unpacked.given, at + sizeof(unpacked.verb), sizeof(unpacked.given));
    at += header_size;
    for (int argument = 0; argument < fingerprint_arguments_max && at < end; ++argument) {
        if ((unpacked.given & (1U << argument)) != 0) {
            memcpy(&unpacked.hashes[argument], at, sizeof(std::uint64_t));
            at += sizeof(std::uint64_t);
        }
    }
    return unpacked;
}

// The forgotten use of a key may be pruned at this very moment, so it is not simply updated.
void replace_forgotten(const StoredRow& row) {
    static Statement statement = {
        "INSERT INTO credits.idempotency_key (account_id, key, fingerprint, result_no, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, key) DO UPDATE"
        " SET fingerprint = EXCLUDED.fingerprint, result_no = EXCLUDED.result_no,"
        " created_at = EXCLUDED.created_at",
        key_column::count,
        {TEXTOID, TEXTOID, BYTEAOID, INT8OID, TIMESTAMPTZOID},
        nullptr};
    Parameters parameters = {};
    for (const Datum value : row.values) {
        if (parameters.count < key_column::count) {
            parameters.add(value);
        }
    }
    execute(statement, parameters);
}

void append_name(char* names, std::size_t size, const char* name) {
    const std::size_t used = strlen(names);
    snprintf(names + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

} // namespace

void Fingerprint::add(int argument, const TextArgument& text) {
    if (text.given) {
        put_hash(*this, argument, hash_of(text.view.data(), text.view.size()));
    }
}

void Fingerprint::add(int argument, const JsonArgument& json) {
    if (json.given) {
        put_hash(*this,
                 argument,
                 DatumGetUInt64(DirectFunctionCall2(
                     jsonb_hash_extended, JsonbPGetDatum(json.value), UInt64GetDatum(hash_seed))));
    }
}

void Fingerprint::add(int argument, const std::optional<core::Credits>& amount) {
    if (amount) {
        put_hash(*this, argument, hash_of(&amount->steps, sizeof(amount->steps)));
    }
}

void Fingerprint::add(int argument, const std::optional<core::Decimal>& value) {
    if (value) {
        const std::uint64_t scale = static_cast<std::uint64_t>(value->scale);
        put_hash(*this, argument, hash_of(&value->coefficient, sizeof(value->coefficient)) ^ scale);
    }
}

void Fingerprint::add(int argument, const std::optional<std::int64_t>& number) {
    if (number) {
        put_hash(*this, argument, hash_of(&*number, sizeof(*number)));
    }
}

Datum stored_form(const Fingerprint& fingerprint) {
    std::size_t size = header_size;
    for (int argument = 0; argument < fingerprint_arguments_max; ++argument) {
        size += (fingerprint.given & (1U << argument)) != 0 ? sizeof(std::uint64_t) : 0;
    }
    auto* stored = static_cast<bytea*>(palloc(VARHDRSZ + size));
    SET_VARSIZE(stored, VARHDRSZ + size);
    char* at = VARDATA(stored);
    memcpy(at, &fingerprint.verb, sizeof(fingerprint.verb));
    memcpy(at + sizeof(fingerprint.verb), &fingerprint.given, sizeof(fingerprint.given));
    at += header_size;
    for (int argument = 0; argument < fingerprint_arguments_max; ++argument) {
        if ((fingerprint.given & (1U << argument)) != 0) {
            memcpy(at, &fingerprint.hashes[argument], sizeof(std::uint64_t));
            at += sizeof(std::uint64_t);
        }
    }
    return PointerGetDatum(stored);
}

Verb verb_of(Datum stored_form) {
    return static_cast<Verb>(unpack(stored_form).verb);
}

void differences(Datum left, Datum right, char* names, std::size_t size) {
    names[0] = '\0';
    const Unpacked first = unpack(left);
    const Unpacked second = unpack(right);
    if (first.verb != second.verb) {
        const VerbArguments* was = arguments_of(first.verb);
        snprintf(names, size, "the call (it was %s)", was == nullptr ? "another" : was->name);
        return;
    }
    const VerbArguments* known = arguments_of(first.verb);
    for (int argument = 0; argument < fingerprint_arguments_max; ++argument) {
        const unsigned bit = 1U << argument;
        if ((first.given & bit) != (second.given & bit) ||
            first.hashes[argument] != second.hashes[argument]) {
            append_name(names, size, known == nullptr ? "arguments" : known->arguments[argument]);
        }
    }
}

bool is_forgotten(core::Instant used_at, core::Instant now) {
    return used_at < now - platform_settings().idempotency_days * core::micros_per_day;
}

KeyFinding look_up_key(Work& work,
                       Datum account_id,
                       const TextArgument& key,
                       const Fingerprint& fingerprint,
                       core::Instant now) {
    KeyFinding finding = {};
    finding.use.key = key;
    finding.use.fingerprint = stored_form(fingerprint);
    const Datum lookup[] = {account_id, key.datum};
    StoredRow row;
    if (!find_row(work, Table::idempotency_key, lookup, RowLock::none, row)) {
        finding.state = KeyState::unused;
        return finding;
    }
    finding.created_at = DatumGetTimestampTz(row.values[key_column::created_at]);
    if (is_forgotten(finding.created_at, now)) {
        finding.state = KeyState::unused;
        finding.use.replaces = true;
        return finding;
    }
    finding.result_no = DatumGetInt64(row.values[key_column::result_no]);
    differences(row.values[key_column::fingerprint],
                finding.use.fingerprint,
                finding.differs,
                sizeof(finding.differs));
    finding.state = finding.differs[0] == '\0' ? KeyState::replay : KeyState::conflict;
    return finding;
}

void write_key(Work& work, Datum account_id, const KeyUse& use, core::Instant now) {
    StoredRow row;
    row.values[key_column::account_id] = account_id;
    row.values[key_column::key] = use.key.datum;
    row.values[key_column::fingerprint] = use.fingerprint;
    row.values[key_column::result_no] = Int64GetDatum(use.result_no);
    row.values[key_column::created_at] = TimestampTzGetDatum(now);
    for (int at = 0; at < key_column::count; ++at) {
        row.nulls[at] = false;
    }
    if (use.replaces) {
        replace_forgotten(row);
    } else {
        insert_row(work, Table::idempotency_key, row);
    }
}

} // namespace credits::pg
