#include "te/text/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"

int te_problems_init(struct te_problems *problems, const char *file, struct te_err *err)
{
    *problems = (struct te_problems){.file = te_strdup(file, err)};
    return problems->file ? 0 : -1;
}

void te_problems_release(struct te_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        te_free(problems->items[i].text);
    te_free(problems->items);
    te_free(problems->file);
    *problems = (struct te_problems){0};
}

void te_problems_add(struct te_problems *problems, int line, const char *fmt, ...)
{
    struct te_err err = TE_ERR_INIT;
    char text[TE_ERR_TEXT_MAX];
    if (problems->count >= TE_MAX_PROBLEMS) {
        problems->dropped++;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char *copy = n < 0 ? NULL : te_strdup(text, &err);
    if (!copy || te_grow(&problems->items, &problems->cap, problems->count + 1,
                         sizeof *problems->items, TE_MAX_PROBLEMS, &err) < 0) {
        te_free(copy);
        problems->failed = err.code ? err.code : TE_ERR_INTERNAL;
        return;
    }
    problems->items[problems->count++] = (struct te_problem){.line = line, .text = copy};
}

/* By line, those of one line in the order in which they were found. A file has few problems. */
static void sort_by_line(struct te_problems *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        struct te_problem moved = problems->items[i];
        size_t k = i;
        for (; k > 0 && problems->items[k - 1].line > moved.line; k--)
            problems->items[k] = problems->items[k - 1];
        problems->items[k] = moved;
    }
}

static void print(const struct te_problems *problems, size_t i, struct te_buf *out)
{
    const struct te_problem *p = &problems->items[i];
    te_buf_adds(out, problems->file);
    if (p->line > 0)
        te_buf_addf(out, ":%d", p->line);
    te_buf_addf(out, ": %s", p->text);
}

int te_problems_take(struct te_problems *problems, char **report, struct te_err *err)
{
    struct te_buf out;
    *report = NULL;
    if (problems->failed)
        return te_err_set(err, (enum te_code)problems->failed, "%s: cannot keep its problems",
                          problems->file);
    if (problems->count == 0)
        return 0;
    sort_by_line(problems);
    te_buf_init(&out, TE_MAX_CONFIG_FILE);
    print(problems, 0, &out);
    te_err_set(err, TE_ERR_USAGE, "%s", out.data ? out.data : "");
    for (size_t i = 1; i < problems->count; i++) {
        te_buf_addc(&out, '\n');
        print(problems, i, &out);
    }
    if (problems->dropped)
        te_buf_addf(&out, "\n%s: and %zu more", problems->file, problems->dropped);
    struct te_err lost = TE_ERR_INIT;
    *report = te_buf_take(&out, &lost);
    te_buf_release(&out);
    if (!*report)
        *err = lost;
    return -1;
}
