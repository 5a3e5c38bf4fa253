# make serve   install, build the graph and serve it
# make test    install and run all tests (under five minutes)
PYTHON ?= python3
BIN := .venv/bin
# One more than the processors of a small machine: tests also wait, for programs and for limits.
JOBS ?= 3
# Tests start hundreds of programs: each would compile all of cgkg anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve build test test-long check reference messages bench help clean

help:
	@sed -n '1,2s/^# //p' Makefile
	@echo "make check   lint and types;  make test-long   long tests;  make bench   benchmarks"

serve:
	@$(PYTHON) tools/setup.py
	@$(BIN)/cgkg serve $(ARGS)

build:
	@$(PYTHON) tools/setup.py
	@$(BIN)/cgkg build $(ARGS)

test:
	@$(PYTHON) tools/setup.py test
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

test-long:
	@$(PYTHON) tools/setup.py test
	@$(BIN)/python -m pytest -q -m long $(ARGS)

check:
	@$(PYTHON) tools/setup.py test,lint
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

reference:
	@$(PYTHON) tools/setup.py
	@$(BIN)/python tools/reference.py
	@$(BIN)/python tools/settings.py

messages:
	@$(PYTHON) tools/setup.py
	@$(BIN)/python tools/messages.py $(ARGS)

bench:
	@$(PYTHON) tools/setup.py bench
	@$(BIN)/python benchmarks/start.py
	@$(BIN)/python benchmarks/build/run.py
	@$(BIN)/python benchmarks/reasoning/run.py
	@$(BIN)/python benchmarks/validation/run.py
	@$(BIN)/python benchmarks/endpoint/run.py

clean:
	rm -rf .venv build dist
