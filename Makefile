# Every command that a developer or the CI runs. Each target says in its `##` comment what it does; `make help` lists them.
# All but `help` and `clean` make the environment first when it is missing or older than the lock file.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN     := .venv/bin
PROJECT ?= .
ARGS    ?=
# A third of the tests' time is waiting for processes and browsers: three side by side keep two processors busy.
WORKERS ?= 3
STORES  ?= postgresql+psycopg://postgres@127.0.0.1:5432 mysql+pymysql://root@127.0.0.1:3306

# Nothing that we start reports home.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Tests and benchmarks start many processes; without it each compiles our modules anew.
unexport PYTHONDONTWRITEBYTECODE

PYTEST  := $(BIN)/pytest $(if $(filter-out 0 1,$(WORKERS)),-n $(WORKERS) --dist worksteal)

help:  ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

venv: .venv/.ready  ## make the environment in .venv from uv.lock

.venv/.ready: uv.lock pyproject.toml .ci/venv
	@.ci/venv
	@touch $@

demo: venv  ## sandboxes, a project, two syncs, what happened (ARGS="--customers 200 --seed 7")
	@$(BIN)/crmhub demo $(ARGS)

serve: venv  ## webhooks, HTTP API and schedules of a project (PROJECT=dir, ARGS="--port 8080")
	@$(BIN)/crmhub serve --project $(PROJECT) $(ARGS)

test: venv  ## all tests but soak (WORKERS=0 runs them one after the other, ARGS="-k phone" chooses)
	@$(PYTEST) -m "not soak" $(ARGS)

test-all: venv  ## all tests, soak too; then what makes worlds once more on each server of STORES
	@$(PYTEST) $(ARGS)
	@for store in $(STORES); do echo "== $$store"; \
	  CRMHUB_TEST_STORE=$$store $(PYTEST) -m "not soak" tests/system tests/flows tests/console $(ARGS) || exit 1; done

soak: venv  ## only the soak tests: hours of random steps
	@$(BIN)/pytest -m soak $(ARGS) || test $$? -eq 5

bench: venv  ## every benchmark, one after the other
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python -m "benchmarks.$$(basename $$script .py)" $(ARGS) || exit 1; done

lint: venv  ## ruff: rules and layout
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: venv  ## mypy, strict
	@$(BIN)/mypy

imports: venv  ## the one-way imports between the rooms
	@$(BIN)/lint-imports --no-logo

fix: venv  ## repair what ruff can repair by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: lint types imports test  ## every gate, as the CI runs them

docs: venv  ## write the generated pages in docs/ anew
	@for script in docs/write_*.py; do PYTHONPATH=. $(BIN)/python "$$script" || exit 1; done

contract: venv  ## run the contract suite on the connectors whose code changed, and keep what came of it for docs/connectors.md
	@CRMHUB_CONTRACT_WRITE=1 CRMHUB_CONTRACT_CHANGED=1 $(BIN)/pytest -q tests/connectors/contract_suite/test_clauses.py -k "not kept_run and not the_page" $(ARGS)
	@PYTHONPATH=. $(BIN)/python docs/write_connectors.py

screenshots: venv  ## pictures of the console's pages into docs/screenshots/ (ARGS="sign-in" chooses)
	@PYTHONPATH=. $(BIN)/python docs/take_screenshots.py $(ARGS)

clean:  ## remove the environment and every cache
	@rm -rf .venv .uv .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help venv demo serve test test-all soak bench lint types imports fix check docs contract screenshots clean
