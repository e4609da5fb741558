/*
 * What the sample algorithms share: the image contract of TimeEval (one JSON argument, a CSV file
 * in, one number a line out, a model file between training and execution), so that an algorithm is
 * one short file that sees arrays and parameters only.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A dataset in memory: x[row * channels + channel]; NaN where a cell is empty. */
struct sample_data {
    size_t rows;
    size_t channels;
    double *x;
    unsigned char *label; /* 1 where the last column says anomaly */
};

struct sample_args {
    const char *parameters; /* the JSON object of the hyper-parameters, or NULL */
    const char *model;      /* path: written by train, read by execute */
};

/* One algorithm. Functions return 0, or -1 after sample_complain(). */
struct sample_algorithm {
    const char *name;
    /* NULL: learns nothing */
    int (*train)(const struct sample_data *data, const struct sample_args *args);
    /* sets *scores (malloc'ed) and *n: one score a row, or one a window */
    int (*execute)(const struct sample_data *data, const struct sample_args *args, double **scores,
                   size_t *n);
};

/* Defined by each algorithm's file. */
extern const struct sample_algorithm sample_algorithm;

/* A numeric parameter (true counts as 1), or fallback where it is missing or null. */
double sample_number(const struct sample_args *args, const char *name, double fallback);
/* The same as a count between low and high; out of range is cut. */
size_t sample_count(const struct sample_args *args, const char *name, size_t fallback, size_t low,
                    size_t high);

/* A line on standard error: NAME: text. Always returns -1. */
int sample_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* malloc that ends the program when there is no memory. */
double *sample_doubles(size_t n);

/* Models are lines of numbers behind the algorithm's name. */
int sample_model_write(const char *path, const double *values, size_t n);
int sample_model_read(const char *path, double *values, size_t n);

/* The JSON text's value of a key of its top-level object, NULL where there is none. */
const char *sample_json_get(const char *object, const char *key);
/* Copies a JSON string value, escapes resolved; -1 if it is none or does not fit. */
int sample_json_text(const char *value, char *out, size_t size);

/* Reads a CSV file: header, index column, channels, label column. */
int sample_read(const char *path, struct sample_data *data);
void sample_release(struct sample_data *data);

#endif
