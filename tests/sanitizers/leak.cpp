// A block that nobody frees: AddressSanitizer's leak check must report it.
#include <cstdio>
#include <memory>

int main() {
  auto owned = std::make_unique<int[]>(1000);
  owned[0] = 1;
  std::printf("%d\n", *owned.release());
}
