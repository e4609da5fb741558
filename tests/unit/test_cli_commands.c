/* The command tables: whole, unambiguous, and in one voice. */
#include "te_test.h"

#include <ctype.h>
#include <string.h>
#include "../../src/cli/commands.h"
#include "../../src/cli/help.h"

/* A clause without a full stop, in the third person or a plain noun; "TimeEval" may open it. */
static void check_voice(const char *where, const char *text)
{
    size_t len = strlen(text);
    bool fine = len > 3 && len < 300 && text[len - 1] != '.' && text[len - 1] != ' ' &&
                !strchr(text, '\n') &&
                (!isupper((unsigned char)text[0]) || isupper((unsigned char)text[1]) ||
                 strncmp(text, "TimeEval", 8) == 0);
    CU_ASSERT(fine);
    if (!fine)
        te_note("%s: '%s'", where, text);
}

static void entries_are_whole(void)
{
    for (size_t i = 0; i < te_commands_count; i++) {
        const struct te_command *c = te_commands[i];
        CU_ASSERT_PTR_NOT_NULL_FATAL(c->name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(c->summary);
        CU_ASSERT_PTR_NOT_NULL(c->run);
        CU_ASSERT(c->max_args == -1 || c->max_args >= c->min_args);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(te_commands[k]->name, c->name);
        if (strncmp(c->name, "__", 2) == 0)
            continue;
        CU_ASSERT(c->min_args == 0 || c->synopsis);
        check_voice(c->name, c->summary);
        /* "lists", "makes", "is": what the command does */
        size_t word = strcspn(c->summary, " ");
        CU_ASSERT(word > 1 && c->summary[word - 1] == 's');
    }
}

static void options_are_whole(void)
{
    size_t count = 0;
    for (size_t i = 0; i < te_commands_count; i++) {
        const struct te_command *c = te_commands[i];
        for (const struct te_option *o = c->options; o && o->name; o++, count++) {
            CU_ASSERT(o->name[0] != '-' && o->name[0] != '\0');
            CU_ASSERT(strcmp(o->name, "help") != 0 && strcmp(o->name, "version") != 0);
            CU_ASSERT_PTR_NOT_NULL_FATAL(o->doc);
            check_voice(c->name, o->doc);
            for (const struct te_option *other = c->options; other != o; other++)
                CU_ASSERT_STRING_NOT_EQUAL(other->name, o->name);
        }
    }
    te_note("%zu commands, %zu options", te_commands_count, count);
}

static void groups_have_verbs(void)
{
    for (const struct te_command_group *g = te_command_groups; g->name; g++) {
        CU_ASSERT_PTR_NULL(te_help_find(g->name));
        bool any = false;
        for (size_t i = 0; i < te_commands_count; i++)
            any |= strncmp(te_commands[i]->name, g->name, strlen(g->name)) == 0 &&
                   te_commands[i]->name[strlen(g->name)] == ' ';
        CU_ASSERT(any);
    }
}

TE_TESTS = {
    TE_TEST(entries_are_whole),
    TE_TEST(options_are_whole),
    TE_TEST(groups_have_verbs),
};
TE_TEST_MAIN
