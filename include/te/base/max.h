/* Named maxima of every growing buffer and every parsed input, in one place. */
#ifndef TE_BASE_MAX_H
#define TE_BASE_MAX_H

#define TE_KIB ((size_t)1024)
#define TE_MIB (1024 * TE_KIB)
#define TE_GIB (1024 * TE_MIB)

#define TE_MAX_CONFIG_LINE  (1 * TE_MIB)
#define TE_MAX_CONFIG_FILE  (64 * TE_MIB)
#define TE_MAX_PROBLEMS     100 /* of one file, told in one go */
#define TE_MAX_INDEX_FILE   (256 * TE_MIB)
#define TE_MAX_SERIES_LINE  (16 * TE_MIB) /* one row of a series */
#define TE_MAX_COLUMNS      100000        /* of a series */
#define TE_MAX_JSON_FILE    (64 * TE_MIB)
#define TE_MAX_TASK         (64 * TE_KIB) /* an encoded ASSIGN */
#define TE_MAX_MESSAGE      (64 * TE_MIB) /* one message or journal record */
#define TE_MAX_SCORE_CHUNK  (8 * TE_MIB)  /* payload of one SCORES message */
#define TE_MAX_HTTP_BODY    (16 * TE_MIB) /* a JSON reply of the engine */
#define TE_MAX_PARAM_TEXT   (256 * TE_KIB)
#define TE_MAX_PARAM_DEPTH  64
#define TE_MAX_PARAM_ITEMS  ((size_t)1 << 17) /* of one list */
#define TE_MAX_PARAM_KEYS   ((size_t)1 << 12) /* of one dict */
#define TE_MAX_EXPR_NODES   1000              /* of one expression */
#define TE_MAX_PARAM_DIGITS 4300              /* of one whole number, as in Python */
#define TE_MAX_NAME         200               /* bytes of a run, algorithm or dataset name */
#define TE_MAX_METRICS      400
#define TE_MAX_ALGORITHMS   10000
#define TE_MAX_DATASETS     1000000
#define TE_MAX_EXPERIMENTS  100000000
#define TE_MAX_SETTINGS     100000000
#define TE_MAX_RANKS        100000
#define TE_MAX_POINTS       ((size_t)1 << 31)
#define TE_MAX_NUMBER_FILE  (64 * TE_GIB) /* text of one score or label file */
#define TE_MAX_LOG_LINE     (8 * TE_KIB)
#define TE_MAX_PATH         4096

#endif
