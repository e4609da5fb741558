#include "te/adapter/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include "te/base/clock.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

struct te_http {
    CURLM *multi;
    char *socket;
    struct call *calls;
};

struct call {
    struct te_http_call base; /* first: what callers hold */
    CURL *easy;
    struct curl_slist *headers;
    void (*sink)(void *arg, const char *data, size_t len);
    void *arg;
    struct call *next;
};

int te_http_open(const char *host, struct te_http **out, struct te_err *err)
{
    static bool ready;
    if (!host || !te_str_starts(host, "unix://") || host[7] != '/')
        return te_err_set(err, TE_ERR_USAGE,
                          "engine address '%s': unix:///path/of/socket is what works here",
                          host ? host : "");
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return te_err_set(err, TE_ERR_INTERNAL, "libcurl does not start");
    ready = true;
    struct te_http *h = te_zalloc(1, sizeof *h, err);
    if (!h)
        return -1;
    h->multi = curl_multi_init();
    h->socket = te_strdup(host + 7, err);
    if (!h->multi || !h->socket) {
        te_http_close(h);
        return te_err_set(err, TE_ERR_NOMEM, "no memory for a connection");
    }
    *out = h;
    return 0;
}

void te_http_close(struct te_http *h)
{
    if (!h)
        return;
    while (h->calls)
        te_http_free(h, &h->calls->base);
    if (h->multi)
        curl_multi_cleanup(h->multi);
    te_free(h->socket);
    te_free(h);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct call *c = arg;
    if (c->sink)
        c->sink(c->arg, data, size * n);
    else
        te_buf_add(&c->base.body, data, size * n);
    return c->base.body.failed ? 0 : size * n;
}

static int set_up(struct te_http *h, struct call *c, const struct te_http_request *q,
                  struct te_err *err)
{
    te_autofree char *url = te_asprintf(err, "http://localhost%s", q->path);
    if (!url)
        return -1;
    c->headers = curl_slist_append(NULL, "Expect:");
    struct curl_slist *more =
        c->headers ? curl_slist_append(c->headers, q->upload ? "Content-Type: application/x-tar"
                                                             : "Content-Type: application/json")
                   : NULL;
    if (!more)
        return te_err_set(err, TE_ERR_NOMEM, "no memory for a request");
    CURL *e = c->easy;
    CURLcode rc = curl_easy_setopt(e, CURLOPT_URL, url);
#define SET(option, value) rc = rc ? rc : curl_easy_setopt(e, option, value)
    SET(CURLOPT_UNIX_SOCKET_PATH, h->socket);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_CUSTOMREQUEST, q->method);
    SET(CURLOPT_HTTPHEADER, c->headers);
    SET(CURLOPT_WRITEFUNCTION, on_data);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_PRIVATE, c);
    SET(CURLOPT_BUFFERSIZE, 131072L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    if (q->timeout > 0)
        SET(CURLOPT_TIMEOUT_MS, (long)(q->timeout * 1000));
    if (q->upload) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_READDATA, q->upload); /* libcurl's own reader is fread */
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->upload_size);
    } else if (strcmp(q->method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDSIZE, (long)(q->body ? strlen(q->body) : 0));
        SET(CURLOPT_COPYPOSTFIELDS, q->body ? q->body : "");
    }
#undef SET
    if (rc != CURLE_OK || curl_multi_add_handle(h->multi, e) != CURLM_OK)
        return te_err_set(err, TE_ERR_INTERNAL, "libcurl refuses a request: %s",
                          curl_easy_strerror(rc));
    return 0;
}

int te_http_start(struct te_http *h, const struct te_http_request *q, struct te_http_call **out,
                  struct te_err *err)
{
    struct call *c = te_zalloc(1, sizeof *c, err);
    if (!c)
        return -1;
    te_buf_init(&c->base.body, TE_MAX_HTTP_BODY);
    c->sink = q->sink;
    c->arg = q->arg;
    c->next = h->calls;
    h->calls = c;
    c->easy = curl_easy_init();
    if (!c->easy || set_up(h, c, q, err) < 0) {
        if (!c->easy)
            te_err_set(err, TE_ERR_NOMEM, "no memory for a request");
        te_http_free(h, &c->base);
        return -1;
    }
    *out = &c->base;
    return 0;
}

static void finish(struct te_http *h, struct call *c, CURLcode rc)
{
    c->base.done = true;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->base.status);
    if (rc == CURLE_OK)
        return;
    enum te_code code = rc == CURLE_OPERATION_TIMEDOUT ? TE_ERR_TIMEOUT : TE_ERR_IO;
    long system = 0;
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_WEIRD_SERVER_REPLY)
        code = TE_ERR_FORMAT; /* no HTTP */
    if (c->base.body.failed)
        code = TE_ERR_LIMIT;
    if (rc == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &system) == CURLE_OK && system) {
        errno = (int)system;
        te_err_sys(&c->base.err, code, "engine at '%s'", h->socket);
        return;
    }
    te_err_set(&c->base.err, code, "engine at '%s': %s", h->socket,
               code == TE_ERR_FORMAT ? "what answers is not an engine" : curl_easy_strerror(rc));
}

int te_http_poll(struct te_http *h, double wait, struct te_err *err)
{
    int running = 0, left = 0;
    bool ended = false;
    for (int turn = 0; turn < 2; turn++) {
        if (curl_multi_perform(h->multi, &running) != CURLM_OK)
            return te_err_set(err, TE_ERR_INTERNAL, "libcurl fails");
        for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
            struct call *c = NULL;
            if (m->msg != CURLMSG_DONE ||
                curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c) != CURLE_OK || !c)
                continue;
            finish(h, c, m->data.result);
            ended = true;
        }
        if (turn == 0 && !ended && wait > 0 &&
            curl_multi_poll(h->multi, NULL, 0, (int)(wait * 1000 + 0.999), NULL) != CURLM_OK)
            return te_err_set(err, TE_ERR_INTERNAL, "libcurl cannot wait");
    }
    return 0;
}

bool te_http_answered(struct te_http_call *call)
{
    struct call *c = (struct call *)call;
    long status = 0;
    return call->done ||
           (curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status != 0);
}

void te_http_free(struct te_http *h, struct te_http_call *call)
{
    struct call *c = (struct call *)call;
    if (!c)
        return;
    for (struct call **p = &h->calls; *p; p = &(*p)->next) {
        if (*p == c) {
            *p = c->next;
            break;
        }
    }
    if (c->easy) {
        curl_multi_remove_handle(h->multi, c->easy);
        curl_easy_cleanup(c->easy);
    }
    curl_slist_free_all(c->headers);
    te_buf_release(&c->base.body);
    te_free(c);
}

int te_http_do(struct te_http *h, const struct te_http_request *q, struct te_http_call **out,
               struct te_err *err)
{
    struct te_http_call *call = NULL;
    if (te_http_start(h, q, &call, err) < 0)
        return -1;
    while (!call->done) {
        if (te_http_poll(h, 0.5, err) < 0) {
            te_http_free(h, call);
            return -1;
        }
    }
    if (call->err.code) {
        *err = call->err;
        te_http_free(h, call);
        return -1;
    }
    *out = call;
    return 0;
}
