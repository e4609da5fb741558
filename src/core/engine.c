#include "te/core/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/text/json.h"

static void quote(struct te_buf *out, const char *text)
{
    te_json_string(out, text, strlen(text));
}

void te_engine_argument(struct te_buf *out, const char *data, const char *scores, const char *model,
                        enum te_phase phase, const char *params)
{
    const char *const parts[] = {
        "dataInput", data,          "dataOutput", scores,          "modelInput",
        model,       "modelOutput", model,        "executionType", te_phase_word(phase)};
    te_buf_addc(out, '{');
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i += 2) {
        quote(out, parts[i]);
        te_buf_adds(out, ": ");
        quote(out, parts[i + 1]);
        te_buf_adds(out, ", ");
    }
    te_buf_adds(out, "\"customParameters\": ");
    te_buf_adds(out, params && *params ? params : "{}");
    te_buf_addc(out, '}');
}

static void add_list(struct te_buf *out, const char *key, const char *const *items)
{
    quote(out, key);
    te_buf_adds(out, ":[");
    for (size_t i = 0; items && items[i]; i++) {
        if (i)
            te_buf_addc(out, ',');
        quote(out, items[i]);
    }
    te_buf_addc(out, ']');
}

static void add_labels(struct te_buf *out, const char *const *labels)
{
    te_buf_adds(out, "\"Labels\":{");
    for (size_t i = 0; labels && labels[i] && labels[i + 1]; i += 2) {
        if (i)
            te_buf_addc(out, ',');
        quote(out, labels[i]);
        te_buf_addc(out, ':');
        quote(out, labels[i + 1]);
    }
    te_buf_addc(out, '}');
}

static void add_limits(struct te_buf *out, const struct te_engine_container *c)
{
    if (c->memory > 0)
        te_buf_addf(out, ",\"Memory\":%lld,\"MemorySwap\":%lld", (long long)c->memory,
                    (long long)c->memory);
    if (c->swappiness)
        te_buf_adds(out, ",\"MemorySwappiness\":0");
    if (c->cpus > 0)
        te_buf_addf(out, ",\"NanoCpus\":%lld", (long long)(c->cpus * 1e9));
    if (c->pids_limit > 0)
        te_buf_addf(out, ",\"PidsLimit\":%lld", (long long)c->pids_limit);
    if (c->shm_size > 0)
        te_buf_addf(out, ",\"ShmSize\":%lld", (long long)c->shm_size);
}

int te_engine_create(const struct te_engine_container *c, struct te_buf *out, struct te_err *err)
{
    te_buf_adds(out, "{\"Image\":");
    quote(out, c->image);
    te_buf_addc(out, ',');
    if (c->entrypoint) {
        const char *const entry[] = {c->entrypoint, NULL};
        add_list(out, "Entrypoint", entry);
        te_buf_addc(out, ',');
    }
    if (c->user) {
        te_buf_adds(out, "\"User\":");
        quote(out, c->user);
        te_buf_addc(out, ',');
    }
    add_list(out, "Cmd", c->argv);
    te_buf_addc(out, ',');
    add_list(out, "Env", c->env);
    te_buf_addc(out, ',');
    add_labels(out, c->labels);
    te_buf_adds(out, ",\"HostConfig\":{");
    add_list(out, "Binds", c->binds);
    add_limits(out, c);
    te_buf_adds(out, ",\"NetworkMode\":");
    quote(out, c->network && *c->network ? c->network : "none");
    if (c->cgroup_parent && *c->cgroup_parent) {
        te_buf_adds(out, ",\"CgroupParent\":");
        quote(out, c->cgroup_parent);
    }
    if (c->cpuset && *c->cpuset) {
        te_buf_adds(out, ",\"CpusetCpus\":");
        quote(out, c->cpuset);
    }
    /* what is printed comes to us while it runs; the engine's disk stays out of it */
    te_buf_adds(out, ",\"LogConfig\":{\"Type\":\"none\"}}}");
    return te_buf_check(out, err);
}

static void escape(struct te_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~/:", c);
        if (plain)
            te_buf_addc(out, (char)c);
        else
            te_buf_addf(out, "%%%02X", c);
    }
}

void te_engine_escape(struct te_buf *out, const char *text)
{
    escape(out, text, strlen(text));
}

void te_engine_pull(struct te_buf *out, const char *image)
{
    const char *slash = strrchr(image, '/'), *digest = strchr(image, '@');
    const char *colon = digest ? NULL : strchr(slash ? slash : image, ':');
    te_buf_adds(out, "/images/create?fromImage=");
    if (!colon) {
        te_engine_escape(out, image);
        te_buf_adds(out, digest ? "" : "&tag=latest");
        return;
    }
    escape(out, image, (size_t)(colon - image));
    te_buf_adds(out, "&tag=");
    te_engine_escape(out, colon + 1);
}

int te_engine_frames_feed(struct te_engine_frames *f, const char *data, size_t len,
                          void (*sink)(void *arg, const char *data, size_t len), void *arg,
                          struct te_err *err)
{
    while (len) {
        if (f->left) {
            size_t n = len < f->left ? len : f->left;
            sink(arg, data, n);
            f->left -= (uint32_t)n;
            data += n;
            len -= n;
            continue;
        }
        f->head[f->have++] = (unsigned char)*data++;
        len--;
        if (f->have < sizeof f->head)
            continue;
        f->have = 0;
        const unsigned char *h = f->head;
        if (h[0] > 2 || h[1] || h[2] || h[3])
            return te_err_set(err, TE_ERR_FORMAT, "the engine's log has no frames");
        f->left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    }
    return 0;
}
