// Prices without an account: cost in both forms, and its lines.
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/price_rows.hpp"
#include "pg/row_output.hpp"
#include "pg/rows.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

// Question of one cost call: what was used, of which model, when.
struct Question {
    TextArgument provider;
    TextArgument model;
    core::Usage usage;
    core::PricedAt at;
};

// Once a model is known, its price needs nothing of the server: no table is opened for it.
void know(const Question& question) {
    if (catalogue_is_current() && catalogue().prices().knows(question.provider.view,
                                                             question.model.view,
                                                             core::latest_version)) {
        return;
    }
    Work work;
    start_work(work, false);
    know_prices(
        catalogue().prices(), question.provider.view, question.model.view, core::latest_version);
    close_work(work);
}

void check(const Question& question, const core::PricedUsage& priced) {
    if (priced.fault == core::PricingFault::none) {
        return;
    }
    if (priced.fault == core::PricingFault::unknown_model) {
        ereport(
            ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg(
                 "%s",
                 no_price_text(question.provider.view, question.model.view, question.model.view)),
             errdetail("the price book has no model of that name, alias or rule; upper and lower "
                       "case differ"),
             errhint("SELECT DISTINCT provider, model FROM credits.price_history lists the "
                     "models; credits.configure and credits.import_prices add prices")));
    }
    ereport(
        ERROR,
        (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
         errmsg("%s", no_price_text(question.provider.view, question.model.view, priced.metric)),
         errdetail("neither the metric nor its parent has a price that is in force then and "
                   "whose conditions the call meets"),
         errhint("credits.price_history shows the model's prices; usage keys are those of "
                 "docs/pricing.md, such as input_tokens")));
}

Question read_question(FunctionCallInfo call) {
    Question question = {};
    question.provider = read_required_text(call, 0, "provider");
    question.model = read_required_text(call, 1, "model");
    const JsonArgument usage = read_json(call, 2);
    if (!usage.given) {
        raise_null("usage");
    }
    question.usage = read_usage(usage);
    question.at.moment = read_instant(call, 3, "at").value_or(current_instant());
    return question;
}

Datum cost_of(const Question& question) {
    know(question);
    const core::PriceBook& prices = catalogue().prices();
    const core::PricedUsage priced = compute_or_raise([&] {
        return prices.price(
            question.provider.view, question.model.view, question.usage, question.at);
    });
    check(question, priced);
    return numeric_datum(priced.cost);
}

} // namespace

Datum cost(FunctionCallInfo call) {
    return cost_of(read_question(call));
}

Datum cost_of_tokens(FunctionCallInfo call) {
    Question question = {};
    question.provider = read_required_text(call, 0, "provider");
    question.model = read_required_text(call, 1, "model");
    const core::UsageItem items[] = {
        {"input_tokens", {read_required_number(call, 2, "input_tokens"), 0}},
        {"output_tokens", {read_required_number(call, 3, "output_tokens"), 0}}};
    question.usage.items = items;
    question.usage.count = std::size(items);
    question.usage.given = true;
    question.at.moment = current_instant();
    return cost_of(question);
}

Datum cost_breakdown(FunctionCallInfo call) {
    begin_rows(call);
    const Question question = read_question(call);
    know(question);
    const core::PriceBook& prices = catalogue().prices();
    ServerArena arena;
    core::PriceLines lines{arena, {}};
    const core::PricedUsage priced = compute_or_raise([&] {
        return prices.explain(
            question.provider.view, question.model.view, question.usage, question.at, lines);
    });
    check(question, priced);
    for (const core::PriceLine& line : lines.list) {
        RowValues row = {};
        row.add(text_datum(line.metric));
        row.add(numeric_datum(line.quantity));
        row.add(numeric_datum(line.unit_price));
        row.add(numeric_datum(line.per));
        row.add(numeric_datum(line.cost));
        put_row(call, row);
    }
    return 0;
}

} // namespace credits::pg
