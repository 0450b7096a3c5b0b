// The peers of the spawn row: the same children, started by as little code as possible.
//
//   spawn full COUNT AT_ONCE PROGRAM   pipes, pidfd, process group, signal defaults, epoll and
//                                      wait4 for each child: all that a runner has to do
//   spawn bare COUNT AT_ONCE PROGRAM   posix_spawn and waitpid, nothing else
//
// Prints the wall-clock seconds of the loop. Any failure ends it with a message and exit 1.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_at_once = 64 };

extern char **environ;

struct child {
    pid_t pid;
    int pidfd;
    int pipes[2];
};

static void fail(const char *what, int error) {
    fprintf(stderr, "spawn: %s: %s\n", what, strerror(error));
    exit(1);
}

static void check(int result, const char *what) {
    if (result < 0) fail(what, errno);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// epoll's datum: which child, and which of its three descriptors (2 is the pidfd).
static void watch(int queue, int descriptor, int index, int part) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(index * 4 + part)};
    check(epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

static void forget(int queue, int *descriptor) {
    if (*descriptor < 0) return;
    check(epoll_ctl(queue, EPOLL_CTL_DEL, *descriptor, NULL), "epoll_ctl");
    close(*descriptor);
    *descriptor = -1;
}

static void launch(int queue, struct child *child, int index, char *program) {
    int out[2], err[2], error;
    check(pipe2(out, O_CLOEXEC | O_NONBLOCK), "pipe2");
    check(pipe2(err, O_CLOEXEC | O_NONBLOCK), "pipe2");
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    check(null, "/dev/null");

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);

    posix_spawnattr_t attributes;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    char *arguments[] = {program, NULL};
    error = posix_spawn(&child->pid, program, &actions, &attributes, arguments, environ);
    if (error != 0) fail(program, error);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(null);
    close(out[1]);
    close(err[1]);

    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0U);
    check(child->pidfd, "pidfd_open");
    child->pipes[0] = out[0];
    child->pipes[1] = err[0];
    watch(queue, child->pipes[0], index, 0);
    watch(queue, child->pipes[1], index, 1);
    watch(queue, child->pidfd, index, 2);
}

static void drain(int queue, int *descriptor) {
    char buffer[4096];
    ssize_t count;
    if (*descriptor < 0) return;
    do count = read(*descriptor, buffer, sizeof buffer);
    while (count > 0 || (count < 0 && errno == EINTR));
    if (count == 0) forget(queue, descriptor);
}

static void reap(int queue, struct child *child) {
    int status;
    struct rusage usage;
    drain(queue, &child->pipes[0]);
    drain(queue, &child->pipes[1]);
    forget(queue, &child->pipes[0]);
    forget(queue, &child->pipes[1]);
    forget(queue, &child->pidfd);
    check(wait4(child->pid, &status, 0, &usage), "wait4");
    if (status != 0) fail("a child failed", 0);
    child->pid = 0;
}

static void run_full(int count, int at_once, char *program) {
    struct child children[most_at_once];
    int queue = epoll_create1(EPOLL_CLOEXEC), started = 0, ended = 0;
    check(queue, "epoll_create1");
    for (; started < at_once && started < count; started++)
        launch(queue, &children[started], started, program);
    while (ended < count) {
        struct epoll_event events[16];
        int ready = epoll_wait(queue, events, 16, -1);
        if (ready < 0 && errno == EINTR) continue;
        check(ready, "epoll_wait");
        for (int position = 0; position < ready; position++) {
            int index = (int)(events[position].data.u32 / 4);
            int part = (int)(events[position].data.u32 % 4);
            struct child *child = &children[index];
            if (part < 2) {
                drain(queue, &child->pipes[part]);
                continue;
            }
            reap(queue, child);
            ended++;
            if (started < count) {
                launch(queue, child, index, program);
                started++;
            }
            break;  // What else was ready may speak of descriptors that are closed by now.
        }
    }
    close(queue);
}

static void run_bare(int count, int at_once, char *program) {
    char *arguments[] = {program, NULL};
    int running = 0;
    for (int started = 0; started < count || running > 0;) {
        if (started < count && running < at_once) {
            pid_t pid;
            int error = posix_spawn(&pid, program, NULL, NULL, arguments, environ);
            if (error != 0) fail(program, error);
            started++;
            running++;
            continue;
        }
        int status;
        check(waitpid(-1, &status, 0), "waitpid");
        if (status != 0) fail("a child failed", 0);
        running--;
    }
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: spawn full|bare COUNT AT_ONCE PROGRAM\n");
        return 2;
    }
    int children = atoi(words[2]), at_once = atoi(words[3]);
    if (children < 1 || at_once < 1 || at_once > most_at_once) {
        fprintf(stderr, "spawn: COUNT from 1, AT_ONCE from 1 to %d\n", most_at_once);
        return 2;
    }
    double start = now();
    if (strcmp(words[1], "full") == 0)
        run_full(children, at_once, words[4]);
    else
        run_bare(children, at_once, words[4]);
    printf("%.6f\n", now() - start);
    return 0;
}
