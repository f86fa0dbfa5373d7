/* How many SPF evaluations a second libspf2 makes of one message's sender, with every answer in memory.
   cc -O2 -o spffloor Benchmarks/spffloor.c -lspf2 && ./spffloor RECORDS ADDRESS DOMAIN SECONDS
   RECORDS holds `name text` a line, each a TXT record. Prints evaluations, seconds and the verdict. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 5) return fprintf(stderr, "usage: spffloor RECORDS ADDRESS DOMAIN SECONDS\n"), 64;
    SPF_server_t *server = SPF_server_new(SPF_DNS_ZONE, 0);
    FILE *file = fopen(arguments[1], "r");
    if (!server || !file) return 1;
    char line[1024], sender[300];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        char *text = strchr(line, ' ');
        if (!text) continue;
        *text++ = 0;
        if (SPF_dns_zone_add_str(server->resolver, line, ns_t_txt, NETDB_SUCCESS, text) != SPF_E_SUCCESS) return 1;
    }
    fclose(file);
    snprintf(sender, sizeof sender, "user@%s", arguments[3]);
    long done = 0;
    SPF_result_t verdict = SPF_RESULT_INVALID;
    double start = now(), end = start + atof(arguments[4]), at;
    do {
        for (int i = 0; i < 100; i++, done++) {
            SPF_request_t *request = SPF_request_new(server);
            SPF_request_set_ipv4_str(request, arguments[2]);
            SPF_request_set_helo_dom(request, arguments[3]);
            SPF_request_set_env_from(request, sender);
            SPF_response_t *response = NULL;
            SPF_request_query_mailfrom(request, &response);
            verdict = SPF_response_result(response);
            SPF_response_free(response);
            SPF_request_free(request);
        }
        at = now();
    } while (at < end);
    printf("%ld %.6f %s\n", done, at - start, SPF_strresult(verdict));
    SPF_server_free(server);
    return 0;
}
