/*
 * HTTP over a unix socket: any number of requests at a time, none of which blocks. The only user of
 * libcurl.
 */
#ifndef TE_ADAPTER_HTTP_H
#define TE_ADAPTER_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "te/base/buf.h"

struct te_http;

struct te_http_request {
    const char *method;
    const char *path; /* with a slash in front, encoded */
    const char *body; /* JSON, copied; NULL: none */
    FILE *upload;     /* instead of body: a tar archive, sent from its position; NULL: none */
    int64_t upload_size;
    double timeout; /* s; 0: none */
    /* gets the body as it comes instead of call->body */
    void (*sink)(void *arg, const char *data, size_t len);
    void *arg;
};

struct te_http_call {
    bool done;
    long status; /* of the reply, when done and err.code is 0 */
    struct te_buf body;
    struct te_err err; /* TE_ERR_TIMEOUT, TE_ERR_IO (with sys where nothing listens), TE_ERR_FORMAT
                        * (no HTTP), TE_ERR_LIMIT: no whole reply */
};

/* host: "unix:///path"; TE_ERR_USAGE for anything else. */
int te_http_open(const char *host, struct te_http **out, struct te_err *err) TE_MUST_CHECK;
void te_http_close(struct te_http *http); /* ends all calls */
int te_http_start(struct te_http *http, const struct te_http_request *request,
                  struct te_http_call **out, struct te_err *err) TE_MUST_CHECK;
/* Drives all calls, sleeping at most wait seconds until something happens. */
int te_http_poll(struct te_http *http, double wait, struct te_err *err) TE_MUST_CHECK;
/* Has the other side answered, if only with its headers? True for one that failed, too. */
bool te_http_answered(struct te_http_call *call);
/* Ends it, whatever its state; NULL is fine. */
void te_http_free(struct te_http *http, struct te_http_call *call);
/* Starts and waits; *out is done, the caller frees it. */
int te_http_do(struct te_http *http, const struct te_http_request *request,
               struct te_http_call **out, struct te_err *err) TE_MUST_CHECK;

#endif
