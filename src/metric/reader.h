/* Inside the metrics: reads the words and literals of a spec's text. */
#ifndef TE_SRC_METRIC_READER_H
#define TE_SRC_METRIC_READER_H

#include "spec.h"
#include "te/base/max.h"

enum { MAX_WORD = 64 };

struct metric_reader {
    const char *text;
    size_t at;
    struct te_err *err;
};

/* A value before it is known what it is for. */
struct metric_literal {
    enum { LIT_VALUE, LIT_TEXT, LIT_CALL } kind;
    struct metric_value value;
    char text[TE_MAX_NAME + 1]; /* of a string, a word or a call's name */
    bool quoted;
    size_t start;
};

/* -1, with what is wrong and where. */
#define FAIL(r, start, ...)                                                                        \
    metric_fail_at((r), (start), te_err_set((r)->err, TE_ERR_USAGE, __VA_ARGS__))
int metric_fail_at(struct metric_reader *r, size_t start, int failed);

void metric_skip_blanks(struct metric_reader *r);
/* Takes the character if it is the next one after blanks. */
bool metric_accept(struct metric_reader *r, char c);
bool metric_is_word_start(char c);
int metric_read_word(struct metric_reader *r, char word[MAX_WORD]);
/* A number, a string, True, False, None, a bare word, or the name of a call (the bracket stays). */
int metric_read_literal(struct metric_reader *r, struct metric_literal *out);

#endif
