# Everything a developer or an installer runs. `make help` lists it.
PY := .venv/bin/python
PIP := .venv/bin/pip --disable-pip-version-check --quiet
export PYTHONWARNINGS := error::DeprecationWarning:bot

.PHONY: help setup run chat test check fix bench tickets evaluate kill lock clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/run.stamp: requirements.lock
	python3 -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

.venv/bench.stamp: .venv/dev.stamp requirements-bench.lock
	$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

setup: .venv/dev.stamp ## make .venv with the locked packages, for running and developing

run: .venv/run.stamp ## start Sapa on 127.0.0.1:8080 (SQLite, no token needed)
	@$(PY) -m bot serve

chat: .venv/run.stamp ## talk to Sapa as a resident, here in the terminal
	@$(PY) -m bot chat

test: .venv/dev.stamp ## all tests, on SQLite and on a real PostgreSQL (JOBS=4: in four processes instead of two)
	@$(PY) -m pytest -n $(or $(JOBS),2) --dist worksteal

check: .venv/dev.stamp ## style, types, import rules, articles
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports --no-cache
	@$(PY) -m bot knowledge check

fix: .venv/dev.stamp ## mend style where a machine can
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

bench: .venv/bench.stamp ## the figures of the README, as ratios in one run
	@$(PY) -m bench
	@$(PY) -m bench.routing

tickets: .venv/dev.stamp ## queues, numbers and filing with 1,000 and 1,000,000 tickets, on both databases (needs 5 GB, some minutes)
	@$(PY) -m bench.tickets

evaluate: .venv/run.stamp ## the router's figures on a labelled FILE (default: the development set beside the checkout)
	@$(PY) -m bot evaluate $(or $(FILE),../shared/eval/questions-dev.jsonl)

kill: .venv/dev.stamp ## acceptance A6 with 100 kills instead of the 50 of `make test`
	@SAPA_TEST_KILLS=100 $(PY) -m pytest tests/faults/test_kills.py

# The dev lock comes first: its packages (aiogram's bound on pydantic) decide the versions that all three share.
LOCK = .venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml

lock: .venv/bench.stamp ## write the locks anew from pyproject.toml
	@$(LOCK) --upgrade --extra dev -o requirements-dev.lock
	@$(LOCK) --upgrade -c requirements-dev.lock -o requirements.lock
	@$(LOCK) --upgrade -c requirements-dev.lock --extra bench -o requirements-bench.lock

clean: ## remove what was built here (never the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
