# timeeval-mpi: `make help` lists the targets.
#
# VARIANT=release (default) | asan | clang | fuzz   each has its own folder below build/
VARIANT ?= release
BUILD   := build/$(VARIANT)
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 8 ] && echo $$n || echo 8)
ifeq ($(origin CC),default)
CC      := $(if $(filter clang fuzz,$(VARIANT)),clang,gcc)
endif
CLANG_FORMAT ?= clang-format

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wvla -Wformat=2 -Wundef -Wcast-qual
WERROR ?= -Werror
OPT_release := -O2 -g
OPT_clang   := -O2 -g
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

.PHONY: readme all lib bin tests fakes benches fuzzers unit check check-built check-full bench quickstart install clean \
        format check-layers check-headers images packages help FORCE
all: bin tests fakes images ## build the program and its tests (VARIANT=release|asan|clang|fuzz)
lib: $(LIB)
bin: $(if $(wildcard src/cli/main.c),$(BIN)) ## build the program alone

# A change of compiler, flags or list of sources rebuilds what depends on it.
stamp = $(shell mkdir -p $(BUILD); printf '%s\n' '$(2)' | cmp -s - $(BUILD)/$(1) || printf '%s\n' '$(2)' >$(BUILD)/$(1))
ifeq ($(filter clean help packages,$(MAKECMDGOALS)),)
$(call stamp,.flags,$(CC) $(BASE_CFLAGS) $(CFLAGS_net/mpi) $(CFLAGS_store/h5))
$(call stamp,.sources,$(SRCS))
endif
$(BUILD)/.flags $(BUILD)/.sources:
	@mkdir -p $(@D) && touch $@

$(BUILD)/obj/%.o: src/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(CFLAGS_$(patsubst store/h5%,store/h5,$*)) -c $< -o $@

$(LIB): $(OBJS) $(BUILD)/.sources
	@rm -f $@
	ar rcs $@ $(OBJS)

$(BIN): $(BUILD)/obj/cli/main.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) -rdynamic $^ $(LIBS) -o $@

# Every tests/unit/test_*.c (and tests/sim/sim_*.c) is a program of its own, and so is every bench and fake;
# tests/fakes/lib*.c are shared libraries. A fuzz target is linked with libFuzzer (VARIANT=fuzz) or with
# a small driver that replays its corpus.
UNIT_BINS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c tests/sim/sim_*.c))
BENCH_BINS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/bench_*.c))
FUZZ_BINS  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FAKE_LIBS  := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/fakes/lib*.c))
FAKE_BINS  := $(patsubst %.c,$(BUILD)/%,$(filter-out tests/fakes/lib%,$(wildcard tests/fakes/*.c)))
tests: $(UNIT_BINS) fuzzers
benches: $(BENCH_BINS)
fuzzers: $(FUZZ_BINS)
fakes: $(FAKE_BINS) $(FAKE_LIBS)

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) -Wno-missing-prototypes -Itests/unit -c $< -o $@
$(UNIT_BINS): %: %.o $(BUILD)/tests/unit/te_test.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) $^ $(LIBS) -lcunit -lz -o $@
$(BENCH_BINS) $(FAKE_BINS): %: %.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) $^ $(LIBS) -o $@
$(FAKE_LIBS): $(BUILD)/%.so: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) -Wno-missing-prototypes -fPIC -shared $< $(LDFLAGS) -lm -o $@
ifeq ($(VARIANT),fuzz)
$(FUZZ_BINS): %: %.o $(LIB)
	$(CC) $(OPT) -fsanitize=fuzzer $(LDFLAGS) $^ $(LIBS) -o $@
else
$(FUZZ_BINS): %: %.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) $^ $(LIBS) -o $@
endif

# The sample algorithms: static programs, which are at once what their images hold (FROM scratch).
SAMPLES := $(patsubst jobs/images/%.json,build/images/%,$(wildcard jobs/images/*.json))
images: $(SAMPLES) ## build the sample algorithms (jobs/images/load.sh makes images of them)
build/images/%: jobs/images/%.c jobs/images/sample_main.c jobs/images/sample_json.c jobs/images/sample.h
	@mkdir -p $(@D)
	gcc -std=c11 -D_GNU_SOURCE $(WARN) $(WERROR) -O2 -ffp-contract=off -static $(filter %.c,$^) -lm -o $@

# Runs the unit programs one after the other; T=name runs one.
unit: tests ## run the unit tests (T=name runs one)
	@fail=0; for t in $(if $(T),$(BUILD)/tests/unit/test_$(T),$(UNIT_BINS)); do echo "== $$t"; $$t || fail=1; done; exit $$fail

packages:
	@tests/tools/packages.sh build run check

# The parts that need pkg-config's answers run in a make of their own, after the packages are there.
check: packages ## install what is missing, build, run every test (at most 12 minutes on two cores)
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=asan all
	@tests/run check

quickstart: ## install what is missing, build, run the sample algorithms on the sample datasets, show the results
	@tests/tools/packages.sh build run || { echo "quickstart: going on with what is there" >&2; }
	@$(MAKE) --no-print-directory -s -j$(JOBS) bin images
	@jobs/quickstart.sh

install: bin ## install below DESTDIR/PREFIX: program, plugin header, man page, completion, catalog, sample jobs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include/timeeval $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/timeeval-mpi
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/timeeval-mpi
	for h in include/timeeval/*.h; do [ ! -e "$$h" ] || install -m 644 "$$h" $(DESTDIR)$(PREFIX)/include/timeeval/; done
	$(BIN) __man >$(DESTDIR)$(PREFIX)/share/man/man1/timeeval-mpi.1
	$(BIN) __complete >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/timeeval-mpi
	cd jobs && find . -type d -exec install -d $(abspath $(DESTDIR)$(PREFIX))/share/timeeval-mpi/{} ';'
	cd jobs && find . -type f -exec install -m 644 {} $(abspath $(DESTDIR)$(PREFIX))/share/timeeval-mpi/{} ';'
	find $(DESTDIR)$(PREFIX)/share/timeeval-mpi -name '*.sh' -exec chmod 755 {} ';'

check-full: ## check, and everything that takes longer: linters, valgrind, fuzzing, long campaigns
	@tests/tools/packages.sh build run check full
	@tests/full

bench: packages ## measure what the project promises (B=name: one of them)
	@$(MAKE) --no-print-directory -j$(JOBS) all benches
	@tests/bench/run $(B)

check-layers: ## hold the code to src/layers.txt
	@tests/tools/layers.sh

check-headers: ## every header compiles alone
	@tests/tools/headers.sh $(CC)

format: ## clang-format on all sources
	$(CLANG_FORMAT) -i $$(git ls-files '*.[ch]')

readme: bin ## put the reference of commands into README.md
	@tests/tools/readme.sh $(BIN)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24
	@echo "  VARIANT=release|asan|clang|fuzz  JOBS=n  PREFIX=/usr/local  DESTDIR="

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
