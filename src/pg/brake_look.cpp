// Looking at all stripes, and moving allowance between them.
#include "pg/brake_look.hpp"

#include "core/escrow_bytes.hpp"

#include "pg/boundary.hpp"
#include "pg/brake_notes.hpp"
#include "pg/server_arena.hpp"

namespace credits::pg {

namespace {

constexpr long moment_us = 1000;
constexpr int moments_for_a_stripe = 10'000;
constexpr int moments_for_allowance = 50;
constexpr int looks_max = 1000;

void wait_a_moment() {
    CHECK_FOR_INTERRUPTS();
    pg_usleep(moment_us);
}

// Waiting for what others hold has been in vain until then: they are no short transactions.
TimestampTz in_vain_until = 0;

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): call holds a reference, so is given
struct Turn {
    Relation stripes = nullptr;
    LookFor call;
    StripeRow hand;
};

struct Given {
    std::string_view bytes;
    core::Decimal amounts[needs_max];
};

// collect_from asks one donor for all that is planned of it.
void collect_from(const Turn& turn,
                  const core::EscrowPlan& plan,
                  int donor,
                  core::List<core::Decimal>& given) {
    StripeRow row;
    if (!read_stripe_row(turn.stripes, donor, row) || !row.is_free) {
        return;
    }
    ServerArena arena;
    const Given got = compute_or_raise([&] {
        Given result;
        core::Stripe stripe = core::read_stripe(row.bytes, arena);
        for (const core::Gift& gift : plan.gifts) {
            if (gift.donor == donor) {
                result.amounts[gift.need] = core::give(stripe,
                                                       *turn.call.needs[gift.need].terms,
                                                       plan.findings[gift.need],
                                                       gift.amount,
                                                       arena);
            }
        }
        result.bytes = core::write_stripe(stripe, arena);
        return result;
    });
    if (!write_stripe_row(turn.stripes, row, got.bytes)) {
        return;
    }
    compute_or_raise([&] {
        for (std::uint32_t at = 0; at < given.size(); ++at) {
            given[at] = given[at] + got.amounts[at];
        }
        return true;
    });
}

core::List<core::Decimal> collect(const Turn& turn, const core::EscrowPlan& plan) {
    RaisingArena arena;
    core::List<core::Decimal> given;
    for (std::uint32_t at = 0; at < turn.call.needs.size(); ++at) {
        given.push_back(arena, {});
    }
    for (std::uint32_t at = 0; at < plan.gifts.size(); ++at) {
        const int donor = plan.gifts[at].donor;
        bool asked = false;
        for (std::uint32_t before = 0; before < at; ++before) {
            asked = asked || plan.gifts[before].donor == donor;
        }
        if (!asked) {
            collect_from(turn, plan, donor, given);
        }
    }
    return given;
}

struct Spent {
    bool fits = false;
    bool owes = false;
    std::string_view bytes;
};

Spent spend_planned(const Turn& turn,
                    const core::EscrowPlan& plan,
                    const core::List<core::Decimal>& given) {
    ServerArena arena;
    return compute_or_raise([&] {
        Spent spent;
        core::StripeSight sight{core::read_stripe(turn.hand.bytes, arena), true};
        spent.fits = core::admit_planned(sight.stripe, turn.call.needs, plan, given, arena);
        spent.bytes =
            core::write_stripe(core::without_ended(sight.stripe, turn.call.now, arena), arena);
        core::List<core::StripeSight> alone;
        alone.push_back(arena, sight);
        for (const core::Need& need : turn.call.needs) {
            spent.owes = spent.owes || core::owes(alone, *need.terms);
        }
        return spent;
    });
}

// ring gives a warning, unless it has been given; where another transaction is about to, whether it
// does is seen by the next call.
void ring(const Turn& turn, std::uint32_t need, core::EscrowPlan& plan) {
    core::NeedFinding& finding = plan.findings[need];
    StripeRow bell;
    if (!read_stripe_row(turn.stripes, bell_stripe, bell) || !bell.is_free) {
        return;
    }
    const core::EscrowTerms& terms = *turn.call.needs[need].terms;
    ServerArena arena;
    bool is_first = false;
    const std::string_view bytes = compute_or_raise([&] {
        core::Stripe stripe = core::read_stripe(bell.bytes, arena);
        is_first = core::note_warning(stripe, terms, finding, arena);
        return core::write_stripe(stripe, arena);
    });
    if (is_first && !write_stripe_row(turn.stripes, bell, bytes)) {
        return;
    }
    finding.knows_warned = true;
    if (is_first) {
        const core::Decimal spent =
            compute_or_raise([&] { return finding.used + turn.call.needs[need].amount; });
        note_warning({&terms, finding.window, spent, turn.call.now});
    }
}

// carry_out does what is planned; false where others were quicker at some of it.
bool carry_out(Turn& turn, core::EscrowPlan& plan) {
    const core::List<core::Decimal> given = collect(turn, plan);
    Spent spent = spend_planned(turn, plan, given);
    if (spent.fits) {
        bool rings = false;
        for (std::uint32_t at = 0; at < plan.findings.size(); ++at) {
            if (plan.findings[at].warns) {
                ring(turn, at, plan);
                rings = true;
            }
        }
        spent = rings ? spend_planned(turn, plan, given) : spent;
    }
    if (!read_stripe_row(turn.stripes, turn.hand.number, turn.hand) ||
        !write_stripe_row(turn.stripes, turn.hand, spent.bytes)) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("a stripe of the platform's allowance was changed under its lock"),
                 errdetail("stripe %d", turn.hand.number),
                 errhint("another session changes tables of pg_credits directly")));
    }
    if (spent.owes) {
        announce_debt();
    }
    return spent.fits;
}

void lock_stripe(Turn& turn, int first) {
    do {
        find_free_stripe(turn.stripes, first, turn.hand);
    } while (!lock_stripe_row(turn.stripes, turn.hand));
}

// Only a transaction that has changed no stripe yet sees what all others see.
core::EscrowPlan plan_turn(const Turn& turn) {
    if (!turn.call.has_changes) {
        forget_debts();
    }
    const core::List<core::StripeSight> sights = see_all(turn.stripes);
    ServerArena arena;
    const core::EscrowPlan plan = compute_or_raise([&] {
        return core::plan_call(sights,
                               static_cast<std::uint32_t>(turn.hand.number),
                               turn.call.needs,
                               turn.call.is_forced,
                               arena);
    });
    for (const core::NeedFinding& finding : plan.findings) {
        if (finding.has_debts) {
            expect_debts();
        }
    }
    return plan;
}

void take_turns(Turn& turn, Look& look) {
    int moments = 0;
    core::EscrowPlan plan;
    for (int looks = 0; !look.admitted && looks < looks_max; ++looks) {
        plan = plan_turn(turn);
        if (plan.admitted) {
            turn.call.has_changes = true;
            look.admitted = carry_out(turn, plan);
            read_stripe_row(turn.stripes, turn.hand.number, turn.hand);
            continue;
        }
        if (!plan.may_come_free || moments == moments_for_allowance ||
            GetCurrentTimestamp() < in_vain_until) {
            break;
        }
        wait_a_moment();
        ++moments;
    }
    if (moments == moments_for_allowance && !look.admitted) {
        in_vain_until = GetCurrentTimestamp() + core::micros_per_second;
    }
    look.is_overtaken = plan.admitted && !look.admitted;
    look.stripe = turn.hand.number;
    for (std::uint32_t at = 0; at < plan.findings.size(); ++at) {
        look.findings[at] = plan.findings[at];
        look.spent[at] = plan.findings[at].used;
        if (look.admitted) {
            look.spent[at] = compute_or_raise(
                [&] { return plan.findings[at].used + turn.call.needs[at].amount; });
        }
    }
}

} // namespace

void find_free_stripe(Relation stripes, int first, StripeRow& row) {
    for (int moments = 0; moments < moments_for_a_stripe; ++moments) {
        int found = 0;
        for (int step = 0; step < core::stripe_count; ++step) {
            const bool is_there =
                read_stripe_row(stripes, (first + step) % core::stripe_count, row);
            if (is_there && row.is_free) {
                return;
            }
            found += is_there ? 1 : 0;
        }
        if (found == 0) {
            ereport(ERROR,
                    (errcode(ERRCODE_DATA_CORRUPTED),
                     errmsg("the stripes of the platform's allowance are missing"),
                     errdetail("credits.platform_stripe must hold rows 0 to 64"),
                     errhint("INSERT INTO credits.platform_stripe SELECT n, '' FROM "
                             "generate_series(0, 64) n")));
        }
        wait_a_moment();
    }
    ereport(ERROR,
            (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
             errmsg("every stripe of the platform's allowance is in use"),
             errdetail("%d other transactions have been open for a while after they spent from it",
                       core::stripe_count),
             errhint("end transactions soon after the calls in them; then repeat this one")));
}

core::List<core::StripeSight> see_all(Relation stripes) {
    RaisingArena raising;
    core::List<core::StripeSight> sights;
    for (int number = 0; number < core::stripe_count; ++number) {
        StripeRow row;
        core::StripeSight sight;
        if (read_stripe_row(stripes, number, row)) {
            sight.is_free = row.is_free;
            ServerArena arena;
            sight.stripe = compute_or_raise([&] { return core::read_stripe(row.bytes, arena); });
        }
        sights.push_back(raising, sight);
    }
    return sights;
}

Look look_at_all(Relation stripes, int first, const LookFor& look_for) {
    MemoryContext memory = AllocSetContextCreate(
        CurrentMemoryContext, "pg_credits look at all stripes", ALLOCSET_DEFAULT_SIZES);
    MemoryContext caller = MemoryContextSwitchTo(memory);
    Turn turn{stripes, look_for, {}};
    Look look;
    lock_stripe(turn, first);
    take_turns(turn, look);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(memory);
    return look;
}

} // namespace credits::pg
