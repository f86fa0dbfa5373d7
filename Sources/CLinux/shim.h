#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Swift's Glibc module leaves out epoll, eventfd, getrandom, and what needs _GNU_SOURCE: sendmmsg, recvmmsg, pipe2 and
   posix_spawn_file_actions_addchdir_np. */

/* Both ends close on exec. 0, or -1 and errno. */
static inline int signet_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *folder);

/* Freed memory goes back to the system from these sizes on. Left alone, glibc raises both with every large block that is
   freed (mallopt(3)), and a plan of a thousand domains keeps a megabyte and more that it no longer needs. */
static inline void signet_return_freed_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TRIM_THRESHOLD, 64 * 1024);
}

#define SIGNET_DATAGRAMS_MAX 64

struct signet_mmsghdr {
    struct msghdr header;
    unsigned int length;
};

static inline void signet_datagram_headers(
    struct signet_mmsghdr *headers, struct iovec *parts, void *octets, size_t stride, unsigned int count) {
    memset(headers, 0, count * sizeof *headers);
    for (unsigned int i = 0; i < count; i++) {
        parts[i].iov_base = (char *)octets + i * stride;
        parts[i].iov_len = stride;
        headers[i].header.msg_iov = &parts[i];
        headers[i].header.msg_iovlen = 1;
    }
}

/* Sends up to SIGNET_DATAGRAMS_MAX datagrams, one in each stride, on a connected socket. How many went, or -errno. */
static inline int signet_send_datagrams(
    int descriptor, void *octets, size_t stride, const uint16_t *lengths, unsigned int count) {
    struct signet_mmsghdr headers[SIGNET_DATAGRAMS_MAX];
    struct iovec parts[SIGNET_DATAGRAMS_MAX];
    if (count > SIGNET_DATAGRAMS_MAX) count = SIGNET_DATAGRAMS_MAX;
    signet_datagram_headers(headers, parts, octets, stride, count);
    for (unsigned int i = 0; i < count; i++) parts[i].iov_len = lengths[i];
    long sent = syscall(SYS_sendmmsg, descriptor, headers, count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : (int)sent;
}

/* Receives what is there, up to SIGNET_DATAGRAMS_MAX datagrams; one longer than stride gets length 0. How many came,
   or -errno. */
static inline int signet_receive_datagrams(
    int descriptor, void *octets, size_t stride, uint16_t *lengths, unsigned int count) {
    struct signet_mmsghdr headers[SIGNET_DATAGRAMS_MAX];
    struct iovec parts[SIGNET_DATAGRAMS_MAX];
    if (count > SIGNET_DATAGRAMS_MAX) count = SIGNET_DATAGRAMS_MAX;
    signet_datagram_headers(headers, parts, octets, stride, count);
    long came = syscall(SYS_recvmmsg, descriptor, headers, count, MSG_DONTWAIT, (void *)0);
    if (came < 0) return -errno;
    for (long i = 0; i < came; i++)
        lengths[i] = headers[i].header.msg_flags & MSG_TRUNC ? 0 : (uint16_t)headers[i].length;
    return (int)came;
}

/* epoll_event is packed on some machines; a tag and a mask are all that is wanted of it. */
static inline int signet_epoll_set(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = tag;
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

#define SIGNET_EVENTS_MAX 64

static inline int signet_epoll_wait(int epoll, uint64_t *tags, uint32_t *masks, int milliseconds) {
    struct epoll_event events[SIGNET_EVENTS_MAX];
    int count = epoll_wait(epoll, events, SIGNET_EVENTS_MAX, milliseconds);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        tags[i] = events[i].data.u64;
        masks[i] = events[i].events;
    }
    return count;
}

static inline int signet_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int signet_event_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
static const uint32_t signet_epoll_in = EPOLLIN, signet_epoll_out = EPOLLOUT;
static const int signet_epoll_add = EPOLL_CTL_ADD, signet_epoll_modify = EPOLL_CTL_MOD;
