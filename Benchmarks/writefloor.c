/* The least that writing to PowerDNS with a comparison before it takes: for each zone one GET, then one PATCH, by
 * threads with blocking sockets that look at nothing but the status. PATCHes come one after another, as SQLite wants.
 *
 *   writefloor PORT API_KEY THREADS < lines of "zone.<TAB>body of the PATCH"
 *
 * Prints the seconds it took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 16, ZONES_MAX = 1 << 16, THREADS_MAX = 64 };

struct zone {
    char *name, *body;
};

static struct zone zones[ZONES_MAX];
static int zone_count, zone_next;
static int port;
static const char *api_key;
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER, writing = PTHREAD_MUTEX_INITIALIZER;

static void request(const char *method, const struct zone *zone, const char *query, const char *body, int wanted) {
    char octets[REQUEST_MAX];
    int length = snprintf(octets, sizeof octets,
                          "%s /api/v1/servers/localhost/zones/%s%s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: %s\r\n"
                          "Connection: close\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          method, zone->name, query, api_key, strlen(body), body);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (length >= (int)sizeof octets || connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(connection, octets, length, 0) != length) {
        perror("writefloor");
        exit(1);
    }
    char status[13] = "";
    ssize_t count, total = 0;
    while ((count = recv(connection, octets, sizeof octets, 0)) > 0) {
        if (total == 0 && count >= 12) memcpy(status, octets, 12);
        total += count;
    }
    close(connection);
    if (atoi(status + 9) != wanted) {
        fprintf(stderr, "writefloor: %s %s: %s\n", method, zone->name, status);
        exit(1);
    }
}

static void *work(void *unused) {
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&taking);
        int index = zone_next < zone_count ? zone_next++ : -1;
        pthread_mutex_unlock(&taking);
        if (index < 0) return NULL;
        request("GET", &zones[index], "?rrsets=true", "", 200);
        pthread_mutex_lock(&writing);
        request("PATCH", &zones[index], "", zones[index].body, 204);
        pthread_mutex_unlock(&writing);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    port = atoi(arguments[1]);
    api_key = arguments[2];
    int threads = atoi(arguments[3]);
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while (zone_count < ZONES_MAX && (length = getline(&line, &room, stdin)) > 0) {
        line[length - 1] = '\0';
        char *tab = strchr(line, '\t');
        if (!tab) return 65;
        *tab = '\0';
        zones[zone_count++] = (struct zone){strdup(line), strdup(tab + 1)};
    }
    struct timespec start, end;
    pthread_t thread[THREADS_MAX];
    if (threads < 1 || threads > THREADS_MAX) return 64;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int index = 0; index < threads; index++) pthread_create(&thread[index], NULL, work, NULL);
    for (int index = 0; index < threads; index++) pthread_join(thread[index], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f\n", (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
