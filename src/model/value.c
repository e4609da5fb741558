#include "te/model/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"

static bool holds_items(const struct te_value *value)
{
    return value->kind >= TE_VALUE_LIST;
}

static bool holds_text(const struct te_value *value)
{
    return value->kind == TE_VALUE_STR || (value->kind == TE_VALUE_INT && value->big);
}

void te_value_release(struct te_value *value)
{
    if (!value)
        return;
    if (holds_text(value))
        te_free(value->text);
    if (holds_items(value)) {
        for (size_t i = 0; i < value->count; i++)
            te_value_release(&value->items[i]);
        te_free(value->items);
    }
    *value = (struct te_value)TE_VALUE_INIT;
}

struct te_value te_value_move(struct te_value *value)
{
    struct te_value moved = *value;
    *value = (struct te_value)TE_VALUE_INIT;
    return moved;
}

static int copy_text(const struct te_value *value, struct te_value *out, struct te_err *err)
{
    struct te_value copy = *value;
    copy.text = te_alloc(value->len + 1, err);
    if (!copy.text)
        return -1;
    memcpy(copy.text, value->text, value->len + 1);
    *out = copy;
    return 0;
}

static int copy_items(const struct te_value *value, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value copy = te_value_empty(value->kind);
    if (value->count) {
        copy.items = te_zalloc(value->count, sizeof *copy.items, err);
        if (!copy.items)
            return -1;
        copy.cap = value->count;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (te_value_copy(&value->items[i], &copy.items[i], err))
            return -1;
        copy.count = i + 1;
    }
    *out = te_value_move(&copy);
    return 0;
}

int te_value_copy(const struct te_value *value, struct te_value *out, struct te_err *err)
{
    if (holds_text(value))
        return copy_text(value, out, err);
    if (holds_items(value))
        return copy_items(value, out, err);
    *out = *value;
    return 0;
}

struct te_value te_value_bool(bool b)
{
    return (struct te_value){.kind = TE_VALUE_BOOL, .b = b};
}

struct te_value te_value_int(int64_t i)
{
    return (struct te_value){.kind = TE_VALUE_INT, .i = i};
}

struct te_value te_value_float(double f)
{
    return (struct te_value){.kind = TE_VALUE_FLOAT, .f = f};
}

struct te_value te_value_empty(enum te_value_kind kind)
{
    return (struct te_value){.kind = kind};
}

int te_value_str(const char *text, size_t len, struct te_value *out, struct te_err *err)
{
    char *copy = te_alloc(len + 1, err);
    if (!copy)
        return -1;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    *out = (struct te_value){.kind = TE_VALUE_STR, .text = copy, .len = len};
    return 0;
}

int te_value_push(struct te_value *list, struct te_value *item, struct te_err *err)
{
    if (te_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, TE_MAX_PARAM_ITEMS,
                err))
        return -1;
    list->items[list->count++] = te_value_move(item);
    return 0;
}

static bool hashable(const struct te_value *key)
{
    if (key->kind == TE_VALUE_LIST || key->kind == TE_VALUE_DICT)
        return false;
    if (key->kind == TE_VALUE_TUPLE)
        for (size_t i = 0; i < key->count; i++)
            if (!hashable(&key->items[i]))
                return false;
    return true;
}

int te_value_put(struct te_value *dict, struct te_value *key, struct te_value *item,
                 struct te_err *err)
{
    if (!hashable(key))
        return te_err_set(err, TE_ERR_FORMAT, "a %s cannot be a key", te_value_type(key));
    for (size_t i = 0; i < dict->count; i += 2)
        if (te_value_equal(&dict->items[i], key)) {
            te_value_release(&dict->items[i + 1]);
            dict->items[i + 1] = te_value_move(item);
            te_value_release(key);
            return 0;
        }
    if (te_grow(&dict->items, &dict->cap, dict->count + 2, sizeof *dict->items,
                2 * TE_MAX_PARAM_KEYS, err))
        return -1;
    dict->items[dict->count] = te_value_move(key);
    dict->items[dict->count + 1] = te_value_move(item);
    dict->count += 2;
    return 0;
}

int te_value_puts(struct te_value *dict, const char *key, struct te_value *item, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value name = TE_VALUE_INIT;
    if (te_value_str(key, strlen(key), &name, err))
        return -1;
    return te_value_put(dict, &name, item, err);
}

bool te_value_is_str(const struct te_value *value, const char *text)
{
    return value->kind == TE_VALUE_STR && value->len == strlen(text) &&
           memcmp(value->text, text, value->len) == 0;
}

static size_t find_key(const struct te_value *dict, const char *key)
{
    size_t i = 0;
    while (i < dict->count && !te_value_is_str(&dict->items[i], key))
        i += 2;
    return i;
}

struct te_value *te_value_get(const struct te_value *dict, const char *key)
{
    if (dict->kind != TE_VALUE_DICT)
        return NULL;
    size_t i = find_key(dict, key);
    return i < dict->count ? &dict->items[i + 1] : NULL;
}

bool te_value_drop(struct te_value *dict, const char *key)
{
    size_t i = find_key(dict, key);
    if (i >= dict->count)
        return false;
    te_value_release(&dict->items[i]);
    te_value_release(&dict->items[i + 1]);
    dict->count -= 2;
    if (dict->count > i)
        memmove(&dict->items[i], &dict->items[i + 2], (dict->count - i) * sizeof *dict->items);
    return true;
}

size_t te_value_len(const struct te_value *value)
{
    if (!holds_items(value))
        return 0;
    return value->kind == TE_VALUE_DICT ? value->count / 2 : value->count;
}

static bool is_number(const struct te_value *value)
{
    return value->kind >= TE_VALUE_BOOL && value->kind <= TE_VALUE_FLOAT;
}

/* An int and a float are equal when the float is that very whole number. */
static bool int_equals_float(const struct te_value *i, double f)
{
    if (i->kind == TE_VALUE_BOOL)
        return f == (double)i->b;
    if (i->big)
        return false; /* such keys are not worth a decimal comparison: they stay apart */
    return f >= -9223372036854775808.0 && f < 9223372036854775808.0 && f == trunc(f) &&
           (int64_t)f == i->i;
}

static bool numbers_equal(const struct te_value *a, const struct te_value *b)
{
    if (a->kind == TE_VALUE_FLOAT && b->kind == TE_VALUE_FLOAT)
        return a->f == b->f;
    if (a->kind == TE_VALUE_FLOAT)
        return int_equals_float(b, a->f);
    if (b->kind == TE_VALUE_FLOAT)
        return int_equals_float(a, b->f);
    if (a->big || b->big)
        return a->big && b->big && strcmp(a->text, b->text) == 0;
    int64_t left = a->kind == TE_VALUE_BOOL ? a->b : a->i;
    int64_t right = b->kind == TE_VALUE_BOOL ? b->b : b->i;
    return left == right;
}

static bool dicts_equal(const struct te_value *a, const struct te_value *b)
{
    for (size_t i = 0; i < a->count; i += 2) {
        size_t k = 0;
        while (k < b->count && !te_value_equal(&b->items[k], &a->items[i]))
            k += 2;
        if (k >= b->count || !te_value_equal(&b->items[k + 1], &a->items[i + 1]))
            return false;
    }
    return true;
}

static bool items_equal(const struct te_value *a, const struct te_value *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!te_value_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

bool te_value_equal(const struct te_value *a, const struct te_value *b)
{
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->kind != b->kind)
        return false;
    if (a->kind == TE_VALUE_STR)
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    if (!holds_items(a))
        return true;
    if (a->count != b->count)
        return false;
    return a->kind == TE_VALUE_DICT ? dicts_equal(a, b) : items_equal(a, b);
}

bool te_value_truth(const struct te_value *value)
{
    switch (value->kind) {
    case TE_VALUE_NONE:
        return false;
    case TE_VALUE_BOOL:
        return value->b;
    case TE_VALUE_INT:
        return value->big || value->i != 0;
    case TE_VALUE_FLOAT:
        return value->f != 0.0;
    case TE_VALUE_STR:
        return value->len > 0;
    default:
        return value->count > 0;
    }
}

const char *te_value_type(const struct te_value *value)
{
    static const char *const names[TE_VALUE_KINDS] = {"NoneType", "bool", "int",   "float",
                                                      "str",      "list", "tuple", "dict"};
    return names[value->kind];
}
