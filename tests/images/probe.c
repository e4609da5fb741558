/*
 * An image for tests: speaks the image contract and does what customParameters.do says, a list of
 * words: sleep=S scores=N column=N text none exit=N kill=SIG eat=MB child-eat=MB log=N ignore-term
 * model need-model hang. LOCAL_UID/GID are obeyed as the entrypoint of TimeEval's images does.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *find(const char *json, const char *key, char *out, size_t size)
{
    char want[64];
    snprintf(want, sizeof want, "\"%s\": \"", key);
    const char *p = strstr(json, want);
    size_t n = 0;
    if (p)
        for (p += strlen(want); *p && *p != '"' && n + 1 < size; p++)
            out[n++] = *p;
    out[n] = '\0';
    return out;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(20);
    }
    fputs(text, f);
    fclose(f);
}

static void write_scores(const char *path, long n)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(20);
    }
    for (long i = 0; i < n; i++)
        fprintf(f, "%ld.25\n", i);
    fclose(f);
}

/* Column n of the series, from 0, as the scores. */
static void write_column(const char *in, const char *path, long n)
{
    char line[4096];
    FILE *f = fopen(in, "r"), *to = fopen(path, "w");
    if (!f || !to || !fgets(line, sizeof line, f)) {
        perror(in);
        exit(26);
    }
    while (fgets(line, sizeof line, f)) {
        char *p = line;
        for (long i = 0; i < n && p; i++)
            p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL;
        fprintf(to, "%.*s\n", p ? (int)strcspn(p, ",\n") : 0, p ? p : "");
    }
    fclose(f);
    fclose(to);
}

static void eat(long mb)
{
    for (long i = 0; i < mb; i++) {
        volatile char *p = malloc(1 << 20);
        if (!p)
            exit(21);
        for (size_t k = 0; k < 1 << 20; k += 4096)
            p[k] = 1;
    }
}

static void print_much(long n)
{
    static const char line[] = "a line of the algorithm that goes to standard output ....\n";
    for (; n > 0; n -= (long)sizeof line - 1)
        fputs(line, stdout);
    fputs("the last line\n", stdout);
}

static void act(const char *word, long n, double x, const char *in, const char *out)
{
    if (!strcmp(word, "sleep"))
        usleep((useconds_t)(x * 1e6));
    else if (!strcmp(word, "scores"))
        write_scores(out, n);
    else if (!strcmp(word, "column"))
        write_column(in, out, n);
    else if (!strcmp(word, "text"))
        write_text(out, "not a number\n");
    else if (!strcmp(word, "exit"))
        exit((int)n);
    else if (!strcmp(word, "kill"))
        exit(128 +
             (int)n); /* what a shell says; the first process of a container hears no signal */
    else if (!strcmp(word, "eat"))
        eat(n);
    else if (!strcmp(word, "child-eat")) {
        if (fork() == 0) {
            eat(n);
            _exit(0);
        }
        wait(NULL);
    } else if (!strcmp(word, "log"))
        print_much(n);
    else if (!strcmp(word, "ignore-term"))
        signal(SIGTERM, SIG_IGN);
    else if (!strcmp(word, "hang"))
        for (;;)
            sleep(1);
    else if (strcmp(word, "none") != 0)
        exit(22);
}

/* The peer's entrypoint makes a user and a group of these numbers, which fails where the image has
 * them already: in those FROM debian 0 and 100 (users) are such. */
static void become_user(void)
{
    const char *uid = getenv("LOCAL_UID"), *gid = getenv("LOCAL_GID");
    if (!uid || !gid || !*uid || !*gid)
        return;
    gid_t g = (gid_t)strtoul(gid, NULL, 10);
    if (g == 0 || g == 100) {
        fprintf(stderr, "addgroup: gid '%u' in use\n", (unsigned)g);
        exit(1);
    }
    if (setgroups(1, &g) || setgid(g) || setuid((uid_t)strtoul(uid, NULL, 10)))
        exit(23);
    printf("user %u group %u\n", (unsigned)getuid(), (unsigned)getgid());
}

static int print_file(const char *path)
{
    char text[8192];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (!f)
        return 25;
    fclose(f);
    fwrite(text, 1, n, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    char phase[32], in[256], out[256], model[256], script[1024], key[32], text[300];
    if (argc == 2 && strcmp(argv[1], "manifest") == 0)
        return print_file("/app/manifest.json");
    if (argc != 3 || strcmp(argv[1], "execute-algorithm") != 0) {
        fprintf(stderr, "wrong arguments\n");
        return 24;
    }
    become_user();
    find(argv[2], "executionType", phase, sizeof phase);
    find(argv[2], "dataInput", in, sizeof in);
    find(argv[2], "dataOutput", out, sizeof out);
    find(argv[2], "modelOutput", model, sizeof model);
    printf("argument %s\n", argv[2]);
    fflush(stdout);
    int train = strcmp(phase, "train") == 0;
    snprintf(key, sizeof key, "%s", train ? "train" : "do");
    find(argv[2], key, script, sizeof script);
    snprintf(text, sizeof text, "a model of %s\n", in);
    if (train && !*script) {
        write_text(model, text);
        return 0;
    }
    if (!train && strstr(script, "need-model") && print_file(model) != 0)
        return 25;
    for (char *word = strtok(script, " "); word; word = strtok(NULL, " ")) {
        char *value = strchr(word, '=');
        if (value)
            *value++ = '\0';
        if (!strcmp(word, "model"))
            write_text(model, text);
        else if (strcmp(word, "need-model") != 0)
            act(word, value ? atol(value) : 0, value ? atof(value) : 0, in, out);
    }
    return 0;
}
