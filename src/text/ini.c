/*
 * inih cuts long lines and section names, joins indented lines to the value before and drops text
 * behind ';' and ']' without a word. So it never sees a line that it would misread: our reader
 * checks every line first, reports what is wrong and hands it an empty line instead.
 */
#include "te/text/ini.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

/* Stands for ':' in a key while inih has it, which would take it for the separator. */
enum { COLON_IN_KEY = 1 };

struct reader {
    const char *text; /* what is left */
    size_t len;
    int line;        /* of the line that was handed out last */
    bool in_section; /* false below a header that cannot be used: its keys are passed over */
    bool header_seen;
    bool after_comma; /* the value before ended with a comma: people then expect to go on below */
    struct te_ini *ini;
    struct te_problems *problems;
    struct te_map sections; /* name -> line */
    struct te_map keys;     /* section index and key -> line */
    struct te_err *err;
    bool failed; /* err is set */
};

static void lower_guards(void)
{
    ini_use_stack = 0;
    ini_allow_realloc = 0;
    ini_max_line = (int)TE_MAX_CONFIG_LINE + 8;
    ini_initial_alloc = ini_max_line;
    ini_allow_inline_comments = 0;
    ini_allow_multiline = 0;
    ini_allow_no_value = 0;
    ini_allow_bom = 1;
    ini_stop_on_first_error = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* ---- sections ---- */

static int add_section(struct reader *r, const char *name, size_t len)
{
    struct te_ini *ini = r->ini;
    uint64_t first;
    te_autofree char *copy = te_strndup(name, len, r->err);
    if (!copy)
        return -1;
    int there = te_map_put(&r->sections, copy, (uint64_t)r->line, &first, r->err);
    if (there < 0)
        return -1;
    if (there > 0) {
        te_problems_add(r->problems, r->line,
                        "section [%s] is there twice, first in line %llu: put its keys together",
                        copy, (unsigned long long)first);
        r->in_section = false;
        return 0;
    }
    if (te_grow(&ini->sections, &ini->cap_sections, ini->n_sections + 1, sizeof *ini->sections,
                TE_MAX_ALGORITHMS + 100, r->err) < 0)
        return -1;
    ini->sections[ini->n_sections++] =
        (struct te_ini_section){.name = te_steal(copy), .line = r->line};
    r->in_section = true;
    return 0;
}

/* A line that starts with '['; true if it may go to inih. */
static bool section_line(struct reader *r, const char *line, size_t len)
{
    const char *close = memchr(line, ']', len);
    r->in_section = false;
    r->header_seen = true;
    if (!close) {
        te_problems_add(r->problems, r->line, "section '%.*s' has no ']' at its end",
                        (int)(len < 60 ? len : 60), line);
        return false;
    }
    size_t name = (size_t)(close - line) - 1;
    if (name + 2 < len) {
        te_problems_add(r->problems, r->line,
                        "'%.*s' behind the ']' of a section: a comment is a line of its own",
                        (int)(len - name - 2 < 60 ? len - name - 2 : 60), close + 1);
        return false;
    }
    if (name == 0 || is_blank(line[1]) || is_blank(line[name])) {
        te_problems_add(r->problems, r->line,
                        "a section name is empty or has blanks at its ends: [name] is right");
        return false;
    }
    if (name > TE_INI_SECTION_MAX) {
        te_problems_add(
            r->problems, r->line,
            "section name '%.*s...' has %zu bytes, more than %d: give a shorter one and "
            "the full name with 'name = ...' in the section",
            30, line + 1, name, TE_INI_SECTION_MAX);
        return false;
    }
    if (add_section(r, line + 1, name) < 0)
        r->failed = true;
    return r->in_section;
}

/* ---- lines ---- */

static bool plain_text(struct reader *r, const char *line, size_t len)
{
    size_t bad;
    if (!te_str_utf8(line, len, &bad)) {
        te_problems_add(r->problems, r->line,
                        "byte %zu (0x%02x) is not valid UTF-8: save the file as UTF-8", bad + 1,
                        (unsigned)(unsigned char)line[bad]);
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c < 0x20 && c != '\t') {
            te_problems_add(r->problems, r->line,
                            "control character 0x%02x%s at byte %zu: remove it", (unsigned)c,
                            c == 0 ? " (NUL)" : "", i + 1);
            return false;
        }
    }
    return true;
}

static bool item_line(struct reader *r, const char *line, size_t len, bool indented)
{
    const char *equals = memchr(line, '=', len);
    bool goes_on = indented && r->after_comma;
    r->after_comma = line[len - 1] == ',';
    if (!equals || goes_on) {
        te_problems_add(r->problems, r->line,
                        goes_on ? "'%.*s' goes on with the value of the line above: a value stands "
                                  "on one line, however long"
                                : "'%.*s' is neither '[section]' nor 'key = value'",
                        (int)(len < 60 ? len : 60), line);
        return false;
    }
    if (equals == line) {
        te_problems_add(r->problems, r->line,
                        "nothing stands before the '=': 'key = value' is right");
        return false;
    }
    if (!r->header_seen) {
        te_problems_add(r->problems, r->line,
                        "a key stands before the first section: '[run]' or another goes above it");
        r->header_seen = true;
    }
    return r->in_section;
}

/* Checks a line (without its end); true if inih may see it. */
static bool line_is_fine(struct reader *r, const char *line, size_t len)
{
    if (len > TE_MAX_CONFIG_LINE) {
        te_problems_add(r->problems, r->line, "the line has %zu bytes, at most %zu are read", len,
                        TE_MAX_CONFIG_LINE);
        return false;
    }
    if (!plain_text(r, line, len))
        return false;
    size_t start = 0;
    while (start < len && is_blank(line[start]))
        start++;
    while (len > start && is_blank(line[len - 1]))
        len--;
    if (start == len || line[start] == ';' || line[start] == '#')
        return false;
    if (line[start] != '[')
        return item_line(r, line + start, len - start, start > 0);
    r->after_comma = false;
    return section_line(r, line + start, len - start);
}

static void hide_colons(char *line, size_t len)
{
    size_t start = 0;
    while (start < len && is_blank(line[start]))
        start++;
    char *equals = memchr(line, '=', len);
    if (!equals || line[start] == '[')
        return;
    for (char *c = line; c < equals; c++)
        if (*c == ':')
            *c = COLON_IN_KEY;
}

/* fgets for inih: one checked line, or an empty one in its place. */
static char *next_line(char *out, int room, void *stream)
{
    struct reader *r = stream;
    if (r->len == 0 || r->failed || room < (int)TE_MAX_CONFIG_LINE + 2)
        return NULL;
    const char *line = r->text;
    const char *newline = memchr(line, '\n', r->len);
    size_t len = newline ? (size_t)(newline - line) : r->len;
    size_t used = newline ? len + 1 : len;
    r->text += used;
    r->len -= used;
    r->line++;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (!line_is_fine(r, line, len))
        len = 0;
    memcpy(out, line, len);
    hide_colons(out, len);
    out[len] = '\n';
    out[len + 1] = '\0';
    return out;
}

/* ---- items ---- */

static int add_item(struct reader *r, const char *key, const char *value)
{
    struct te_ini *ini = r->ini;
    uint64_t first;
    size_t section = ini->n_sections - 1;
    te_autofree char *own_key = te_strdup(key, r->err);
    te_autofree char *own_value = te_strdup(value, r->err);
    if (!own_key || !own_value)
        return -1;
    for (char *c = own_key; *c; c++)
        if (*c == COLON_IN_KEY)
            *c = ':';
    te_autofree char *full = te_asprintf(r->err, "%zu.%s", section, own_key);
    int there = full ? te_map_put(&r->keys, full, (uint64_t)r->line, &first, r->err) : -1;
    if (there < 0)
        return -1;
    if (there > 0) {
        te_problems_add(r->problems, r->line,
                        "key '%.100s' is twice in [%s], first in line %llu: keep one", own_key,
                        ini->sections[section].name, (unsigned long long)first);
        return 0;
    }
    if (te_grow(&ini->items, &ini->cap_items, ini->n_items + 1, sizeof *ini->items,
                TE_MAX_CONFIG_FILE / 4, r->err) < 0)
        return -1;
    ini->items[ini->n_items++] = (struct te_ini_item){.section = section,
                                                      .key = te_steal(own_key),
                                                      .value = te_steal(own_value),
                                                      .line = r->line};
    return 0;
}

static int take_item(void *user, const char *section, const char *key, const char *value)
{
    struct reader *r = user;
    (void)section; /* our own reader knows it, uncut */
    if (!r->failed && add_item(r, key, value ? value : "") < 0)
        r->failed = true;
    return 1;
}

int te_ini_parse(const char *text, size_t len, struct te_ini *out, struct te_problems *problems,
                 struct te_err *err)
{
    struct reader r = {.text = text, .len = len, .ini = out, .problems = problems, .err = err};
    *out = (struct te_ini){0};
    if (len > TE_MAX_CONFIG_FILE)
        return te_err_set(err, TE_ERR_LIMIT, "the file has %zu bytes, at most %zu are read", len,
                          TE_MAX_CONFIG_FILE);
    if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
        te_problems_add(problems, 1, "the file is UTF-16: save it as UTF-8");
        return 0;
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        r.text += 3;
        r.len -= 3;
    }
    te_map_init(&r.sections);
    te_map_init(&r.keys);
    lower_guards();
    int rc = ini_parse_stream(next_line, &r, take_item, &r);
    te_map_release(&r.sections);
    te_map_release(&r.keys);
    if (r.failed)
        return -1;
    if (rc == -2)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory (a line of %d bytes)", ini_max_line);
    if (rc != 0)
        te_problems_add(problems, rc > 0 ? rc : 0, "cannot be read as 'key = value'");
    return 0;
}

void te_ini_release(struct te_ini *ini)
{
    for (size_t i = 0; i < ini->n_sections; i++)
        te_free(ini->sections[i].name);
    for (size_t i = 0; i < ini->n_items; i++) {
        te_free(ini->items[i].key);
        te_free(ini->items[i].value);
    }
    te_free(ini->sections);
    te_free(ini->items);
    *ini = (struct te_ini){0};
}
