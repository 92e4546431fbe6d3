# The two commands a newcomer needs: make run, make test. Both start from a fresh clone with Python 3.11, git, make.
PYTHON := .venv/bin/python
.PHONY: run test lint format bench screenshots setup setup-dev packages fonts

run: setup fonts
	@$(PYTHON) scripts/run.py

# bytecode is kept: the tests start some fifty processes
test: setup-dev packages lint
	@PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest -n auto --dist worksteal --cov

lint: setup-dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy .

format: setup-dev
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

bench: setup-dev
	@for script in $$(grep -l __main__ benchmarks/*.py); do echo "== $$script"; PYTHONPATH=. $(PYTHON) $$script || exit 1; done

screenshots: setup-dev packages
	@PYTHONPATH=. $(PYTHON) scripts/screenshots.py

setup:
	@sh scripts/setup.sh requirements.txt

setup-dev:
	@sh scripts/setup.sh requirements-dev.txt

# the characters of notice boards; without them they are printed from their page
fonts:
	@sh scripts/packages.sh fonts

packages:
	@sh scripts/packages.sh
