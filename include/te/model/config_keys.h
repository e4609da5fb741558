/*
 * The one table of configuration keys: what is read, checked, documented (`help config`, the man
 * page) and suggested when a key is misspelled.
 */
#ifndef TE_MODEL_CONFIG_KEYS_H
#define TE_MODEL_CONFIG_KEYS_H

#include <stddef.h>
#include "te/base/err.h"

/* How a value is read and what the field at `offset` is. */
enum te_key_kind {
    TE_KEY_TEXT,     /* char *, as it is; not empty if min > 0 */
    TE_KEY_NAME,     /* char *, te_str_check_name */
    TE_KEY_PATH,     /* char *, made absolute from the folder of the configuration */
    TE_KEY_OUTPUT,   /* char *, made absolute from the working directory */
    TE_KEY_BOOL,     /* bool */
    TE_KEY_INT,      /* int64_t in [min, max] */
    TE_KEY_COUNT,    /* int in [min, max] */
    TE_KEY_REAL,     /* double in [min, max] */
    TE_KEY_SIZE,     /* int64_t bytes in [min, max] */
    TE_KEY_DURATION, /* double seconds in [min, max]; its text at `text` */
    TE_KEY_WORD,     /* an enum: index in words */
    TE_KEY_FLAG,     /* a bool: false for words[0], true for words[1] */
    TE_KEY_CHOICE,   /* char *, one of words */
    TE_KEY_LIST,     /* te_strings */
    TE_KEY_PATHS,    /* te_strings, each as TE_KEY_PATH */
    TE_KEY_PATTERNS, /* te_strings, each COLLECTION/DATASET */
    TE_KEY_ARGS,     /* te_strings, split at blanks outside quotes */
    TE_KEY_SOCKET,   /* char *, unix:///... */
    TE_KEY_IMAGE,    /* char *, with ":latest" where it has no tag */
    TE_KEY_FUNCTION  /* char *, path:symbol (made absolute) or python:module:callable */
};

struct te_config_key {
    const char *section; /* "algorithm": of every [algorithm:NAME] */
    const char *name;
    const char *value;   /* word for the value in help */
    const char *initial; /* default, NULL: unset */
    const char *doc;     /* one or two sentences */
    enum te_key_kind kind;
    size_t offset;            /* in te_config, or te_config_algorithm */
    size_t has;               /* of a bool that says that it was set; 0: none */
    size_t text;              /* of a duration's text; 0: none */
    double min, max;          /* of numbers */
    const char *const *words; /* ends with NULL */
};

extern const struct te_config_key te_config_keys[];
extern const size_t te_config_keys_count;

/* A section's name as in the file, and a sentence about it. */
struct te_config_section {
    const char *name; /* "algorithm:NAME" for "algorithm" */
    const char *key;  /* what te_config_key.section says */
    const char *doc;
};
extern const struct te_config_section te_config_sections[];
extern const size_t te_config_sections_count;

/* NULL if there is none. */
const struct te_config_key *te_config_key_find(const char *section, const char *name);

/* Where relative paths start. */
struct te_key_place {
    const char *folder;  /* of the configuration, absolute */
    const char *working; /* directory, absolute */
};
/*
 * Reads a value into its field of `base` (a te_config or te_config_algorithm), freeing what was
 * there. TE_ERR_USAGE says what is wrong and what would be right, without naming the key.
 */
int te_config_key_set(const struct te_config_key *key, const char *value,
                      const struct te_key_place *place, void *base,
                      struct te_err *err) TE_MUST_CHECK;
/* Frees every field of the section that the table knows. */
void te_config_key_release(const char *section, void *base);

#endif
