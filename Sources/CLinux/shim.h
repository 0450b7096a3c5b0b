// What Linux offers and Swift's Glibc module does not import: headers, prototypes that need no
// _GNU_SOURCE, and inline wrappers for variadic calls.
//
// _GNU_SOURCE must not be defined here: Glibc's module is built without it, and both modules would
// then define the same types differently.
#ifndef WEIR_CLINUX_SHIM_H
#define WEIR_CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int pipe2(int fds[2], int flags);
void *memrchr(const void *bytes, int byte, size_t count);
int pthread_setname_np(pthread_t thread, const char *name);
int syncfs(int fd);
int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned flags);

static inline int weir_open(const char *path, int flags, unsigned mode) {
    return open(path, flags, mode);
}
static inline int weir_openat(int dir, const char *path, int flags, unsigned mode) {
    return openat(dir, path, flags, mode);
}
static inline int weir_fcntl(int fd, int command, int argument) {
    return fcntl(fd, command, argument);
}
// A pipe whose read end alone does not block: a child must be able to wait for a slow reader.
static inline int weir_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    *read_end = ends[0];
    *write_end = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}
// A stream socket, and a connection to one, that neither block nor survive an exec.
static inline int weir_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}
static inline int weir_accept(int fd) {
    return accept4(fd, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline int weir_prctl(int option, unsigned long argument) {
    return prctl(option, argument, 0UL, 0UL, 0UL);
}
// The kind of file system that the path lies on (statfs(2), f_type); 0 when that cannot be told.
static inline unsigned long weir_file_system(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (unsigned long)status.f_type : 0;
}
// Without glibc's own way out, which writes into every block where a file system cannot do it.
static inline int weir_fallocate(int fd, long bytes) {
    return (int)syscall(SYS_fallocate, fd, 0, 0L, bytes);
}
static inline int weir_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0U); }
static inline int weir_pidfd_send_signal(int pidfd, int sig) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, (void *)0, 0U);
}
static inline int weir_window_size(int fd, unsigned short *rows, unsigned short *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

#ifdef __cplusplus
}
#endif
#endif
