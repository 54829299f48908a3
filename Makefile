# `make run` and `make test` do all the set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -n)

.PHONY: run test check docs soak crash fuzz bench format clean

run: $(READY)
	@$(BIN)/luahost run

test: $(READY) $(VENV)/.browser $(VENV)/.docs
	$(BIN)/pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/unit/test_arrows.py

# The pages in docs/ as a site, in build/docs/.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

$(VENV)/.docs: requirements-docs.lock | $(READY)
	@echo "installing what builds the docs (once) ..." >&2
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements-docs.lock >&2
	@touch $@

soak: $(READY)
	$(BIN)/python -m tests.simulation.soak --minutes 10 --sessions 500

# PostgreSQL: the server that LUAHOST_TEST_POSTGRES names, or the one of this machine.
POSTGRES = $(or $(LUAHOST_TEST_POSTGRES),postgresql://postgres@127.0.0.1:5432/test)

crash: $(READY)
	$(BIN)/python -m tests.simulation.crashes --kills 500
	$(BIN)/python -m tests.simulation.crashes --kills 50 --store "$(POSTGRES)?prefix=crash_"
	$(BIN)/python -m tests.simulation.database_crashes --kills 50
	$(BIN)/python -m tests.simulation.power --trials 300
	$(BIN)/python -m tests.simulation.contenders --rounds 1000 --store "sqlite:$$(mktemp -d)/x.db"
	$(BIN)/python -m tests.simulation.contenders --rounds 1000 --store "$(POSTGRES)?prefix=contend_"

fuzz: $(READY)
	@$(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/pip install -qq --disable-pip-version-check "atheris==3.0.0" >&2
	$(BIN)/python -m tests.fuzz.boundaries
	$(BIN)/python -m tests.fuzz.input

bench: $(READY)
	$(BIN)/python -m bench

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements.lock >&2
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

# Tests use pages in a real browser. Where there is none and none can be installed, they are skipped and say so.
$(VENV)/.browser: | $(READY)
	@{ command -v chromium && command -v chromedriver; } >/dev/null || { \
	  echo "installing chromium for the tests (once) ..." >&2; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium chromium-driver; \
	} >/dev/null || echo "no chromium: the tests in a browser will be skipped" >&2
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
