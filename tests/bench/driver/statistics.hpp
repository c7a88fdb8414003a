#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

// One value a round.
using Series = std::vector<double>;

// At `share` (0..1) of the values in order, by the nearest rank. `values` is not empty.
double percentile(Series values, double share);
// The middle one, or the mean of the two middle ones. `values` is not empty.
double median(Series values);
// Round by round; both have the same length.
Series differences(const Series& of, const Series& from);
Series ratios(const Series& of, const Series& to);

// "median [smallest..largest]" with `decimals` places, each value times `scale`.
std::string spread(const Series& values, int decimals, double scale = 1);
std::string fixed(double value, int decimals);

}  // namespace bench
