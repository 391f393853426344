// Names looked up in the price book.
#include "pg/model_names.hpp"

#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

extern "C" {
#include <utils/array.h>
}

namespace credits::pg {

namespace {

Datum texts_array(const std::vector<std::string>& texts) {
    auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * (texts.size() + 1)));
    int count = 0;
    for (const std::string& text : texts) {
        values[count++] = text_datum(text);
    }
    return PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

Rows look_up(const CallNames& names, const core::RuleWords& words, std::int64_t version) {
    static Statement statement = {
        "SELECT kind, name FROM credits.names_in_rules($1, $2, $3, $4, $5)",
        5,
        {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, INT8OID},
        nullptr};
    Parameters parameters = {};
    parameters.add(names.provider.datum);
    parameters.add(names.model.datum, !names.model.given);
    parameters.add(texts_array(words.providers));
    parameters.add(texts_array(words.models));
    parameters.add(Int64GetDatum(version));
    // What is kept outlives this transaction, so it is read as of now, as the catalogue is.
    PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
    const Rows rows = query(statement, parameters);
    PopActiveSnapshot();
    return rows;
}

core::ModelNames names_of(const core::List<std::string_view>& kinds,
                          const core::List<std::string_view>& found) {
    core::ModelNames names;
    for (std::uint32_t at = 0; at < found.size(); ++at) {
        if (kinds[at] == "provider") {
            names.provider = found[at];
        } else if (kinds[at] == "model") {
            names.model = found[at];
        } else if (kinds[at] == "other provider") {
            names.other_providers.emplace_back(found[at]);
        } else {
            names.other_models.emplace_back(found[at]);
        }
    }
    return names;
}

} // namespace

const core::ModelNames* names_in_rules(Session& session, const CallNames& names) {
    core::Catalogue& catalogue = *session.catalogue;
    if (!names.provider.given || !catalogue.rule_words().names_any) {
        return nullptr;
    }
    const std::int64_t latest = catalogue.prices().version();
    const std::int64_t version = names.price_version == 0 ? latest : names.price_version;
    if (const auto* known = catalogue.find_names(names.provider.view, names.model.view, version)) {
        return known;
    }
    const Rows rows = look_up(names, catalogue.rule_words(), version);
    core::List<std::string_view> kinds;
    core::List<std::string_view> found;
    RaisingArena arena;
    for (std::uint64_t at = 0; at < rows.count; ++at) {
        bool is_null = false;
        kinds.push_back(arena, text_view(column(rows, at, 1, is_null)));
        found.push_back(arena, text_view(column(rows, at, 2, is_null)));
    }
    return compute_or_raise([&] {
        return &catalogue.keep_names(
            names.provider.view, names.model.view, version, names_of(kinds, found));
    });
}

} // namespace credits::pg
