/*
 * INI text as sections and items with their lines, read by inih under rules that it does not have
 * by itself: lines up to TE_MAX_CONFIG_LINE, comments only as whole lines, one line per value, the
 * first '=' separates (a key may hold ':'), no section or key twice, valid UTF-8 without control
 * characters. What breaks a rule is a problem with its line, and reading goes on behind it.
 */
#ifndef TE_TEXT_INI_H
#define TE_TEXT_INI_H

#include "te/text/problems.h"

/* Bytes of a section name: what inih keeps. */
enum { TE_INI_SECTION_MAX = 49 };

struct te_ini_section {
    char *name;
    int line;
};

struct te_ini_item {
    size_t section; /* index in sections */
    char *key;
    char *value; /* trimmed; may be "" */
    int line;
};

struct te_ini {
    struct te_ini_section *sections; /* in the order of the file, those without keys, too */
    size_t n_sections, cap_sections;
    struct te_ini_item *items; /* in the order of the file */
    size_t n_items, cap_items;
};

/*
 * Reads text[0..len). -1 only when memory or a maximum ends it; faults of the text go to problems,
 * and the rest of the file is read all the same. te_ini_release in any case.
 */
int te_ini_parse(const char *text, size_t len, struct te_ini *out, struct te_problems *problems,
                 struct te_err *err) TE_MUST_CHECK;
void te_ini_release(struct te_ini *ini);

#endif
