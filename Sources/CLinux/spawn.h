// Starts a child as posix_spawn does, in a quarter of its system calls: a stack that is kept from
// child to child (posix_spawn maps and unmaps one each time, which in a process with threads
// interrupts every processor), a pidfd from clone itself, and only those signals reset whose
// disposition is not the default (posix_spawn makes 64 calls).
//
// The child shares our memory until it executes and we wait for that, so what it writes is seen
// here; it makes raw system calls alone, and none that a library may have hooked.
#ifndef WEIR_CLINUX_SPAWN_H
#define WEIR_CLINUX_SPAWN_H

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

// clone(2) under glibc's second name for it: the thread sanitizer takes the first for a fork, and
// then for two threads where there is one.
int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

struct weir_spawn {
    const char *program;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    // What becomes descriptor 0, 1 and 2; -1: our own stays. Each must be above 2.
    int standard[3];
    // Bit n-1: signal n gets its default disposition (weir_signals_to_reset).
    uint64_t reset;
    // The child's limit of open descriptors, soft and hard, as the kernel's rlimit64 has them; a
    // soft limit of 0: ours stays.
    uint64_t open_files[2];
    // Out: what went wrong in the child, as errno; 0 if it executes the program.
    int error;
};

// The kernel's shape of SIG_DFL without flags: zeros on every architecture with 64-bit words.
struct weir_default_action {
    uint64_t words[4];
};

// The signals that are ignored or caught here. Exec resets the caught ones, but a handler must not
// run in the child before that.
static inline uint64_t weir_signals_to_reset(void) {
    uint64_t set = 0;
    for (int number = 1; number <= 64; number++) {
        struct weir_default_action action = {{0}};
        if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof(uint64_t)) == 0 &&
            action.words[0] != 0)
            set |= (uint64_t)1 << (number - 1);
    }
    return set;
}

static inline int weir_spawn_child_prepare(const struct weir_spawn *spawn) {
    const uint64_t none = 0;
    const struct weir_default_action action = {{0}};
    for (uint64_t left = spawn->reset; left != 0; left &= left - 1) {
        int number = __builtin_ctzll(left) + 1;
        if (syscall(SYS_rt_sigaction, number, &action, NULL, sizeof(uint64_t)) != 0) return -1;
    }
    if (syscall(SYS_setpgid, 0, 0) != 0) return -1;
    for (int number = 0; number < 3; number++) {
        int source = spawn->standard[number];
        if (source >= 0 && syscall(SYS_dup3, source, number, 0) != number) return -1;
    }
    if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) return -1;
    if (spawn->open_files[0] != 0 &&
        syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, spawn->open_files, NULL) != 0)
        return -1;
    if (syscall(SYS_chdir, spawn->directory) != 0) return -1;
    return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static int weir_spawn_child(void *argument) {
    struct weir_spawn *spawn = (struct weir_spawn *)argument;
    if (weir_spawn_child_prepare(spawn) == 0)
        syscall(SYS_execve, spawn->program, spawn->arguments, spawn->environment);
    spawn->error = errno;
    syscall(SYS_exit_group, 127);
    return 127;
}

// Starts the child in a process group of its own, with default signals and an empty mask.
//
// stack: size bytes for the child, free again when the call returns. pidfd: out, close-on-exec.
// Returns the child's pid; -1 when there is none, with the reason in spawn->error.
static inline pid_t weir_spawn(struct weir_spawn *spawn, void *stack, size_t size, int *pidfd) {
    const uint64_t all = ~(uint64_t)0;
    uint64_t before = 0;
    spawn->error = 0;
    *pidfd = -1;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    pid_t pid = __clone(
        weir_spawn_child, (char *)stack + size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
        spawn, pidfd);
    if (pid < 0) spawn->error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    if (pid < 0 || spawn->error == 0) return pid;
    // It has ended already; nobody else may learn that it ever was.
    close(*pidfd);
    *pidfd = -1;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return -1;
}

#ifdef __cplusplus
}
#endif
#endif
