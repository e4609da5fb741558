/* Reading the golden cases that lie beside the project: for the metric tests alone. */
#ifndef METRIC_GOLDEN_H
#define METRIC_GOLDEN_H

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "te_test.h"

#define GOLDEN "../shared/golden/metrics"

struct column {
    double *values;
    size_t n;
};

/* One number a line, plain or gzipped; an absent file gives n = 0. */
static inline struct column column_read(const char *folder, const char *file)
{
    struct column c = {NULL, 0};
    char path[600];
    char line[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    gzFile f = gzopen(path, "rb");
    if (!f) {
        return c;
    }
    size_t cap = 0;
    while (gzgets(f, line, sizeof line)) {
        char *end = NULL;
        double v = strtod(line, &end);
        if (end == line) {
            continue;
        }
        if (c.n == cap) {
            cap = cap ? 2 * cap : 1024;
            c.values = realloc(c.values, cap * sizeof *c.values);
        }
        c.values[c.n++] = v;
    }
    gzclose(f);
    return c;
}

static inline void column_free(struct column *c)
{
    free(c->values);
}

static inline json_t *golden_load(const char *folder, const char *file)
{
    char path[600];
    json_error_t err;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    json_t *root = json_load_file(path, JSON_DECODE_INT_AS_REAL, &err);
    if (!root && access(path, R_OK) == 0) {
        fprintf(stderr, "%s: line %d: %s\n", path, err.line, err.text);
    }
    return root;
}

static inline bool golden_there(void)
{
    if (access(GOLDEN "/public", R_OK) != 0) {
        te_skip("../shared/golden is not here");
        return false;
    }
    return true;
}

static inline const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A number, or one of the texts nan, inf, -inf. */
static inline bool golden_number(const json_t *v, double *out)
{
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return true;
    }
    const char *text = json_string_value(v);
    if (!text) {
        return false;
    }
    *out = strtod(text, NULL);
    return true;
}

static inline bool near(double a, double b, double absolute, double relative)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) && isnan(b);
    }
    return a == b || fabs(a - b) <= absolute || fabs(a - b) <= relative * fabs(b);
}

/* Calls fn for every folder below `parent`, in any order. */
static inline size_t each_case(const char *parent, void (*fn)(const char *folder, const char *name))
{
    size_t count = 0;
    DIR *dir = opendir(parent);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        char folder[400];
        char probe[420];
        snprintf(folder, sizeof folder, "%s/%s", parent, e->d_name);
        snprintf(probe, sizeof probe, "%s/expected.json", folder);
        if (access(probe, R_OK) == 0) {
            fn(folder, e->d_name);
            count++;
        }
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

#endif
