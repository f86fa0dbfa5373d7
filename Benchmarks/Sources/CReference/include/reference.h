/* What OpenSSL takes by itself, as `openssl speed` measures it: one key, one context, the same input again and again. */
#ifndef SIGNET_REFERENCE_H
#define SIGNET_REFERENCE_H
#include <stddef.h>

typedef struct reference reference;

/* A new key pair: RSA-2048, or Ed25519. NULL if OpenSSL cannot. */
reference *reference_new(int is_rsa);
/* The private key as PEM, of *count octets, good as long as the reference is. */
const char *reference_pem(reference *reference, size_t *count);
/* Signs a 32-octet digest so many times; 0 if one failed. */
int reference_sign(reference *reference, int times);
/* Verifies one signature over it so many times; 0 if one failed. */
int reference_verify(reference *reference, int times);
void reference_free(reference *reference);

/* SHA-256 by EVP over the octets, once. */
int reference_sha256(const void *octets, size_t count, unsigned char digest[32]);
#endif
