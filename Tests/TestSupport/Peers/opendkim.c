/* OpenDKIM's library as a peer: reads jobs from standard input, one a line, and answers each with one line. The jobs are
   dkim-verify and dkim-sign of dkimpy.py. Keys come from the file that SIGNET_KEYS names ("NAME VALUE" a line), which
   is the library's own way to be tested: its resolver only asks on port 53. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <opendkim/dkim.h>

static unsigned char *content(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    long end = ftell(file);
    rewind(file);
    unsigned char *octets = malloc((size_t)end + 1);
    *size = fread(octets, 1, (size_t)end, file);
    octets[*size] = 0;
    fclose(file);
    return octets;
}

static DKIM_STAT feed(DKIM *dkim, unsigned char *octets, size_t size) {
    DKIM_STAT status = dkim_chunk(dkim, octets, size);
    if (status == DKIM_STAT_OK) status = dkim_chunk(dkim, NULL, 0);
    return status;
}

static void verify(DKIM_LIB *library, const char *path) {
    size_t size;
    DKIM_STAT status;
    unsigned char *octets = content(path, &size);
    if (octets == NULL) { puts("error:no such file"); return; }
    DKIM *dkim = dkim_verify(library, (unsigned char *)"job", NULL, &status);
    bool testing = false;
    status = feed(dkim, octets, size);
    if (status == DKIM_STAT_OK) status = dkim_eom(dkim, &testing);
    DKIM_SIGINFO **signatures = NULL;
    int count = 0;
    if (dkim_getsiglist(dkim, &signatures, &count) != DKIM_STAT_OK || count == 0) {
        printf("none:%s\n", dkim_getresultstr(status));
    } else {
        for (int index = 0; index < count; index++) {
            if (index > 0) putchar(',');
            /* The library stops at the first good signature unless each is processed. */
            if ((dkim_sig_getflags(signatures[index]) & DKIM_SIGFLAG_PROCESSED) == 0)
                (void)dkim_sig_process(dkim, signatures[index]);
            if (DKIM_SIG_CHECK(signatures[index]))
                printf("pass");
            else
                printf("fail:%s", dkim_sig_geterrorstr(dkim_sig_geterror(signatures[index])));
        }
        putchar('\n');
    }
    dkim_free(dkim);
    free(octets);
}

static void sign(DKIM_LIB *library, char **a) {
    size_t size, pem_size, field_size;
    DKIM_STAT status;
    unsigned char *octets = content(a[0], &size), *pem = content(a[2], &pem_size);
    if (octets == NULL || pem == NULL) { puts("error:no such file"); return; }
    dkim_canon_t header = strncmp(a[6], "simple/", 7) == 0 ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
    dkim_canon_t body = strstr(a[6], "/simple") != NULL ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
    /* DKIM_SIGN_DEFAULT would be rsa-sha1 in some builds. */
    dkim_alg_t algorithm = strcmp(a[5], "ed25519-sha256") == 0 ? DKIM_SIGN_ED25519SHA256
        : strcmp(a[5], "rsa-sha1") == 0 ? DKIM_SIGN_RSASHA1 : DKIM_SIGN_RSASHA256;
    DKIM *dkim = dkim_sign(library, (unsigned char *)"job", NULL, (dkim_sigkey_t)pem, (unsigned char *)a[4],
                           (unsigned char *)a[3], header, body, algorithm, -1, &status);
    unsigned char *field = NULL;
    if (dkim != NULL) {
        status = feed(dkim, octets, size);
        if (status == DKIM_STAT_OK) status = dkim_eom(dkim, NULL);
        if (status == DKIM_STAT_OK) status = dkim_getsighdr_d(dkim, sizeof "DKIM-Signature: " - 1, &field, &field_size);
    }
    FILE *out = status == DKIM_STAT_OK ? fopen(a[1], "wb") : NULL;
    if (out == NULL) {
        printf("error:%s\n", dkim_getresultstr(status));
    } else {
        fputs("DKIM-Signature: ", out);
        /* Folds come as bare line feeds, unless the library was told otherwise. */
        for (size_t index = 0; index < field_size; index++) {
            if (field[index] == '\n' && (index == 0 || field[index - 1] != '\r')) fputc('\r', out);
            fputc(field[index], out);
        }
        fputs("\r\n", out);
        fwrite(octets, 1, size, out);
        fclose(out);
        puts("ok");
    }
    if (dkim != NULL) dkim_free(dkim);
    free(octets);
    free(pem);
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "--version") == 0) {
        unsigned long version = dkim_libversion();
        printf("libopendkim %lu.%lu.%lu\n", version >> 24 & 0xff, version >> 16 & 0xff, version >> 8 & 0xff);
        return 0;
    }
    DKIM_LIB *library = dkim_init(NULL, NULL);
    dkim_query_t method = DKIM_QUERY_FILE;
    const char *keys = getenv("SIGNET_KEYS");
    if (library == NULL || keys == NULL) return 1;
    (void)dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD, &method, sizeof method);
    (void)dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, (void *)keys, strlen(keys));
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        char *words[9] = {0}, *rest = line;
        for (int index = 0; index < 8 && rest != NULL; index++) words[index] = strsep(&rest, "\t");
        if (strcmp(words[0], "dkim-verify") == 0 && words[1] != NULL) verify(library, words[1]);
        else if (strcmp(words[0], "dkim-sign") == 0 && words[7] != NULL) sign(library, words + 1);
        else puts("error:no such job");
        fflush(stdout);
    }
    free(line);
    dkim_close(library);
    return 0;
}
