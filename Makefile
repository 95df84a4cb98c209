# make help says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PEOPLE ?= 10000
LOCALE ?= vi
TLS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test sweep lint format bench cluster drills lock clients pcsc clean

help: ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

demo: $(BIN)/.demo ## install, fill the embedded database under var/, and serve on http://localhost:8000 (PORT= PEOPLE= DATABASE_URL= LOCALE=vi|en TLS=1)
	@$(BIN)/eid demo --port $(PORT) --people $(PEOPLE) --locale $(LOCALE) $(if $(DATABASE_URL),--database-url '$(DATABASE_URL)') $(if $(TLS),--tls)

test: $(BIN)/.dev ## the whole suite, on SQLite and PostgreSQL, in a real browser where one is installed
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

sweep: $(BIN)/.dev ## what make test leaves out by turns: the other database of each test, the other browser, the rest of the rubbish, what takes longest
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "sweep and not fuzz" $(ARGS)

lint: $(BIN)/.dev ## ruff, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(BIN)/.dev ## mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/.dev ## measure, as ratios within one run, beside the peers too (needs Node.js); docs/performance.md is written anew
	$(BIN)/python -m benchmarks --write

cluster: $(BIN)/.demo ## as root on Debian: three app hosts, three database hosts and the edge on this machine, in namespaces (docs/operations.md)
	$(BIN)/python -m deploy.local.cluster up

drills: $(BIN)/.demo ## break each part of that cluster while people write, and measure
	$(BIN)/python -m deploy.local.drills all

clients: tests/clients/node_modules/.package-lock.json tests/clients/jmrtd/target/lib tests/clients/spring/target/lib ## install the outside clients that tests drive (needs Node.js and Maven)

pcsc: $(BIN)/.pcsc ## install what eid cards read needs for a card reader (on Linux needs swig, a C compiler, libpcsclite-dev)

lock: $(BIN)/.dev ## pin exact versions anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra demo --extra load setup.cfg -o requirements/demo.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra demo --extra load --extra tracing --extra test --extra lint setup.cfg -o requirements/dev.lock -c requirements/demo.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra pcsc setup.cfg -o requirements/pcsc.lock -c requirements/demo.lock

clean: ## remove the virtual environment; the demo's data under var/ stay
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eid needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(BIN)/.demo: requirements/demo.lock setup.cfg | $(BIN)/python
	@echo "Installing (once; a minute or so) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(BIN)/.dev: requirements/dev.lock $(BIN)/.demo
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

$(BIN)/.pcsc: requirements/pcsc.lock $(BIN)/.demo
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/pcsc.lock
	@touch $@

tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json
	npm ci --prefix tests/clients --no-audit --no-fund --silent

tests/clients/jmrtd/target/lib: tests/clients/jmrtd/pom.xml $(wildcard tests/clients/jmrtd/src/main/java/*.java)
	mvn --batch-mode --quiet --strict-checksums --file tests/clients/jmrtd/pom.xml process-classes
	@touch $@

tests/clients/spring/target/lib: tests/clients/spring/pom.xml $(wildcard tests/clients/spring/src/main/*/*) $(wildcard tests/clients/spring/src/main/java/*/*.java)
	mvn --batch-mode --quiet --strict-checksums --file tests/clients/spring/pom.xml process-classes
	@touch $@
