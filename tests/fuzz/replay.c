/*
 * Stands in for libFuzzer in ordinary builds: feeds a fuzz target with its corpus
 * (tests/fuzz/corpus/<target>/ and whatever files are named as arguments) and with a fixed number
 * of seeded mutations of it, so that every check exercises the parsers. TAP on standard output.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 16, MUTATIONS = 2000, SEEDS_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
    uint8_t *data;
    size_t len;
};

static struct input seeds[SEEDS_MAX];
static size_t n_seeds;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* An exact heap copy, so that a sanitizer sees the first byte beyond the end. */
static void feed(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static int take_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    uint8_t *data = malloc(INPUT_MAX);
    if (!data)
        abort();
    size_t len = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    feed(data, len);
    if (n_seeds < SEEDS_MAX)
        seeds[n_seeds++] = (struct input){data, len};
    else
        free(data);
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int take_folder(const char *path)
{
    struct dirent **list = NULL;
    int n = scandir(path, &list, NULL, by_name);
    int rc = n < 0 && errno != ENOENT ? -1 : 0;
    for (int i = 0; i < n; i++) {
        char file[4096];
        if (list[i]->d_name[0] != '.' &&
            snprintf(file, sizeof file, "%s/%s", path, list[i]->d_name) < (int)sizeof file &&
            take_file(file) != 0)
            rc = -1;
        free(list[i]);
    }
    free(list);
    return rc;
}

static size_t mutate(const struct input *seed, uint8_t *out)
{
    size_t len = seed->len;
    if (len)
        memcpy(out, seed->data, len);
    for (uint64_t times = 1 + next() % 4; times > 0; times--) {
        size_t at = len ? (size_t)(next() % len) : 0;
        switch (next() % 5) {
        case 0: /* another byte */
            if (len)
                out[at] = (uint8_t)next();
            break;
        case 1: /* a flipped bit */
            if (len)
                out[at] ^= (uint8_t)(1u << (next() % 8));
            break;
        case 2: /* cut */
            len = at;
            break;
        case 3: /* one more */
            if (len < INPUT_MAX) {
                memmove(out + at + 1, out + at, len - at);
                out[at] = (uint8_t)next();
                len++;
            }
            break;
        default: /* a piece of another seed */
            if (n_seeds) {
                const struct input *from = &seeds[next() % n_seeds];
                size_t n = from->len ? (size_t)(next() % from->len) : 0;
                if (n > INPUT_MAX - at)
                    n = INPUT_MAX - at;
                if (n)
                    memcpy(out + at, from->data, n);
                if (at + n > len)
                    len = at + n;
            }
        }
    }
    return len;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    name = name ? name + 1 : argv[0];
    char folder[4096];
    if (strncmp(name, "fuzz_", 5) == 0)
        name += 5;
    if (snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name) >= (int)sizeof folder)
        return EXIT_FAILURE;
    printf("1..2\n");
    fflush(stdout);
    int bad = argc > 1 ? 0 : take_folder(folder);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) != 0)
            bad = -1;
        else if (S_ISDIR(st.st_mode) ? take_folder(argv[i]) : take_file(argv[i]))
            bad = -1;
    }
    if (n_seeds == 0)
        printf("ok 1 - %s: corpus # SKIP no corpus\n", name);
    else
        printf("%sok 1 - %s: corpus of %zu inputs\n", bad ? "not " : "", name, n_seeds);
    static uint8_t out[INPUT_MAX + 1];
    const struct input empty = {NULL, 0};
    for (int i = 0; i < MUTATIONS; i++)
        feed(out, mutate(n_seeds ? &seeds[next() % n_seeds] : &empty, out));
    printf("ok 2 - %s: %d seeded mutations\n", name, MUTATIONS);
    for (size_t i = 0; i < n_seeds; i++)
        free(seeds[i].data);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
