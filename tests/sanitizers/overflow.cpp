// A signed addition that overflows: UndefinedBehaviorSanitizer must report it.
#include <cstdio>
#include <limits>

int main(int argc, char**) { std::printf("%d\n", std::numeric_limits<int>::max() + argc); }
