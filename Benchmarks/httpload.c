/* Asks an HTTP server on loopback the same thing again and again, over connections that stay open.

       cc -O2 -o httpload httpload.c && ./httpload PORT CONNECTIONS SECONDS RATE REQUEST

   REQUEST is a file with a whole request, its header and body. RATE 0: each connection asks again as soon as it is
   answered. Else so many requests a second are due, evenly; the time of one that finds every connection busy runs from
   when it was due, so that a server that stalls is not measured less often while it does.

   Prints answers, those among them that are not 2xx, seconds, and the median, the 99th percentile and the greatest of the
   times in milliseconds. Ends with 1 where a connection is lost or an answer cannot be read. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MAX = 65536, CONNECTIONS_MAX = 1024, TIMES_MAX = 1 << 23 };

struct connection {
    int descriptor, waits; /* waits: for room to write */
    double since;          /* when its request was due */
    size_t written, filled;
    char answer[ANSWER_MAX];
};

static struct connection connections[CONNECTIONS_MAX];
static int idle[CONNECTIONS_MAX], idle_count;
static char *request;
static size_t request_length;
static float *times;
static size_t answers, failures;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *text) {
    fprintf(stderr, "httpload: %s (%s)\n", text, strerror(errno));
    exit(1);
}

static void push(int epoll, struct connection *one) {
    while (one->written < request_length) {
        ssize_t count = write(one->descriptor, request + one->written, request_length - one->written);
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) fail("a request could not be written");
        one->written += count;
    }
    int waits = one->written < request_length;
    if (one->waits == waits) return;
    one->waits = waits;
    struct epoll_event event = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = one};
    epoll_ctl(epoll, EPOLL_CTL_MOD, one->descriptor, &event);
}

static void ask(int epoll, struct connection *one, double due) {
    one->since = due;
    one->written = one->filled = 0;
    push(epoll, one);
}

/* Whether the whole answer is there. */
static int take(struct connection *one) {
    ssize_t count = read(one->descriptor, one->answer + one->filled, ANSWER_MAX - 1 - one->filled);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) fail("a connection was closed");
    one->filled += count;
    one->answer[one->filled] = 0;
    char *end = strstr(one->answer, "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(one->answer, "\r\ncontent-length:");
    if (!length || length > end) fail("an answer does not say its length");
    size_t whole = end + 4 - one->answer + strtoul(length + 17, NULL, 10);
    if (whole >= ANSWER_MAX) fail("an answer is too long");
    return one->filled >= whole;
}

static int by_value(const void *left, const void *right) {
    float difference = *(const float *)left - *(const float *)right;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "usage stands at the top of httpload.c\n");
        return 64;
    }
    int number = atoi(words[2]);
    double span = atof(words[3]), rate = atof(words[4]);
    if (number < 1 || number > CONNECTIONS_MAX) fail("1 to 1024 connections are wanted");
    FILE *file = fopen(words[5], "rb");
    if (!file) fail("the request cannot be read");
    request = malloc(1 << 20);
    request_length = fread(request, 1, 1 << 20, file);
    times = malloc(TIMES_MAX * sizeof *times);
    int epoll = epoll_create1(0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < number; i++) {
        struct connection *one = &connections[i];
        one->descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(one->descriptor, (struct sockaddr *)&address, sizeof address)) fail("no connection");
        int on = 1;
        setsockopt(one->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(one->descriptor, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
        epoll_ctl(epoll, EPOLL_CTL_ADD, one->descriptor, &event);
        idle[idle_count++] = i;
    }
    double start = now(), time = start;
    size_t asked = 0;
    while (answers < TIMES_MAX) {
        int open = time < start + span;
        while (open && idle_count > 0) {
            double due = rate > 0 ? start + asked / rate : time;
            if (due > time) break;
            asked++;
            ask(epoll, &connections[idle[--idle_count]], due);
        }
        if (!open && idle_count == number) break;
        double next = rate > 0 && open && idle_count > 0 ? start + asked / rate - time : 1;
        struct timespec wait = {.tv_sec = (time_t)next, .tv_nsec = (long)((next - (time_t)next) * 1e9)};
        struct epoll_event events[64];
        int ready = epoll_pwait2(epoll, events, 64, &wait, NULL);
        time = now();
        for (int i = 0; i < ready; i++) {
            struct connection *one = events[i].data.ptr;
            if (one->written < request_length) push(epoll, one);
            if (!(events[i].events & ~EPOLLOUT) || !take(one)) continue;
            times[answers++] = (float)((time - one->since) * 1000);
            failures += one->answer[9] != '2';
            idle[idle_count++] = one - connections;
        }
    }
    double passed = now() - start;
    qsort(times, answers, sizeof *times, by_value);
    if (answers == 0) fail("nothing was answered");
    printf("%zu %zu %.3f %.3f %.3f %.3f\n", answers, failures, passed, times[answers / 2], times[answers * 99 / 100],
           times[answers - 1]);
    return 0;
}
