// Owns how tests ask a ladder for the model to call, step by step as calls do.
#pragma once

#include "core/ladder.hpp"

#include <string>

namespace credits::core::test {

inline std::string model_at(const Ladder& ladder, int rank, std::string_view asked) {
    Substitute model{asked};
    for (Substitute last{}; last.model != model.model;) {
        last = model;
        model = ladder.substitute_at(rank, model, nullptr);
    }
    return std::string(model.model);
}

} // namespace credits::core::test
