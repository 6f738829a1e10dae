# Fieldveil: what a newcomer types. `make help` explains.
# Needs Python 3.11 to 3.13, git and make; everything else comes from uv.lock into .venv.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& command -v "$$name" && break; done)
UV_VERSION := 0.13.9
JOBS ?= 2
ARGS ?=
# Another npm registry than the public one: make assets NPM_REGISTRY=https://...; npm's own variable is heeded too.
NPM_REGISTRY ?= $(or $(npm_config_registry),https://registry.npmjs.org)

BIN := .venv/bin
READY := .venv/.ready
# As `make assets`, but where there is no network everything else goes on without. Not in CI.
WEB_FORM = $(BIN)/python backend/app/fetch_assets.py --registry "$(NPM_REGISTRY)" $(if $(filter true,$(CI)),,--optional)
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadscope
# Apart from the other tests: tracing slows each of them, and trips over their threads.
PRIVACY := --cov=mappings.privacy --cov=mappings.strip --cov=mappings.apply --cov-branch --cov-fail-under=100
PRIVACY_TESTS := $(addprefix tests/unit/test_,apply.py decode.py gate_kinds.py language.py memory.py pseudonyms.py strip.py)

.PHONY: help setup assets demo test lint bench serve clean release-check
.DEFAULT_GOAL := help

help: ## Show this list
	@echo "Fieldveil. Every target installs what it needs into .venv first."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo "ARGS go to the program behind a target: make test ARGS='-k letterbox', make demo ARGS='--once'"

setup: $(READY) ## Install Python packages from uv.lock into .venv
	@$(WEB_FORM)
	@echo "setup: .venv is up to date with uv.lock" >&2

# The Dockerfile takes the same steps; tests/house/test_image.py compares them.
$(READY): uv.lock pyproject.toml Makefile
	@test -n "$(PYTHON)" || { echo "setup: no Python 3.11, 3.12 or 3.13 found on PATH. Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "setup: $(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python$$version-venv" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { \
		echo "setup: making .venv with $(PYTHON)"; rm -rf .venv; "$(PYTHON)" -m venv .venv; }
	@echo "setup: installing uv $(UV_VERSION), then everything in uv.lock (the first time a few hundred MB)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true UV_PROJECT_ENVIRONMENT=.venv $(BIN)/python -m uv sync --quiet --frozen --all-extras
	@touch $(READY)

# Python alone fetches them, no Node: a few published files, checked against backend/app/assets.lock.json.
assets: $(READY) ## Fetch the published files of the web form (2 MB), to be had offline afterwards
	@$(BIN)/python backend/app/fetch_assets.py --registry "$(NPM_REGISTRY)"
	@echo "assets: the files of the web form are those of backend/app/assets.lock.json" >&2

demo: $(READY) ## Run the whole product on this machine: form, phones, letterbox, pull, pages
	@$(WEB_FORM)
	@echo "demo: starting the product on this machine" >&2
	@$(BIN)/fieldveil demo $(ARGS)

serve: $(READY) ## Serve the pages and the letterbox, with the settings of .env
	@$(WEB_FORM)
	@echo "serve: starting the web server with the settings of .env"
	@$(BIN)/fieldveil serve $(ARGS)

test: $(READY) ## Run the tests, without those marked slow
	@$(WEB_FORM)
	@echo "test: running pytest on $(JOBS) processes"
	@$(PYTEST) -q -m "not slow" $(ARGS)

lint: $(READY) ## Check style, types and the four floors
	@echo "lint: ruff, mypy, import-linter"
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

bench: $(READY) ## Measure speed as ratios of interleaved runs; one of them: make bench ARGS=pull
	@echo "bench: each line is a ratio against another way of doing the same, run in turns"
	@$(BIN)/python -m benchmarks $(ARGS)

release-check: lint ## The slow proofs: every test, many more examples, full branch coverage of the privacy code
	@$(WEB_FORM)
	@echo "release-check: the lock, then every test with the long hypothesis profile"
	@UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true $(BIN)/python -m uv lock --check
	@$(PYTEST) -q --hypothesis-profile=release $(ARGS)
	@echo "release-check: every branch of strip, apply and the pseudonyms is taken"
	@$(BIN)/python -m pytest -q $(PRIVACY_TESTS) $(PRIVACY)

clean: ## Remove what the other targets made: .venv, caches, build results (not var/, the data)
	@echo "clean: removing .venv, caches and build results; var/ (databases and keys) is left alone"
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov dist build .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
