/* Replies of the engine. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/core/engine.h"
#include "te/text/json.h"

#define te_autojson te_cleanup(te_json_cleanup)

/* An object, or NULL. */
static json_t *parse_object(const char *text, size_t len, const char *what, struct te_err *err)
{
    json_t *json = te_json_parse(text, len, what, err);
    if (json && !json_is_object(json)) {
        json_decref(json);
        te_err_set(err, TE_ERR_FORMAT, "%s: an object was expected", what);
        return NULL;
    }
    return json;
}

static void copy_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

/* "1.41" as 1041; -1 if it is none. */
static int version_number(const char *text)
{
    char *end = NULL;
    long major = text ? strtol(text, &end, 10) : -1;
    if (!text || end == text || *end != '.' || major < 0 || major > 1000)
        return -1;
    const char *rest = end + 1;
    long minor = strtol(rest, &end, 10);
    if (end == rest || *end || minor < 0 || minor > 999)
        return -1;
    return (int)(major * 1000 + minor);
}

int te_engine_negotiate(const char *text, size_t len, char out[TE_ENGINE_VERSION],
                        struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "version of the engine", err);
    if (!json)
        return -1;
    char newest[32], oldest[32];
    copy_text(json, "ApiVersion", newest, sizeof newest);
    copy_text(json, "MinAPIVersion", oldest, sizeof oldest);
    int high = version_number(newest), low = version_number(oldest);
    int ours = version_number(TE_ENGINE_API);
    if (high < 0)
        return te_err_set(err, TE_ERR_FORMAT,
                          "what answers is no Docker engine: it names no API version");
    if (high < version_number(TE_ENGINE_API_MIN))
        return te_err_set(err, TE_ERR_INFRA,
                          "the engine speaks API %s, at least " TE_ENGINE_API_MIN " is needed",
                          newest);
    int use = high < ours ? high : ours;
    if (low > use)
        use = low;
    snprintf(out, TE_ENGINE_VERSION, "%d.%d", use / 1000, use % 1000);
    return 0;
}

int te_engine_parse_info(const char *text, size_t len, struct te_engine_info *out,
                         struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "information of the engine", err);
    char word[64];
    if (!json)
        return -1;
    *out = (struct te_engine_info){0};
    copy_text(json, "CgroupDriver", word, sizeof word);
    out->cgroupfs = strcmp(word, "cgroupfs") == 0;
    copy_text(json, "CgroupVersion", word, sizeof word);
    out->cgroup_version = strcmp(word, "2") == 0 ? 2 : 1;
    out->memory = json_integer_value(json_object_get(json, "MemTotal"));
    out->cpus = json_integer_value(json_object_get(json, "NCPU"));
    copy_text(json, "DockerRootDir", out->root, sizeof out->root);
    copy_text(json, "ServerVersion", out->version, sizeof out->version);
    return 0;
}

static bool is_id(const char *text)
{
    size_t n = strspn(text, "0123456789abcdef");
    return n >= 12 && n < TE_ENGINE_ID && text[n] == '\0';
}

int te_engine_parse_id(const char *text, size_t len, char out[TE_ENGINE_ID], struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "reply to create", err);
    if (!json)
        return -1;
    const char *id = json_string_value(json_object_get(json, "Id"));
    if (!id || !is_id(id))
        return te_err_set(err, TE_ERR_FORMAT, "reply to create: no container id");
    snprintf(out, TE_ENGINE_ID, "%s", id);
    return 0;
}

int te_engine_parse_wait(const char *text, size_t len, int *exit_code, struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "reply to wait", err);
    if (!json)
        return -1;
    const json_t *code = json_object_get(json, "StatusCode");
    if (!json_is_integer(code) || json_integer_value(code) < -1 ||
        json_integer_value(code) > INT_MAX)
        return te_err_set(err, TE_ERR_FORMAT, "reply to wait: no status code");
    *exit_code = (int)json_integer_value(code);
    return 0;
}

int te_engine_parse_image(const char *text, size_t len, struct te_engine_image *out,
                          struct te_err *err)
{
    te_autojson json_t *json = te_json_parse(text, len, "images of the engine", err);
    if (!json)
        return -1;
    const json_t *image = json_is_array(json) ? json_array_get(json, 0) : json;
    if (!image)
        return te_err_set(err, TE_ERR_NOENT, "the engine has no image");
    const char *source =
        json_string_value(json_array_get(json_object_get(image, "RepoDigests"), 0));
    const char *at = source ? strchr(source, '@') : NULL;
    copy_text(image, "Id", out->id, sizeof out->id);
    snprintf(out->digest, sizeof out->digest, "%s", at ? at + 1 : "");
    if (!is_id(strncmp(out->id, "sha256:", 7) == 0 ? out->id + 7 : out->id))
        return te_err_set(err, TE_ERR_FORMAT, "images of the engine: no image id");
    return 0;
}

/* "0001-01-01T00:00:00Z" stands for never. */
static double parse_time(const char *text)
{
    double t = *text ? te_clock_parse(text) : NAN;
    return t > 0 ? t : NAN;
}

/* Digits behind the point of the seconds, as a fraction: a double of the whole time is too coarse
 * for short runs. */
static double fraction(const char *text)
{
    const char *point = strchr(text, '.');
    return point ? strtod(point, NULL) : 0;
}

int te_engine_parse_state(const char *text, size_t len, struct te_engine_state *out,
                          struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "state of a container", err);
    if (!json)
        return -1;
    const json_t *state = json_object_get(json, "State");
    if (!json_is_object(state))
        return te_err_set(err, TE_ERR_FORMAT, "state of a container: it has none");
    char started[64], finished[64], status[32];
    *out = (struct te_engine_state){0};
    copy_text(state, "Status", status, sizeof status);
    out->removing = strcmp(status, "removing") == 0 || json_is_true(json_object_get(state, "Dead"));
    out->running = json_is_true(json_object_get(state, "Running"));
    out->oom_killed = json_is_true(json_object_get(state, "OOMKilled"));
    json_int_t code = json_integer_value(json_object_get(state, "ExitCode"));
    out->exit_code = code >= 0 && code <= 255 ? (int)code : 255;
    copy_text(state, "StartedAt", started, sizeof started);
    copy_text(state, "FinishedAt", finished, sizeof finished);
    copy_text(state, "Error", out->error, sizeof out->error);
    copy_text(json, "Image", out->image, sizeof out->image);
    out->started = parse_time(started);
    out->finished = parse_time(finished);
    double a = fraction(started), b = fraction(finished);
    out->run_time = round((out->finished - b) - (out->started - a)) + (b - a);
    return 0;
}

void te_engine_message(const char *text, size_t len, char *out, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    te_autojson json_t *json = parse_object(text, len, "reply", &err);
    const char *message = json ? json_string_value(json_object_get(json, "message")) : NULL;
    if (message)
        snprintf(out, size, "%s", message);
    else
        snprintf(out, size, "%.*s", len < 200 ? (int)len : 200, text ? text : "");
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    for (size_t n = strlen(out); n && out[n - 1] == ' ';)
        out[--n] = '\0';
}

int te_engine_parse_list(const char *text, size_t len, struct te_engine_item **items, size_t *count,
                         struct te_err *err)
{
    te_autojson json_t *json = te_json_parse(text, len, "list of containers", err);
    if (!json)
        return -1;
    if (!json_is_array(json))
        return te_err_set(err, TE_ERR_FORMAT, "list of containers: an array was expected");
    size_t n = json_array_size(json), k = 0;
    te_autofree struct te_engine_item *list = te_zalloc(n ? n : 1, sizeof *list, err);
    if (!list)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(json, i);
        const json_t *labels = json_object_get(item, "Labels");
        struct te_engine_item *to = &list[k];
        copy_text(item, "Id", to->id, sizeof to->id);
        copy_text(labels, TE_LABEL, to->label, sizeof to->label);
        copy_text(labels, TE_LABEL_RUN, to->run, sizeof to->run);
        copy_text(labels, TE_LABEL_OWNER, to->owner, sizeof to->owner);
        copy_text(labels, TE_LABEL_RANK, to->rank, sizeof to->rank);
        k += is_id(to->id);
    }
    *items = te_steal(list);
    *count = k;
    return 0;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void add_io(const json_t *list, struct te_measure *m)
{
    size_t i;
    const json_t *item;
    double in = 0, out = 0;
    json_array_foreach(list, i, item)
    {
        const char *op = json_string_value(json_object_get(item, "op"));
        double value = number(item, "value");
        if (op && (op[0] == 'R' || op[0] == 'r'))
            in += value;
        else if (op && (op[0] == 'W' || op[0] == 'w'))
            out += value;
    }
    if (json_array_size(list)) {
        m->read_bytes = in;
        m->write_bytes = out;
    }
}

int te_engine_parse_stats(const char *text, size_t len, struct te_measure *m, struct te_err *err)
{
    te_autojson json_t *json = parse_object(text, len, "figures of a container", err);
    if (!json)
        return -1;
    const json_t *use = json_object_get(json_object_get(json, "cpu_stats"), "cpu_usage");
    double total = number(use, "total_usage");
    if (!(total > 0))
        return 0; /* not begun, or gone already */
    double kernel = number(use, "usage_in_kernelmode") / 1e9;
    m->cpu_system = isnan(kernel) ? 0 : kernel;
    m->cpu_user = total / 1e9 - m->cpu_system;
    if (m->cpu_user < 0)
        m->cpu_user = 0;
    const json_t *memory = json_object_get(json, "memory_stats");
    double peak = number(memory, "max_usage"), now = number(memory, "usage");
    if (isnan(peak))
        peak = now;
    if (!isnan(peak) && !(m->peak_memory > peak))
        m->peak_memory = peak;
    add_io(json_object_get(json_object_get(json, "blkio_stats"), "io_service_bytes_recursive"), m);
    m->measured_by = TE_MEASURED_STATS;
    return 0;
}
