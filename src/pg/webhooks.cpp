// Webhooks as they come in: who signed the body, and what it says. No table is read. Bodies are
// UTF-8, whatever the database's encoding: that is what was signed.
#include "core/json_reader.hpp"
#include "core/payment_event.hpp"
#include "core/webhook_signature.hpp"

#include "pg/boundary.hpp"
#include "pg/json_text.hpp"
#include "pg/server_arena.hpp"
#include "pg/verbs.hpp"

extern "C" {
#include <common/hmac.h>
#include <common/sha2.h>
#include <utils/array.h>
}

namespace credits::pg {

namespace {

// What an HMAC is made of; the message may come in parts.
struct Message {
    std::string_view stamp;
    std::string_view separator;
    std::string_view body;
};

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool update_hmac(pg_hmac_ctx* context, std::string_view part) {
    return pg_hmac_update(context, bytes_of(part), part.size()) >= 0;
}

void sign(std::string_view secret, const Message& message, std::uint8_t* digest) {
    pg_hmac_ctx* context = pg_hmac_create(PG_SHA256);
    if (context == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    }
    const bool done = pg_hmac_init(context, bytes_of(secret), secret.size()) >= 0 &&
                      update_hmac(context, message.stamp) &&
                      update_hmac(context, message.separator) &&
                      update_hmac(context, message.body) &&
                      pg_hmac_final(context, digest, PG_SHA256_DIGEST_LENGTH) >= 0;
    const char* fault = done ? nullptr : pg_hmac_error(context);
    pg_hmac_free(context);
    if (!done) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR), errmsg("the HMAC was not computed: %s", fault)));
    }
}

std::string_view hex_digest(std::string_view secret, const Message& message) {
    std::uint8_t digest[PG_SHA256_DIGEST_LENGTH];
    sign(secret, message, digest);
    constexpr std::size_t length = 2 * sizeof(digest);
    auto* hex = static_cast<char*>(palloc(length));
    hex_encode(reinterpret_cast<const char*>(digest), sizeof(digest), hex);
    return {hex, length};
}

std::string_view utf8_of(FunctionCallInfo call, int at, const char* name) {
    require_given(call, at, name);
    const std::string_view text = text_of(call->args[at].value, false).view;
    const char* utf8 = pg_server_to_any(text.data(), static_cast<int>(text.size()), PG_UTF8);
    return utf8 == text.data() ? text : std::string_view(utf8);
}

// An empty secret would let through whatever was signed with none.
core::List<std::string_view> read_secrets(FunctionCallInfo call, int at) {
    require_given(call, at, "secrets");
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(DatumGetArrayTypeP(call->args[at].value),
                      TEXTOID,
                      -1,
                      false,
                      TYPALIGN_INT,
                      &elements,
                      &nulls,
                      &count);
    RaisingArena arena;
    core::List<std::string_view> secrets;
    for (int i = 0; i < count; ++i) {
        if (nulls[i]) {
            raise_null("an element of secrets");
        }
        secrets.push_back(arena, text_of(elements[i], false).view);
        if (secrets.back().empty()) {
            raise_invalid("a secret must not be empty",
                          "anybody can sign with an empty secret",
                          "configure stripe.webhook_secret");
        }
    }
    if (secrets.empty()) {
        raise_invalid("there is no secret to verify the signature with",
                      "the array of secrets is empty",
                      "configure stripe.webhook_secret");
    }
    return secrets;
}

std::int64_t seconds_since_1970(core::Instant instant) {
    constexpr std::int64_t days =
        static_cast<std::int64_t>(POSTGRES_EPOCH_JDATE) - UNIX_EPOCH_JDATE;
    const std::int64_t micros = instant % core::micros_per_second;
    return (instant - micros) / core::micros_per_second - (micros < 0 ? 1 : 0) +
           days * core::micros_per_day / core::micros_per_second;
}

struct Words {
    const char* sentence;
    const char* hint;
};

Words words_of(core::SignatureVerdict verdict) {
    switch (verdict) {
    case core::SignatureVerdict::malformed_header:
        return {"the signature cannot be read",
                "give the header Stripe-Signature as it came: t=SECONDS,v1=SIGNATURE"};
    case core::SignatureVerdict::no_v1_signature:
        return {"the signature's header has none of scheme v1",
                "give the header Stripe-Signature as it came: t=SECONDS,v1=SIGNATURE"};
    case core::SignatureVerdict::timestamp_too_old:
        return {"the signature is older than 300 seconds",
                "an event that comes late is signed anew each time it is sent; compare the clocks"};
    case core::SignatureVerdict::no_matching_signature:
    case core::SignatureVerdict::accepted:
        break;
    }
    return {"no signature of the header is that of the payload",
            "give the body byte for byte as it came, and look whether stripe.webhook_secret is "
            "that of this endpoint"};
}

[[noreturn]] void
raise_unverified(core::SignatureVerdict verdict, std::int64_t stamped_at, std::int64_t at) {
    JsonObject detail;
    detail.add_text("reason", core::name_of(verdict));
    if (verdict == core::SignatureVerdict::timestamp_too_old) {
        detail.add_raw("signed_at", psprintf(INT64_FORMAT, stamped_at));
        detail.add_raw("age", psprintf(INT64_FORMAT, at - stamped_at));
    }
    const Words words = words_of(verdict);
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
             errmsg("%s", words.sentence),
             errdetail("%s", detail.text()),
             errhint("%s", words.hint)));
    pg_unreachable();
}

struct ReadHeader {
    core::SignatureVerdict verdict{};
    core::SignatureHeader header;
};

} // namespace

Datum hmac_sha256(FunctionCallInfo call) {
    require_given(call, 0, "message");
    require_given(call, 1, "secret");
    const std::string_view message = text_of(call->args[0].value, false).view;
    const std::string_view secret = text_of(call->args[1].value, false).view;
    auto* result = static_cast<bytea*>(palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH));
    SET_VARSIZE(result, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
    sign(secret, {{}, {}, message}, reinterpret_cast<std::uint8_t*>(VARDATA(result)));
    return PointerGetDatum(result);
}

Datum verify_signature(FunctionCallInfo call) {
    const std::string_view payload = utf8_of(call, 0, "payload");
    const std::string_view signature = utf8_of(call, 1, "signature");
    const core::List<std::string_view> secrets = read_secrets(call, 2);
    require_given(call, 3, "at");
    const std::int64_t at = seconds_since_1970(*read_instant(call, 3, "at"));
    ServerArena arena;
    const ReadHeader read = compute_or_raise([&] {
        ReadHeader result;
        result.verdict = core::read_signature_header(signature, arena, result.header);
        return result;
    });
    if (read.verdict != core::SignatureVerdict::accepted) {
        raise_unverified(read.verdict, 0, at);
    }
    RaisingArena digest_arena;
    core::List<std::string_view> digests;
    for (const std::string_view secret : secrets) {
        digests.push_back(digest_arena, hex_digest(secret, {read.header.stamp, ".", payload}));
    }
    const core::SignatureVerdict verdict =
        compute_or_raise([&] { return core::judge_signature(read.header, digests, at); });
    if (verdict != core::SignatureVerdict::accepted) {
        raise_unverified(verdict, read.header.stamped_at, at);
    }
    return 0;
}

Datum event_facts(FunctionCallInfo call) {
    const std::string_view payload = utf8_of(call, 0, "payload");
    ServerArena arena;
    const std::string_view facts = compute_or_raise([&] {
        const core::Json body = core::read_json(arena, payload);
        return core::copy_text(arena, core::json_text(core::payment_event_facts(body, arena)));
    });
    // copy_text ends with a zero byte, so the view is a C string too.
    const char* text = pg_any_to_server(facts.data(), static_cast<int>(facts.size()), PG_UTF8);
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

} // namespace credits::pg
