// Two threads, one variable, no lock: ThreadSanitizer must report it.
#include <cstdio>
#include <thread>

int main() {
  int shared = 0;
  const auto add = [&shared] {
    for (int i = 0; i < 100'000; ++i) ++shared;
  };
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  std::printf("%d\n", shared);
}
