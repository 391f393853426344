// Prices without an account: cost in both forms.
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/verbs.hpp"

namespace credits::pg {

namespace {

Datum cost_at(const TextArgument& provider,
              const TextArgument& model,
              const core::Usage& usage,
              core::Instant moment) {
    const core::PriceBook& prices = catalogue().prices();
    const core::PricedUsage priced =
        compute_or_raise([&] { return prices.price(provider.view, model.view, usage, moment); });
    if (priced.fault == core::PricingFault::none) {
        return numeric_datum(priced.cost);
    }
    const bool no_model = priced.fault == core::PricingFault::unknown_model;
    const std::string_view subject = no_model ? model.view : priced.metric;
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("there is no price for \"%s\"", shortened(subject)),
             errdetail(no_model ? "the provider has no model of that name in the price book"
                                : "neither the metric nor its parent has a price at that time"),
             errhint("add the price with credits.configure, dated from when it is in force")));
    pg_unreachable();
}

} // namespace

Datum cost(FunctionCallInfo call) {
    Work work;
    start_work(work, false);
    const TextArgument provider = read_required_text(call, 0, "provider");
    const TextArgument model = read_required_text(call, 1, "model");
    const JsonArgument usage = read_json(call, 2);
    if (!usage.given) {
        raise_invalid("usage must not be null",
                      "argument usage",
                      "give what was used, for example {\"input_tokens\": 500}");
    }
    const core::Instant moment = read_instant(call, 3, "at").value_or(current_instant());
    const Datum result = cost_at(provider, model, read_usage(usage), moment);
    close_work(work);
    return result;
}

Datum cost_of_tokens(FunctionCallInfo call) {
    Work work;
    start_work(work, false);
    const TextArgument provider = read_required_text(call, 0, "provider");
    const TextArgument model = read_required_text(call, 1, "model");
    const core::UsageItem items[] = {
        {"input_tokens", {read_required_number(call, 2, "input_tokens"), 0}},
        {"output_tokens", {read_required_number(call, 3, "output_tokens"), 0}}};
    const Datum result = cost_at(provider, model, {items, 2, true}, current_instant());
    close_work(work);
    return result;
}

} // namespace credits::pg
