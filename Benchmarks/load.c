// load PROGRAM ARGUMENT: loads and starts libcurl, then spawns the program and waits for it: the
// least that anything which speaks HTTP through libcurl needs until its first child runs.
#include <curl/curl.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>

extern char **environ;

int main(int count, char **words) {
    pid_t pid;
    int status;
    if (count != 3) return 2;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 3;
    if (posix_spawn(&pid, words[1], NULL, NULL, words + 1, environ) != 0) return 4;
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 5;
}
