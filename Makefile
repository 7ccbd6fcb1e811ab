# Everything that this project does, from a bare machine with Python 3.11 or newer.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; \
	done)
SAMPLE ?= $(CURDIR)/sample/crm.db
JOBS ?= 2
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: help run install dev test lint types messages bench clean
.DELETE_ON_ERROR:

help:
	@echo "make run       try it: install into .venv and open the app on 5 000 sample customers"
	@echo "make install   leave the command in .venv/bin/crm"
	@echo "make test      the whole suite, on SQLite and on a PostgreSQL of its own"
	@echo "make lint      ruff and the import contracts"
	@echo "make types     mypy"
	@echo "make messages  bring the catalogues of translations up to date, and compile them"
	@echo "make bench     measure search and lists"
	@echo "make clean     remove .venv, caches and the sample database"

run: install
	@.venv/bin/crm --db "sqlite:///$(SAMPLE)" demo --customers 5000 --if-empty
	@.venv/bin/crm --db "sqlite:///$(SAMPLE)"

install: .venv/.installed

dev: .venv/.installed-dev

test: dev
	.venv/bin/python -m pytest -n $(JOBS)

lint: dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: dev
	.venv/bin/mypy

messages: dev
	@mkdir -p build
	.venv/bin/pybabel --quiet extract --no-default-keywords --keyword _ --keyword N_ \
		--keyword ngettext:1,2 --add-location file --omit-header --output build/crm.pot tui_crm
	.venv/bin/pybabel --quiet update --domain crm --output-dir tui_crm/locale --input-file build/crm.pot \
		--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	.venv/bin/pybabel compile --domain crm --directory tui_crm/locale --statistics

bench: install
	.venv/bin/crm bench

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	rm -rf "$(CURDIR)/sample"

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "crm needs Python 3.11 or newer. Install it, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	"$(PYTHON)" -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.installed: pyproject.toml | .venv/bin/python
	$(PIP) install --editable .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(PIP) install --editable '.[dev]'
	@touch .venv/.installed $@
