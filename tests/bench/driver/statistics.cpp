#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

namespace bench {

double percentile(Series values, double share) {
  auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  auto nth = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

double median(Series values) {
  std::sort(values.begin(), values.end());
  std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Series differences(const Series& of, const Series& from) {
  Series result(of.size());
  std::transform(of.begin(), of.end(), from.begin(), result.begin(), std::minus<>());
  return result;
}

Series ratios(const Series& of, const Series& to) {
  Series result(of.size());
  std::transform(of.begin(), of.end(), to.begin(), result.begin(), std::divides<>());
  return result;
}

std::string fixed(double value, int decimals) {
  char text[64];
  int size = std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return {text, static_cast<std::size_t>(size)};
}

std::string spread(const Series& values, int decimals, double scale) {
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fixed(median(values) * scale, decimals) + " [" + fixed(*least * scale, decimals) + ".." +
         fixed(*most * scale, decimals) + "]";
}

}  // namespace bench
