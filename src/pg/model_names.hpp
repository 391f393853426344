// What the names of a call's provider and model mean to rules. Owns asking the price book, once a
// name and version in each copy of the catalogue.
#pragma once

#include "core/model_names.hpp"

#include "pg/rules.hpp"

namespace credits::pg {

// names_in_rules is null where no rule tells calls apart by provider or model, or the call names no
// provider: then the names that it gives are all there is. A name that means nothing, or more than
// one model, stands for itself.
const core::ModelNames* names_in_rules(Session& session, const CallNames& names);

} // namespace credits::pg
