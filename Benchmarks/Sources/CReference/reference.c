#include "reference.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

struct reference {
    EVP_PKEY *key;
    int is_rsa;
    BIO *pem;
    EVP_PKEY_CTX *sign, *verify; /* RSA */
    EVP_MD_CTX *sign_pure, *verify_pure; /* Ed25519 */
    unsigned char digest[32], signature[512];
    size_t signature_count;
};

reference *reference_new(int is_rsa) {
    reference *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->is_rsa = is_rsa;
    memset(self->digest, 0x5A, sizeof self->digest);
    self->key = is_rsa ? EVP_RSA_gen(2048) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    self->pem = BIO_new(BIO_s_mem());
    if (!self->key || !self->pem) return reference_free(self), NULL;
    if (PEM_write_bio_PrivateKey(self->pem, self->key, NULL, NULL, 0, NULL, NULL) != 1)
        return reference_free(self), NULL;
    int good;
    if (is_rsa) {
        self->sign = EVP_PKEY_CTX_new_from_pkey(NULL, self->key, NULL);
        self->verify = EVP_PKEY_CTX_new_from_pkey(NULL, self->key, NULL);
        good = EVP_PKEY_sign_init(self->sign) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(self->sign, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(self->sign, EVP_sha256()) == 1 &&
               EVP_PKEY_verify_init(self->verify) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(self->verify, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(self->verify, EVP_sha256()) == 1;
    } else {
        self->sign_pure = EVP_MD_CTX_new();
        self->verify_pure = EVP_MD_CTX_new();
        good = EVP_DigestSignInit(self->sign_pure, NULL, NULL, NULL, self->key) == 1 &&
               EVP_DigestVerifyInit(self->verify_pure, NULL, NULL, NULL, self->key) == 1;
    }
    if (!good || !reference_sign(self, 1)) return reference_free(self), NULL;
    return self;
}

const char *reference_pem(reference *self, size_t *count) {
    char *text;
    *count = BIO_get_mem_data(self->pem, &text);
    return text;
}

int reference_sign(reference *self, int times) {
    for (int i = 0; i < times; i++) {
        self->signature_count = sizeof self->signature;
        int good = self->is_rsa ? EVP_PKEY_sign(self->sign, self->signature, &self->signature_count, self->digest, 32)
                                : EVP_DigestSign(self->sign_pure, self->signature, &self->signature_count,
                                                 self->digest, 32);
        if (good != 1) return 0;
    }
    return 1;
}

int reference_verify(reference *self, int times) {
    for (int i = 0; i < times; i++) {
        int good = self->is_rsa
                       ? EVP_PKEY_verify(self->verify, self->signature, self->signature_count, self->digest, 32)
                       : EVP_DigestVerify(self->verify_pure, self->signature, self->signature_count, self->digest, 32);
        if (good != 1) return 0;
    }
    return 1;
}

void reference_free(reference *self) {
    if (!self) return;
    EVP_PKEY_CTX_free(self->sign);
    EVP_PKEY_CTX_free(self->verify);
    EVP_MD_CTX_free(self->sign_pure);
    EVP_MD_CTX_free(self->verify_pure);
    EVP_PKEY_free(self->key);
    BIO_free(self->pem);
    free(self);
}

int reference_sha256(const void *octets, size_t count, unsigned char digest[32]) {
    return EVP_Digest(octets, count, digest, NULL, EVP_sha256(), NULL);
}
