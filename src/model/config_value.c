/* Values of configuration keys: one reader per kind, chosen by a table. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"
#include "te/model/config.h"
#include "te/model/config_keys.h"

typedef int reader(const struct te_config_key *key, const char *value,
                   const struct te_key_place *place, void *field, struct te_err *err);

static int put_text(void *field, char *text)
{
    char **slot = field;
    if (!text)
        return -1;
    te_free(*slot);
    *slot = text;
    return 0;
}

static int read_text(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    (void)place;
    if (key->kind == TE_KEY_TEXT && key->min > 0 && !*value)
        return te_err_set(err, TE_ERR_USAGE, "the value is empty: remove the key or give one");
    return put_text(field, te_strdup(value, err));
}

static int read_name(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    if (te_str_check_name("name", value, err) < 0)
        return -1;
    return read_text(key, value, place, field, err);
}

static int read_path(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    (void)key;
    if (!*value)
        return te_err_set(err, TE_ERR_USAGE, "a path is needed, the value is empty");
    return put_text(field, te_fs_join(place->folder, value, err));
}

static int read_output(const struct te_config_key *key, const char *value,
                       const struct te_key_place *place, void *field, struct te_err *err)
{
    (void)key;
    if (!*value)
        return te_err_set(err, TE_ERR_USAGE, "a path is needed, the value is empty");
    return put_text(field, te_fs_join(place->working, value, err));
}

static int read_bool(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    int yes;
    (void)key;
    (void)place;
    if (te_parse_bool(value, &yes, err) < 0)
        return -1;
    *(bool *)field = yes;
    return 0;
}

static int read_int(const struct te_config_key *key, const char *value,
                    const struct te_key_place *place, void *field, struct te_err *err)
{
    (void)place;
    return te_parse_int(value, (int64_t)key->min, (int64_t)key->max, field, err);
}

static int read_count(const struct te_config_key *key, const char *value,
                      const struct te_key_place *place, void *field, struct te_err *err)
{
    int64_t number;
    (void)place;
    if (te_parse_int(value, (int64_t)key->min, (int64_t)key->max, &number, err) < 0)
        return -1;
    *(int *)field = (int)number;
    return 0;
}

static int read_real(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    (void)place;
    return te_parse_double(value, key->min, key->max, field, err);
}

static int read_size(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    int64_t bytes;
    char least[40], most[40];
    (void)place;
    if (te_parse_size(value, &bytes, err) < 0)
        return -1;
    if ((double)bytes < key->min || (double)bytes > key->max) {
        te_format_size(key->min, least, sizeof least);
        if ((double)bytes < key->min)
            return te_err_set(err, TE_ERR_USAGE, "'%.80s' is out of range: at least %s is needed",
                              value, least);
        te_format_size(key->max, most, sizeof most);
        return te_err_set(err, TE_ERR_USAGE, "'%.80s' is out of range: %s to %s is allowed", value,
                          least, most);
    }
    *(int64_t *)field = bytes;
    return 0;
}

static int read_duration(const struct te_config_key *key, const char *value,
                         const struct te_key_place *place, void *field, struct te_err *err)
{
    double seconds;
    char least[40], most[40];
    (void)place;
    if (te_parse_duration(value, &seconds, err) < 0)
        return -1;
    if (!(seconds >= key->min && seconds <= key->max)) {
        te_format_duration(key->min, least, sizeof least);
        te_format_duration(key->max, most, sizeof most);
        return te_err_set(err, TE_ERR_USAGE, "'%.80s' is out of range: %s to %s is allowed", value,
                          least, most);
    }
    if (strlen(value) >= TE_DURATION_TEXT)
        return te_err_set(err, TE_ERR_USAGE, "a duration of %zu bytes is too long: %d are allowed",
                          strlen(value), TE_DURATION_TEXT - 1);
    *(double *)field = seconds;
    return 0;
}

/* '_' and '-' and case do not matter: SEMI_SUPERVISED is semi-supervised. */
static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a == '_' ? '-' : *a;
        char y = *b == '_' ? '-' : *b;
        if (strncasecmp(&x, &y, 1) != 0)
            return false;
    }
    return *a == *b;
}

static int find_word(const struct te_config_key *key, const char *value, struct te_err *err)
{
    char list[256] = "";
    for (int i = 0; key->words[i]; i++) {
        if (same_word(value, key->words[i]))
            return i;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s",
                 i == 0              ? ""
                 : key->words[i + 1] ? ", "
                                     : " or ",
                 key->words[i]);
    }
    return te_err_set(err, TE_ERR_USAGE, "'%.80s' is not one of %s", value, list);
}

static int read_word(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    int word = find_word(key, value, err);
    (void)place;
    if (word < 0)
        return -1;
    /* Every enum of ours without negative values has the layout of unsigned. */
    unsigned number = (unsigned)word;
    memcpy(field, &number, sizeof number);
    return 0;
}

static int read_flag(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    int word = find_word(key, value, err);
    (void)place;
    if (word < 0)
        return -1;
    *(bool *)field = word == 1;
    return 0;
}

static int read_choice(const struct te_config_key *key, const char *value,
                       const struct te_key_place *place, void *field, struct te_err *err)
{
    int word = find_word(key, value, err);
    return word < 0 ? -1 : read_text(key, key->words[word], place, field, err);
}

/* ---- lists ---- */

static int add_path(const struct te_key_place *place, const char *item, struct te_strings *list,
                    struct te_err *err)
{
    te_autofree char *path = te_fs_join(place->folder, item, err);
    return path ? te_strings_add(list, path, err) : -1;
}

static int check_pattern(const char *item, struct te_err *err)
{
    const char *slash = strchr(item, '/');
    if (slash && slash != item && slash[1] && !strchr(slash + 1, '/'))
        return 0;
    return te_err_set(err, TE_ERR_USAGE,
                      "'%.80s' is no pattern COLLECTION/DATASET (e.g. NAB/*, */art_?)", item);
}

static int fill_list(const struct te_config_key *key, char **items, size_t count,
                     const struct te_key_place *place, struct te_strings *list, struct te_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (key->kind == TE_KEY_PATTERNS && check_pattern(items[i], err) < 0)
            return -1;
        int rc = key->kind == TE_KEY_PATHS ? add_path(place, items[i], list, err)
                                           : te_strings_add(list, items[i], err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int read_list(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    te_autofree char **items = NULL;
    size_t count = 0;
    struct te_strings list = {0};
    if (te_str_split(value, &items, &count, err) < 0)
        return -1;
    if (fill_list(key, items, count, place, &list, err) < 0) {
        te_strings_release(&list);
        return -1;
    }
    te_strings_release(field);
    *(struct te_strings *)field = list;
    return 0;
}

/* One argument from *p on, quotes taken off; *p moves behind it. */
static int next_argument(const char **p, char *out, struct te_err *err)
{
    char quote = 0;
    const char *c = *p;
    for (; *c && (quote || (*c != ' ' && *c != '\t')); c++) {
        if (quote ? *c == quote : *c == '\'' || *c == '"')
            quote = quote ? 0 : *c;
        else
            *out++ = *c;
    }
    *out = '\0';
    *p = c;
    return quote ? te_err_set(err, TE_ERR_USAGE, "a quote %c has no end", quote) : 0;
}

static int read_args(const struct te_config_key *key, const char *value,
                     const struct te_key_place *place, void *field, struct te_err *err)
{
    struct te_strings list = {0};
    te_autofree char *argument = te_alloc(strlen(value) + 1, err);
    (void)key;
    (void)place;
    int rc = argument ? 0 : -1;
    for (const char *p = value; rc == 0;) {
        p += strspn(p, " \t");
        if (!*p)
            break;
        rc = next_argument(&p, argument, err);
        if (rc == 0)
            rc = te_strings_add(&list, argument, err);
    }
    if (rc < 0) {
        te_strings_release(&list);
        return -1;
    }
    te_strings_release(field);
    *(struct te_strings *)field = list;
    return 0;
}

/* ---- texts with a form ---- */

static int read_socket(const struct te_config_key *key, const char *value,
                       const struct te_key_place *place, void *field, struct te_err *err)
{
    if (value[0] == '/')
        return put_text(field, te_asprintf(err, "unix://%s", value));
    if (strncmp(value, "unix:///", 8) == 0 && value[8])
        return read_text(key, value, place, field, err);
    return te_err_set(err, TE_ERR_USAGE,
                      "'%.200s' is no local socket: unix:///path/to/docker.sock is right", value);
}

static int read_image(const struct te_config_key *key, const char *value,
                      const struct te_key_place *place, void *field, struct te_err *err)
{
    const char *last = strrchr(value, '/');
    last = last ? last + 1 : value;
    if (!*last || strpbrk(value, " \t'\"") || value[0] == '-')
        return te_err_set(err, TE_ERR_USAGE,
                          "'%.200s' is no image: registry/name:tag or name:tag is right", value);
    if (strchr(last, ':') || strchr(last, '@'))
        return read_text(key, value, place, field, err);
    return put_text(field, te_asprintf(err, "%s:latest", value));
}

static int read_function(const struct te_config_key *key, const char *value,
                         const struct te_key_place *place, void *field, struct te_err *err)
{
    static const char python[] = "python:";
    const char *colon = strrchr(value, ':');
    if (strncmp(value, python, sizeof python - 1) == 0) {
        if (colon > value + sizeof python - 1 && colon[1])
            return read_text(key, value, place, field, err);
        return te_err_set(err, TE_ERR_USAGE, "'%.200s' is no python:module:callable", value);
    }
    if (!colon || colon == value || !colon[1] || strchr(colon, '/'))
        return te_err_set(err, TE_ERR_USAGE,
                          "'%.200s' is no function: ./library.so:symbol or python:module:callable "
                          "is right",
                          value);
    return put_text(field, te_fs_join(place->folder, value, err));
}

/* ---- the table of kinds ---- */

static reader *const readers[] = {
    [TE_KEY_TEXT] = read_text,     [TE_KEY_NAME] = read_name,
    [TE_KEY_PATH] = read_path,     [TE_KEY_OUTPUT] = read_output,
    [TE_KEY_BOOL] = read_bool,     [TE_KEY_INT] = read_int,
    [TE_KEY_COUNT] = read_count,   [TE_KEY_REAL] = read_real,
    [TE_KEY_SIZE] = read_size,     [TE_KEY_DURATION] = read_duration,
    [TE_KEY_WORD] = read_word,     [TE_KEY_FLAG] = read_flag,
    [TE_KEY_CHOICE] = read_choice, [TE_KEY_LIST] = read_list,
    [TE_KEY_PATHS] = read_list,    [TE_KEY_PATTERNS] = read_list,
    [TE_KEY_ARGS] = read_args,     [TE_KEY_SOCKET] = read_socket,
    [TE_KEY_IMAGE] = read_image,   [TE_KEY_FUNCTION] = read_function,
};

int te_config_key_set(const struct te_config_key *key, const char *value,
                      const struct te_key_place *place, void *base, struct te_err *err)
{
    char *bytes = base;
    if (readers[key->kind](key, value, place, bytes + key->offset, err) < 0)
        return -1;
    if (key->has)
        *(bool *)(void *)(bytes + key->has) = true;
    if (key->text)
        snprintf(bytes + key->text, TE_DURATION_TEXT, "%s", value);
    return 0;
}

static bool is_text(enum te_key_kind kind)
{
    return kind == TE_KEY_TEXT || kind == TE_KEY_NAME || kind == TE_KEY_PATH ||
           kind == TE_KEY_OUTPUT || kind == TE_KEY_CHOICE || kind == TE_KEY_SOCKET ||
           kind == TE_KEY_IMAGE || kind == TE_KEY_FUNCTION;
}

static bool is_list(enum te_key_kind kind)
{
    return kind == TE_KEY_LIST || kind == TE_KEY_PATHS || kind == TE_KEY_PATTERNS ||
           kind == TE_KEY_ARGS;
}

void te_config_key_release(const char *section, void *base)
{
    char *bytes = base;
    for (size_t i = 0; i < te_config_keys_count; i++) {
        const struct te_config_key *key = &te_config_keys[i];
        void *field = bytes + key->offset;
        if (strcmp(key->section, section) != 0)
            continue;
        if (is_text(key->kind)) {
            te_free(*(char **)field);
            *(char **)field = NULL;
        } else if (is_list(key->kind)) {
            te_strings_release(field);
        }
    }
}
