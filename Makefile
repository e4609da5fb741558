# timeeval-mpi: `make help` lists the targets.
#
# VARIANT=release (default) | asan | fuzz   each has its own folder below build/
VARIANT ?= release
BUILD   := build/$(VARIANT)
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
ifeq ($(origin CC),default)
CC      := gcc
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wformat=2 -Wundef -Wcast-qual
WERROR ?= -Werror
OPT_release := -O2 -g
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
OPT_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
OPT   := $(OPT_$(VARIANT))
BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -fvisibility=hidden -ffp-contract=off -MMD -MP \
               $(WARN) $(WERROR) $(OPT) -Iinclude $(CFLAGS)

# External headers are seen only by the files that may include them.
pkg = $(shell pkg-config --$(1) $(2) 2>/dev/null)
CFLAGS_net/mpi      := $(patsubst -I%,-isystem%,$(call pkg,cflags,ompi-c))
CFLAGS_store/h5     := $(patsubst -I%,-isystem%,$(call pkg,cflags,hdf5-serial))
LIBS = $(call pkg,libs,hdf5-serial) $(call pkg,libs,ompi-c) $(call pkg,libs,libcurl) \
       $(call pkg,libs,jansson) $(call pkg,libs,libcrypto) $(call pkg,libs,hwloc) -linih -ldl -lm -pthread
LIBS := $(LIBS)

SRCS := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
OBJS := $(SRCS:src/%.c=$(BUILD)/obj/%.o)
LIB  := $(BUILD)/libte.a
BIN  := $(BUILD)/timeeval-mpi

.PHONY: all lib bin tests unit check clean help
all: bin tests
lib: $(LIB)
bin: $(if $(wildcard src/cli/main.c),$(BIN))

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(CFLAGS_$(patsubst store/h5%,store/h5,$*)) -c $< -o $@

$(LIB): $(OBJS)
	@rm -f $@
	ar rcs $@ $^

$(BIN): $(BUILD)/obj/cli/main.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) -rdynamic $^ $(LIBS) -o $@

# Every tests/unit/test_*.c (and tests/sim/sim_*.c) is a program of its own.
UNIT_SRCS := $(wildcard tests/unit/test_*.c tests/sim/sim_*.c)
UNIT_BINS := $(UNIT_SRCS:%.c=$(BUILD)/%)
tests: $(UNIT_BINS)
$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) -Wno-missing-prototypes -Itests/unit -c $< -o $@
$(UNIT_BINS): %: %.o $(BUILD)/tests/unit/te_test.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) $^ $(LIBS) -lcunit -o $@

# Runs the unit programs one after the other; T=name runs one.
unit: tests
	@fail=0; for t in $(if $(T),$(BUILD)/tests/unit/test_$(T),$(UNIT_BINS)); do echo "== $$t"; $$t || fail=1; done; exit $$fail

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
