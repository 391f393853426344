# The canonical build of the extension: module, SQL script, installation, regression and isolation tests.
# Core library, unit tests and the client programs are CMakeLists.txt's. Lists of files are wildcards;
# nothing is kept by hand. Works in the tree and, as `make -f path/to/Makefile`, from any other directory.

PG_CONFIG ?= pg_config
TOP := $(patsubst %/,%,$(dir $(realpath $(firstword $(MAKEFILE_LIST)))))

EXTENSION = pg_credits
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(TOP)/pg_credits.control)
SCRIPT = pg_credits--$(EXTVERSION).sql
DATA_built = $(SCRIPT)

MODULE_big = pg_credits
PGFILEDESC = "pg_credits - credits, metered usage and exact costs"
CORE := $(patsubst $(TOP)/src/%.cpp,objects/%.o,$(wildcard $(TOP)/src/core/*.cpp))
SERVER := $(patsubst $(TOP)/src/%.cpp,objects/%.o,$(wildcard $(TOP)/src/pg/*.cpp $(TOP)/src/exports.cpp))
OBJS = $(CORE) $(SERVER)
SHLIB_LINK = -lstdc++
EXTRA_CLEAN = objects output_regress output_iso

# `make WERROR=` builds with a compiler that knows warnings newer than these sources.
WERROR = -Werror
PG_CXXFLAGS = -std=c++20 -O2 -Wall -Wextra $(WERROR) -Wno-register

# The tests run in one database that has the extension. Both drivers want input and expected output side by
# side, so each is given a folder of links: test/sql with expected/, and test/specs with test/specs/expected/.
REGRESS = $(sort $(patsubst $(TOP)/test/sql/%.sql,%,$(wildcard $(TOP)/test/sql/*.sql)))
REGRESS_OPTS = --inputdir=output_regress --outputdir=output_regress --load-extension=pg_credits
ISOLATION = $(sort $(patsubst $(TOP)/test/specs/%.spec,%,$(wildcard $(TOP)/test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=output_iso --load-extension=pg_credits
REGRESS_PREP = test-folders

# Bitcode would not get the C++ flags and gains nothing: every call ends in the module's own code.
override with_llvm = no

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
# Sources are named by their paths; what a build in the tree left there must not pass for built here.
VPATH :=
vpath %.control $(TOP)

# The ring wall: only src/pg and src/exports.cpp are compiled with the server's headers in reach, so a
# core source that includes one, directly or through another header, does not compile.
COMPILE = $(CXX) $(CXXFLAGS) -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -I$(TOP)/src -MMD -MP
$(SERVER): COMPILE += -isystem $(includedir_server)

$(OBJS): objects/%.o: $(TOP)/src/%.cpp $(TOP)/Makefile
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

-include $(OBJS:.o=.d)

# Folders are prerequisites so that a file added or removed counts too.
$(shlib): $(wildcard $(TOP)/src $(TOP)/src/core $(TOP)/src/pg)

SQL_FOLDERS := $(wildcard $(TOP)/sql/functions $(TOP)/sql/migrations $(TOP)/sql/views)
PRESETS := $(wildcard $(TOP)/presets $(TOP)/presets/*.json)
$(SCRIPT): $(TOP)/scripts/extension_script $(SQL_FOLDERS) $(wildcard $(addsuffix /*.sql,$(SQL_FOLDERS))) $(PRESETS)
	$(TOP)/scripts/extension_script > $@.new
	mv $@.new $@

.PHONY: test-folders
test-folders:
	@mkdir -p output_regress output_iso
	@ln -sfn $(TOP)/test/sql output_regress/sql
	@ln -sfn $(TOP)/expected output_regress/expected
	@ln -sfn $(TOP)/test/specs output_iso/specs
	@ln -sfn $(TOP)/test/specs/expected output_iso/expected
