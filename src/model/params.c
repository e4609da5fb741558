#include "te/model/params.h"

#include <stdlib.h>
#include <string.h>
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/*
 * One parameter name. In a setting it has one of its values, or (independent grid) the fixed one,
 * or is absent. The text of every pair is kept, so that a setting's repr is a few copies.
 */
struct te_params_axis {
    const struct te_value *key;
    const struct te_value *fixed;  /* NULL: none */
    const struct te_value *values; /* NULL: not searched */
    size_t count;
    uint64_t first;       /* independent: index of the setting that has its first value */
    uint64_t stride;      /* full: settings between two of its values */
    size_t longest;       /* bytes of the longest pair */
    struct te_buf *pairs; /* "('name', value)": of the fixed value, then of each value */
};

/* ---- order of keys ---- */

static int compare_text(const struct te_value *a, const struct te_value *b)
{
    size_t n = a->len < b->len ? a->len : b->len;
    int order = n ? memcmp(a->text, b->text, n) : 0;
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_keys(const struct te_value *a, const struct te_value *b)
{
    if (a->kind == TE_VALUE_STR)
        return compare_text(a, b);
    return (a->i > b->i) - (a->i < b->i);
}

static int compare_axes(const void *a, const void *b)
{
    return compare_keys(((const struct te_params_axis *)a)->key,
                        ((const struct te_params_axis *)b)->key);
}

static int check_keys(const struct te_value *dict, struct te_err *err)
{
    for (size_t i = 0; i < dict->count; i += 2) {
        const struct te_value *key = &dict->items[i];
        bool known = key->kind == TE_VALUE_STR || (key->kind == TE_VALUE_INT && !key->big);
        if (!known || key->kind != dict->items[0].kind)
            return te_err_set(err, TE_ERR_USAGE,
                              "parameter names are texts (or all whole numbers), not '%s'",
                              te_value_type(key));
    }
    return 0;
}

/* ---- ids ---- */

static void add_pair(const struct te_value *key, const struct te_value *item, struct te_buf *buf)
{
    te_buf_addc(buf, '(');
    te_value_repr(key, buf);
    te_buf_adds(buf, ", ");
    te_value_repr(item, buf);
    te_buf_addc(buf, ')');
}

static int compare_entries(const void *a, const void *b)
{
    const struct te_value *const *left = a;
    const struct te_value *const *right = b;
    return compare_keys(*left, *right);
}

int te_params_repr(const struct te_value *setting, struct te_buf *buf, struct te_err *err)
{
    size_t n = te_value_len(setting);
    if (check_keys(setting, err))
        return -1;
    te_autofree const struct te_value **keys = te_zalloc(n + 1, sizeof *keys, err);
    if (!keys)
        return -1;
    for (size_t i = 0; i < n; i++)
        keys[i] = &setting->items[2 * i];
    qsort(keys, n, sizeof *keys, compare_entries);
    te_buf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            te_buf_adds(buf, ", ");
        add_pair(keys[i], keys[i] + 1, buf);
    }
    te_buf_addc(buf, ']');
    return te_buf_check(buf, err);
}

int te_params_id(const struct te_value *setting, char id[TE_MD5_HEX], struct te_err *err)
{
    unsigned char md5[TE_HASH_MD5_BYTES];
    te_cleanup(te_buf_release) struct te_buf buf;
    te_buf_init(&buf, 16 * TE_MAX_PARAM_TEXT);
    if (te_params_repr(setting, &buf, err) || te_md5(buf.data, buf.len, md5, err))
        return -1;
    te_hex(md5, sizeof md5, id);
    return 0;
}

/* ---- settings ---- */

void te_params_release(struct te_params *params)
{
    if (!params)
        return;
    for (size_t i = 0; i < params->n_axes; i++) {
        struct te_params_axis *axis = &params->axes[i];
        for (size_t k = 0; axis->pairs && k <= axis->count; k++)
            te_buf_release(&axis->pairs[k]);
        te_free(axis->pairs);
    }
    te_free(params->axes);
    te_value_release(&params->fixed);
    te_value_release(&params->grid);
    *params = (struct te_params){0};
}

static struct te_params_axis *find_axis(struct te_params *params, const struct te_value *key)
{
    for (size_t i = 0; i < params->n_axes; i++)
        if (te_value_equal(params->axes[i].key, key))
            return &params->axes[i];
    params->axes[params->n_axes].key = key;
    return &params->axes[params->n_axes++];
}

/* A full grid takes a fixed value as a list of one; a name in both is the grid's. */
static void add_fixed(struct te_params *params)
{
    for (size_t i = 0; i < params->fixed.count; i += 2) {
        struct te_params_axis *axis = find_axis(params, &params->fixed.items[i]);
        const struct te_value *value = &params->fixed.items[i + 1];
        if (params->kind != TE_PARAMS_FULL) {
            axis->fixed = value;
        } else {
            axis->values = value;
            axis->count = 1;
        }
    }
}

static int bad_axis(const struct te_value *key, const char *what, struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf name;
    te_buf_init(&name, TE_MAX_PARAM_TEXT);
    te_value_repr(key, &name);
    return te_err_set(err, TE_ERR_USAGE, "grid values of %.300s %s", name.data ? name.data : "?",
                      what);
}

static int add_grid(struct te_params *params, struct te_err *err)
{
    bool full = params->kind == TE_PARAMS_FULL;
    for (size_t i = 0; i < params->grid.count; i += 2) {
        const struct te_value *key = &params->grid.items[i];
        const struct te_value *value = &params->grid.items[i + 1];
        bool list = value->kind == TE_VALUE_LIST || (full && value->kind == TE_VALUE_TUPLE);
        struct te_params_axis *axis = find_axis(params, key);
        if (full && !list)
            return bad_axis(key, "must be a list, e.g. [1, 2]", err);
        if (full && value->count == 0)
            return bad_axis(key, "must not be an empty list", err);
        axis->values = list ? value->items : value;
        axis->count = list ? value->count : 1;
    }
    return 0;
}

static int keep_pairs(struct te_params_axis *axis, struct te_err *err)
{
    axis->pairs = te_zalloc(axis->count + 1, sizeof *axis->pairs, err);
    if (!axis->pairs)
        return -1;
    for (size_t k = 0; k <= axis->count; k++) {
        const struct te_value *item = k ? &axis->values[k - 1] : axis->fixed;
        te_buf_init(&axis->pairs[k], 4 * TE_MAX_PARAM_TEXT);
        if (item)
            add_pair(axis->key, item, &axis->pairs[k]);
        if (te_buf_check(&axis->pairs[k], err))
            return -1;
        if (axis->pairs[k].len > axis->longest)
            axis->longest = axis->pairs[k].len;
    }
    return 0;
}

/* Independent settings are numbered in the grid's own order, so before the names are sorted. */
static int count_settings(struct te_params *params, struct te_err *err)
{
    uint64_t total = params->kind == TE_PARAMS_INDEPENDENT ? 0 : 1;
    for (size_t i = 0; i < params->grid.count && params->kind == TE_PARAMS_INDEPENDENT; i += 2) {
        struct te_params_axis *axis = find_axis(params, &params->grid.items[i]);
        axis->first = total;
        total += axis->count;
    }
    qsort(params->axes, params->n_axes, sizeof *params->axes, compare_axes);
    for (size_t i = params->n_axes; i-- > 0 && params->kind == TE_PARAMS_FULL;) {
        params->axes[i].stride = total;
        if (__builtin_mul_overflow(total, (uint64_t)params->axes[i].count, &total) ||
            total > TE_MAX_SETTINGS)
            return te_err_set(err, TE_ERR_USAGE, "the grid has more than %d settings",
                              TE_MAX_SETTINGS);
    }
    params->count = total ? total : 1;
    return 0;
}

static int prepare(struct te_params *params, struct te_err *err)
{
    size_t names = te_value_len(&params->fixed) + te_value_len(&params->grid);
    if (check_keys(&params->fixed, err) || check_keys(&params->grid, err))
        return -1;
    if (params->fixed.count && params->grid.count &&
        params->fixed.items[0].kind != params->grid.items[0].kind)
        return te_err_set(err, TE_ERR_USAGE,
                          "parameter names are all texts or all whole numbers, not both");
    params->axes = te_zalloc(names + 1, sizeof *params->axes, err);
    if (!params->axes)
        return -1;
    add_fixed(params);
    if (add_grid(params, err) || count_settings(params, err))
        return -1;
    for (size_t i = 0; i < params->n_axes; i++)
        if (keep_pairs(&params->axes[i], err))
            return -1;
    return 0;
}

int te_params_init(enum te_params_kind kind, struct te_value *fixed, struct te_value *grid,
                   struct te_params *out, struct te_err *err)
{
    te_cleanup(te_params_release) struct te_params params = {.kind = kind};
    params.fixed = te_value_move(fixed);
    params.grid = te_value_move(grid);
    if (prepare(&params, err))
        return -1;
    *out = params;
    params = (struct te_params){0};
    return 0;
}

/* Which value the axis has in this setting: 0 the fixed one, k its k-th. */
static size_t choice(const struct te_params *params, const struct te_params_axis *axis,
                     uint64_t index)
{
    if (params->kind == TE_PARAMS_FULL)
        return (size_t)(index / axis->stride % axis->count) + 1;
    if (axis->count && index >= axis->first && index - axis->first < axis->count)
        return (size_t)(index - axis->first) + 1;
    return 0;
}

static int put_copy(struct te_value *setting, const struct te_value *key,
                    const struct te_value *item, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value name = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    if (te_value_copy(key, &name, err) || te_value_copy(item, &value, err))
        return -1;
    return te_value_put(setting, &name, &value, err);
}

int te_params_setting(const struct te_params *params, uint64_t index, struct te_value *out,
                      struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value setting = te_value_empty(TE_VALUE_DICT);
    if (params->kind == TE_PARAMS_FIXED)
        return te_value_copy(&params->fixed, out, err);
    for (size_t i = 0; i < params->n_axes; i++) {
        const struct te_params_axis *axis = &params->axes[i];
        size_t k = choice(params, axis, index);
        const struct te_value *item = k ? &axis->values[k - 1] : axis->fixed;
        if (item && put_copy(&setting, axis->key, item, err))
            return -1;
    }
    *out = te_value_move(&setting);
    return 0;
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

void te_params_setting_repr(const struct te_params *params, uint64_t index, struct te_buf *buf)
{
    size_t most = 2;
    for (size_t i = 0; i < params->n_axes; i++)
        most += params->axes[i].longest + 2;
    char *start = te_buf_room(buf, most);
    if (!start)
        return;
    char *at = put(start, "[", 1);
    for (size_t i = 0; i < params->n_axes; i++) {
        const struct te_params_axis *axis = &params->axes[i];
        const struct te_buf *pair = &axis->pairs[choice(params, axis, index)];
        if (pair->len == 0)
            continue;
        if (at > start + 1)
            at = put(at, ", ", 2);
        at = put(at, pair->data, pair->len);
    }
    at = put(at, "]", 1);
    buf->len += (size_t)(at - start);
    *at = '\0';
}

static int compare_pairs(const void *a, const void *b)
{
    const struct te_buf *const *left = a;
    const struct te_buf *const *right = b;
    return strcmp((*left)->data, (*right)->data);
}

int te_params_distinct(const struct te_params *params, bool *distinct, struct te_err *err)
{
    bool all = params->kind != TE_PARAMS_INDEPENDENT;
    for (size_t i = 0; i < params->n_axes && all && params->kind == TE_PARAMS_FULL; i++) {
        const struct te_params_axis *axis = &params->axes[i];
        te_autofree const struct te_buf **pairs = te_zalloc(axis->count + 1, sizeof *pairs, err);
        if (!pairs)
            return -1;
        for (size_t k = 0; k < axis->count; k++)
            pairs[k] = &axis->pairs[k + 1];
        qsort(pairs, axis->count, sizeof *pairs, compare_pairs);
        for (size_t k = 1; k < axis->count && all; k++)
            all = compare_pairs(&pairs[k - 1], &pairs[k]) != 0;
    }
    *distinct = all;
    return 0;
}
