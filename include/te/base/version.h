/* The program's version (semantic versioning). */
#ifndef TE_BASE_VERSION_H
#define TE_BASE_VERSION_H

#define TE_VERSION "0.1.0"

#endif
