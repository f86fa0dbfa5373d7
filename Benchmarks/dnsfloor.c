/* The floor for asking a name server: one thread, one socket, epoll, sendmmsg, recvmmsg, and nothing made of the
   answers but a check of id and response code.

       cc -O2 -o dnsfloor dnsfloor.c && ./dnsfloor ADDRESS PORT NAMES [WINDOW]

   NAMES holds one name a line; each is asked for TXT once. Prints questions, answers, repeats and seconds of wall time.
   A question without an answer after 0.5 s is sent again. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, QUERY_MAX = 300, ANSWER_MAX = 4096, NAMES_MAX = 65536 };

static unsigned char (*queries)[QUERY_MAX];
static uint16_t *lengths;
static char *answered;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int encode(unsigned char *out, unsigned id, const char *name) {
    static const unsigned char tail[] = {0, 0, 16, 0, 1, 0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0};
    unsigned char *at = out + 12;
    memset(out, 0, 12);
    out[0] = id >> 8;
    out[1] = id & 255;
    out[5] = 1;
    out[11] = 1;
    while (*name) {
        size_t length = strcspn(name, ".");
        if (length == 0 || length > 63 || at + length + 1 + sizeof tail > out + QUERY_MAX) return 0;
        *at++ = length;
        memcpy(at, name, length);
        at += length;
        name += length + (name[length] == '.');
    }
    memcpy(at, tail, sizeof tail);
    return at + sizeof tail - out;
}

static int send_batch(int descriptor, const unsigned *ids, int count) {
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < count; i++) {
        parts[i].iov_base = queries[ids[i]];
        parts[i].iov_len = lengths[ids[i]];
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    return sendmmsg(descriptor, headers, count, 0);
}

int main(int argc, char **argv) {
    if (argc < 4) return fprintf(stderr, "usage: dnsfloor ADDRESS PORT NAMES [WINDOW]\n"), 64;
    int window = argc > 4 ? atoi(argv[4]) : 128;
    queries = calloc(NAMES_MAX, sizeof *queries);
    lengths = calloc(NAMES_MAX, sizeof *lengths);
    answered = calloc(NAMES_MAX, 1);
    FILE *file = fopen(argv[3], "r");
    if (!file) return perror(argv[3]), 1;
    char line[512];
    int total = 0;
    while (total < NAMES_MAX && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        lengths[total] = encode(queries[total], total, line);
        if (lengths[total]) total++;
    }
    fclose(file);

    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &server.sin_addr);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int size = 1 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (connect(descriptor, (struct sockaddr *)&server, sizeof server)) return perror("connect"), 1;
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);

    static unsigned char buffers[BATCH][ANSWER_MAX];
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    memset(headers, 0, sizeof headers);
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){buffers[i], ANSWER_MAX};
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    int next = 0, done = 0, good = 0, repeats = 0;
    double start = now();
    while (done < total) {
        while (next < total && next - done < window) {
            unsigned ids[BATCH];
            int count = 0;
            while (count < BATCH && next + count < total && next + count - done < window) {
                ids[count] = next + count;
                count++;
            }
            int sent = send_batch(descriptor, ids, count);
            if (sent <= 0) break;
            next += sent;
        }
        if (epoll_wait(epoll, &event, 1, 500) == 0) {
            for (unsigned id = 0; (int)id < next; id++)
                if (!answered[id]) repeats += send_batch(descriptor, &id, 1) > 0;
            continue;
        }
        int count;
        do {
            count = recvmmsg(descriptor, headers, BATCH, MSG_DONTWAIT, NULL);
            for (int i = 0; i < count; i++) {
                unsigned id = buffers[i][0] << 8 | buffers[i][1];
                if (headers[i].msg_len < 12 || (int)id >= next || answered[id]) continue;
                answered[id] = 1;
                done++;
                good += (buffers[i][3] & 15) == 0 && (buffers[i][6] | buffers[i][7]);
            }
        } while (count == BATCH);
    }
    printf("questions %d answers %d repeats %d wall %.4f s\n", total, good, repeats, now() - start);
    return good == total ? 0 : 1;
}
