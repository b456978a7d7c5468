# Roomly's commands; `make` alone lists them. Needs Python 3.11 or newer and nothing else.

PYTHON ?= python3
run := .venv/bin/python -m standins
words := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
.NOTPARALLEL:
compile := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-config --no-emit-index-url --custom-compile-command 'make requirements'

help: ## list the commands
	@awk -F ': .*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .install-demo $(words) ## Roomly with two companies, and stand-ins for Google and Slack
	@$(run) demo

demo-reset: .install-demo ## forget what the demo has stored
	@$(run) reset

manage: .install-demo ## a management command in the demo's environment: make manage cmd="…"
	@$(run) manage $(cmd)

test: .install-dev $(words) browser ## every test, browser included; make test args="-k webhook" runs some
	@$(run) test $(or $(args),-n auto)

soak: .install-dev $(words) browser ## the randomized sync and fault tests at full length
	@$(run) soak $(args)

bench: .install-dev $(words) browser ## every benchmark, one JSON object a line
	@$(run) bench $(args)

lint: .install-dev ## formatter, linters, types, migrations, translations, known holes
	@PATH="$(CURDIR)/.venv/bin:$$PATH" .ci/lint

format: .install-dev ## put code and templates into shape
	@.venv/bin/ruff check --quiet --fix-only . ; .venv/bin/ruff format --quiet . ; .venv/bin/djlint --quiet --reformat templates || true

browser: ## Chromium and Korean fonts for the browser tests (Debian, as root)
	@.ci/browser

requirements: .install-dev ## compile requirements*.in to pinned, hashed requirements*.txt
	@for name in requirements requirements-demo requirements-dev; do $(compile) $(args) $$name.in -o $$name.txt; done

%.mo: %.po
	@.venv/bin/pybabel --quiet compile --input-file $< --output-file $@

.install-demo .install-dev:
	@$(PYTHON) .ci/install.py requirements-$(subst .install-,,$@).txt

.PHONY: help demo demo-reset manage test soak bench lint format browser requirements .install-demo .install-dev
