.PHONY: demo test lint bench lock pictures
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PORT ?= 8021

# The first of these that is Python 3.11 or newer.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN = .venv/bin

demo: .venv/.ready
	@$(BIN)/python -m demo --port $(PORT)

test: .venv/.ready
	@$(BIN)/python -m pytest -n auto

lint: .venv/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.ready
	@$(BIN)/python -m bench

# The pictures of the README and of docs/demo.md, taken of the demo; needs Chromium (CHROMIUM, or `chromium` on the path).
pictures: .venv/.ready
	@$(BIN)/python -m demo.pictures

# The lock files carry hashes and no address of an index; pip checks every hash.
lock: .venv/.ready
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --universal --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --universal --no-emit-index-url --no-header \
		--python-version 3.11 -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt

.venv/.ready: requirements.txt requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "ecrbot needs Python 3.11 or newer; none was found. Set PYTHON to one." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv module: on Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(PYTHON) -m venv --clear .venv
	@echo "Installing the pinned packages into .venv (once, about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
