#pragma once
#ifdef __cplusplus
extern "C" {
#endif
// The shortest text that reads back as the same number; at most 40 bytes to `to`, not terminated. Gives the
// size.
int shortest_double(char* to, double value);
#ifdef __cplusplus
}
#endif
