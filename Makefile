# Everything runs from .venv and by relative paths, so that the clone may lie in a folder with spaces in its name.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv/bin/python
WORKERS ?= auto
SOURCES := api bench bootstrap.py crm enterprises grids manage.py stations tests
CHECKS := check-lint check-format check-types check-imports check-templates check-migrations check-texts
COMPILE := $(VENV) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate --no-header --quiet

PROBES ?= 10000
SEED ?= 1
PARTS ?= $(shell nproc)
OLDEST ?= /usr/lib/postgresql/15/bin

.PHONY: help install demo test test-oldest fuzz-access zoo mutate-access check bench lock clean-data $(CHECKS)

help:
	@echo "make demo        install, then serve the demo at http://127.0.0.1:8000 (ARGS=\"--today 2027-02-15\")"
	@echo "make test        install, then run every test that this machine can run (ARGS=\"tests/visits -k plan\")"
	@echo "make test-oldest the rules and rights again on Debian's PostgreSQL 15 (OLDEST=folder of its programs)"
	@echo "make fuzz-access attack the rights (PROBES=100000 SEED=1 PARTS=20: towns)"
	@echo "make zoo         plant leaks in copies of the code and see that the attack finds each (ARGS=\"03 17\")"
	@echo "make mutate-access change the code of the rights in one place at a time and see that their tests notice"
	@echo "make check       lint, format, types, import contracts, templates, migrations, missing translations"
	@echo "make bench       figures against their floors (ARGS=\"--json\")"
	@echo "make lock        renew requirements/*.txt and package-lock.json from pyproject.toml and package.json"
	@echo "make clean-data  delete the databases of the demo and the tests"

install:
	@$(PYTHON) bootstrap.py

demo: install
	@$(VENV) manage.py demo $(ARGS)

test:
	@$(PYTHON) bootstrap.py test
	@$(VENV) -m pytest -n $(WORKERS) --maxprocesses 8 --durations 15 $(ARGS)

test-oldest:
	@$(PYTHON) bootstrap.py test
	@LIANLIAN_PG_BIN=$(OLDEST) $(VENV) -m pytest -q -n $(WORKERS) tests/access tests/attack tests/stations tests/*/test_constraints.py

fuzz-access:
	@$(PYTHON) bootstrap.py test
	@LIANLIAN_PROBES=$(PROBES) LIANLIAN_SEED=$(SEED) LIANLIAN_PARTS=$(PARTS) $(VENV) -m pytest -q -rP -n $(WORKERS) tests/attack/test_fuzz.py

zoo:
	@$(PYTHON) bootstrap.py test
	@$(VENV) -m tests.attack.run_zoo $(ARGS)

mutate-access:
	@$(PYTHON) bootstrap.py test
	@$(VENV) -m tests.mutation.run

check:
	@$(PYTHON) bootstrap.py check
	@$(MAKE) --no-print-directory -k -j 2 -Otarget $(CHECKS)

check-types:
	@echo "== types" && $(VENV) -m mypy
check-lint:
	@echo "== lint" && $(VENV) -m ruff check $(SOURCES)
check-format:
	@echo "== format" && $(VENV) -m ruff format --check $(SOURCES)
check-imports:
	@echo "== import contracts" && $(VENV) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-logo
check-templates:
	@echo "== templates" && $(VENV) -m djlint --lint --quiet crm stations enterprises grids
check-migrations:
	@echo "== migrations" && DATABASE_URL=sqlite://:memory: $(VENV) manage.py makemigrations --check --dry-run # needs no server
check-texts:
	@echo "== translations" && $(VENV) manage.py missing_translations

bench: install
	@$(VENV) manage.py bench $(ARGS)

lock:
	@$(PYTHON) bootstrap.py check
	@$(COMPILE) $(UPGRADE) pyproject.toml -o requirements/base.txt
	@for group in postgres node test check; do \
	  $(COMPILE) $(UPGRADE) -c requirements/base.txt --group pyproject.toml:$$group -o requirements/$$group.txt || exit 1; \
	done
	@npm install --package-lock-only --ignore-scripts

clean-data:
	@$(VENV) manage.py clean_data
