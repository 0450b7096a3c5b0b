// stamp FILE: writes the monotonic clock, in nanoseconds, as the first thing it does.
#include <stdio.h>
#include <time.h>

int main(int count, char **words) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (count != 2) return 2;
    FILE *file = fopen(words[1], "w");
    if (file == NULL) return 1;
    fprintf(file, "%lld\n", (long long)time.tv_sec * 1000000000 + time.tv_nsec);
    return fclose(file) == 0 ? 0 : 1;
}
