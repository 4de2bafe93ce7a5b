# The two commands: `make demo` and `make test`. Both set up what they need in .venv.
.DEFAULT_GOAL := help
.PHONY: help demo test faults bench bench-peers gallery reference lint clean

VENV := .venv
BIN := $(VENV)/bin
CHECK := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c '$(CHECK)' >/dev/null 2>&1; then echo $$p; break; fi; done)

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

.PHONY: python
python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c '$(CHECK)' >/dev/null 2>&1; then \
		echo "ReelForge needs Python 3.11, 3.12 or 3.13, and none was found: install one, or name it with make PYTHON=/path/to/python3." >&2; exit 2; fi

# Set-up is redone when the pins change; an interrupted one leaves no stamp and starts over. It compiles the package, for
# where Python is told to keep nothing of what it compiles: a command would begin 0.2 s later.
$(VENV)/ready: constraints.txt pyproject.toml | python
	@echo "Setting up $(VENV) (first time only: downloads about 350 MB) …" >&2
	@$(PYTHON) -m venv --clear $(VENV) || { echo "Python's venv module is missing: on Debian install python3-venv." >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r constraints.txt
	@$(BIN)/python tools/link.py
	@$(BIN)/python -m compileall -q reelforge
	@touch $@

$(VENV)/ready-dev: constraints-dev.txt $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r constraints-dev.txt
	@touch $@

demo: $(VENV)/ready ## Make the demo Reel and say where it is
	@$(BIN)/reelforge demo

test: $(VENV)/ready-dev lint ## Lint, types, import contracts and every test
	@$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/ready-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

faults: $(VENV)/ready-dev ## The kill -9 campaigns: 40 kills of a job of every shape, 40 of the real command
	@$(BIN)/python tests/faults/campaign.py --subject synthetic --kills 40
	@$(BIN)/python tests/faults/campaign.py --subject make --kills 40

bench: $(VENV)/ready-dev ## The figures this project stands by
	@$(BIN)/python bench/startup.py
	@$(BIN)/python bench/render.py
	@$(BIN)/python bench/regenerate.py
	@$(BIN)/python bench/scale.py
	@$(BIN)/python bench/mix.py
	@$(BIN)/python bench/beats.py
	@$(BIN)/python bench/words.py
	@$(BIN)/python bench/drift.py

bench-peers: $(VENV)/ready-dev ## Install MoviePy beside, for bench/render.py to compare with
	@$(PYTHON) -m venv --clear bench/peers/.venv
	@bench/peers/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r bench/peers/constraints.txt

reference: $(VENV)/ready ## Write docs/timeline.md anew from the models, after a change of them
	@$(BIN)/python tools/timeline_reference.py

gallery: $(VENV)/ready ## Every motion, transition, effect and overlay as a video, with a page: out/gallery/index.html
	@$(BIN)/python tools/gallery.py out/gallery

clean: ## Remove the environment and build leftovers
	rm -rf $(VENV) dist build
