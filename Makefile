# Two commands matter: `make demo` and `make test`. Everything else is for developers.
# `make` needs Python 3.11 or newer and git; it brings uv into .tools and the environment into .venv.

PYTHON ?= python3
UV := .tools/bin/uv
RUN := .venv/bin/
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint bench system clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(UV):
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'

.venv/.ready: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --extra desk --extra dev
	@touch $@

# Spark and Sail for the tests of `--cluster`, pinned in the lock; only the servers, without this project.
.tools/spark/.ready: $(UV) pyproject.toml uv.lock
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/.tools/spark $(UV) sync --frozen --quiet --only-group servers --no-install-project
	@touch $@

demo: .venv/.ready ## Do the whole job on an invented city and open the console
	scripts/system fonts
	$(RUN)minewarden demo $(DEMO)

serve: .venv/.ready ## Start the console of this checkout
	$(RUN)minewarden desk serve

system: ## Install the real servers that the tests use (Debian, as root)
	scripts/system all

test: .venv/.ready .tools/spark/.ready ## Pass every test, against real servers where they are installed
	scripts/system all
	$(RUN)pytest -n auto $(TESTS)

lint: .venv/.ready ## Check style, types and floors
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)lint-imports

bench: .venv/.ready ## Measure against named peers and limits
	$(RUN)python -m bench.scan

clean: ## Remove what was made here
	rm -rf .venv .tools demo
