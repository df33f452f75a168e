# make demo: set everything up and play the demo day.  make test: every check that a submission must pass.
# Needed beforehand: Python 3.11 or newer and make. Another Python than the one found: make PYTHON=/path/to/python3 demo

VENV := .venv
BIN := $(VENV)/bin
CODE := controller states drivers diagrams
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$name" -c '$(IS_NEW_ENOUGH)' 2>/dev/null && echo "$$name" && break; done)
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command 'make lock' --quiet

.PHONY: demo test run check diagrams bench baskets campaign crash kills planted evidence lock clean
.DELETE_ON_ERROR:

demo: $(VENV)/run.stamp
	$(BIN)/ekasa demo --out out/demo

run: $(VENV)/run.stamp
	test -e out/training/register.toml || $(BIN)/ekasa init out/training --training
	$(BIN)/ekasa run out/training

test: $(VENV)/dev.stamp
	tests/system-packages
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/ekasa diagrams --check

diagrams: $(VENV)/dev.stamp
	$(BIN)/ekasa diagrams

bench: $(VENV)/dev.stamp
	$(BIN)/ekasa bench

# A campaign of receipts: make baskets COUNT=1000000, and what failed once more with the SEED that it tells.
baskets: $(VENV)/dev.stamp
	$(BIN)/python -m tests.campaign_baskets --count $(or $(COUNT),10000) $(if $(SEED),--seed $(SEED))

# Campaigns that go on as long as told; what they found is kept in out/campaign, and docs/evidence.md is made from it.
campaign: $(VENV)/dev.stamp
	$(BIN)/python -m tests.campaign $(if $(MINUTES),--minutes $(MINUTES),--receipts $(or $(COUNT),100000)) \
		$(if $(SEED),--seed $(SEED))

crash: $(VENV)/dev.stamp
	$(BIN)/python -m tests.crash_states --count $(or $(COUNT),1000000) $(if $(SEED),--seed $(SEED))

kills: $(VENV)/dev.stamp
	$(BIN)/python -m tests.process_kills $(if $(COUNT),--random $(COUNT),--all) $(if $(SEED),--seed $(SEED))

planted: $(VENV)/dev.stamp
	$(BIN)/python -m tests.campaign_planted

evidence: $(VENV)/dev.stamp
	$(BIN)/python -m tests.campaign_report

# What is locked stays as it is where it still fits; `make lock UPGRADE=--upgrade` takes the newest of everything.
lock: $(BIN)/uv
	echo hatchling editables | tr ' ' '\n' | $(LOCK) $(UPGRADE) - --output-file requirements.txt
	$(LOCK) $(UPGRADE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) out .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(CODE) tests -name __pycache__ -prune -exec rm -rf {} +

# The editable install is made without a network: what builds it is locked too.
$(VENV)/run.stamp: requirements.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what requirements.txt locks into $(VENV)"
	$(INSTALL) --require-hashes --requirement requirements.txt
	$(INSTALL) --no-build-isolation --no-deps --no-index --editable .
	$(BIN)/python -m compileall -q $(CODE)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what requirements-dev.txt locks into $(VENV)"
	$(INSTALL) --require-hashes --requirement requirements-dev.txt
	@touch $@

$(BIN)/uv: | $(BIN)/pip
	$(INSTALL) uv

# A distribution's Python may lack ensurepip, and so the means to make an environment with pip in it.
$(BIN)/pip:
	@"$(PYTHON)" -c '$(IS_NEW_ENOUGH)' 2>/dev/null || { \
		echo "make: no Python 3.11 or newer: install one, or say which with PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || tests/system-packages \
		"$$("$(PYTHON)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
	"$(PYTHON)" -m venv --clear $(VENV)
