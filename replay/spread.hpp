// Owns how unevenly accounts call: weights by rank, or the mean request rates of ServeGen's
// clients. Must never decide an amount: weights only choose which account makes a call.
#pragma once

#include "plan.hpp"

#include <string>
#include <vector>

namespace replay {

// zipf_weights gives the account of rank k the weight 1/k.
std::vector<double> zipf_weights(std::size_t accounts);

// servegen_weights reads the mean rate of every client of a ServeGen archive (tar, plain or
// gzip-compressed, with files chunk-N-trace.csv), busiest first; clients that never call are left
// out.
std::vector<double> servegen_weights(const std::string& path);

// mean_rate averages the rate (second column) over the windows of one client's CSV;
// std::invalid_argument where a line has none.
double mean_rate(const std::string& csv);

// WeightedChoice draws indexes in proportion to their weights.
class WeightedChoice {
  public:
    explicit WeightedChoice(const std::vector<double>& weights);
    std::size_t draw(Random& random) const;

  private:
    std::vector<double> sums_;
};

} // namespace replay
