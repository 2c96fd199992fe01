# One command each. The environment is made from requirements.lock when it is missing or stale.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# small linear algebra on one thread: faster, and the same last digits on every machine
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PYTHONHASHSEED := 0
# notebooks that are stored or compared hold the picture of ok.explore, not its panel
nbval: export OPTKOMMUNEN_STATIC := 1

.DEFAULT_GOAL := help
.PHONY: help report test lint unit chapters nbval browser lab notebooks words data raw bench robustness recovery coverage panelsize lowest wheel wheelcheck lock clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "optkommunen needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

report: $(STAMP)  ## execute the notebooks, build the HTML report, print its path (RETURNS=FILE: your own; REPORT_LANG=de)
	@$(BIN)/python -m optkommunen report $(if $(RETURNS),--returns "$(RETURNS)") $(if $(REPORT_LANG),--lang $(REPORT_LANG))

test: lint unit nbval  ## all checks: lint, types, layers, tests, doctests, strict nbval

lint: $(STAMP)  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

nbval: $(STAMP)  ## re-execute every notebook and compare with its stored outputs
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg \
	  -o addopts= -p no:cacheprovider -n 2 --dist loadscope -q notebooks/

unit: $(STAMP)  ## tests and doctests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m "not browser and not chapters"

chapters: $(STAMP)  ## run the chapters with other parameters, other returns and few of them (about four minutes)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m chapters tests

browser: $(STAMP)  ## open every page of the built report in headless Chromium
	$(BIN)/python -m pytest -q -m browser tests/browser

lab: $(STAMP)  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

notebooks: $(STAMP)  ## re-execute the notebooks and store their outputs
	$(BIN)/python tools/refresh_notebooks.py

PO := optkommunen/locale/de/LC_MESSAGES/optkommunen.po
words: $(STAMP)  ## maintainers: new texts of the code into the German catalogue, those gone out of it
	@mkdir -p build
	$(BIN)/pybabel -q extract -F pyproject.toml --no-default-keywords -k translate -k N_ -k Note -k translate_plural:1,2 \
	  --add-location=file --project=optkommunen -o build/optkommunen.pot .
	$(BIN)/pybabel -q update -i build/optkommunen.pot -o $(PO) -l de --no-fuzzy-matching --ignore-obsolete \
	  --ignore-pot-creation-date --width=110

data: $(STAMP)  ## tables and codebook for R, Stata and German Excel into data/processed (RETURNS=FILE; REPORT_LANG=de)
	$(BIN)/python -m optkommunen data $(if $(RETURNS),--returns "$(RETURNS)") $(if $(REPORT_LANG),--lang $(REPORT_LANG))

raw: $(STAMP)  ## maintainers: compile data/raw anew from ../shared/data
	$(BIN)/python tools/compile_data_raw.py

$(VENV)/.bench: $(STAMP) benchmarks/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@touch $@

bench: $(VENV)/.bench  ## speed beside what a user would otherwise run
	$(BIN)/python benchmarks/run.py

robustness: $(STAMP)  ## plant 9,000 faults in files of returns and count the silent ones (about an hour)
	$(BIN)/python -m benchmarks.robustness

recovery: $(STAMP)  ## regenerate the recovery study, 2,000 sets of each case (about half an hour)
	$(BIN)/python -m benchmarks.recovery

coverage: $(STAMP)  ## regenerate the coverage study of the comparison, 2,000 sets (about ten minutes)
	$(BIN)/python -m benchmarks.comparison_coverage

panelsize: $(STAMP)  ## regenerate the study of panels in which few units change (ten minutes of one core)
	$(BIN)/python -m benchmarks.panel_size

LOWEST := build/lowest-env
lowest: $(STAMP)  ## the tests on the lowest versions that pyproject.toml allows
	rm -rf $(LOWEST) && $(PYTHON) -m venv $(LOWEST)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --python-version 3.11 --no-header --no-annotate \
	  --no-emit-package optkommunen --extra test pyproject.toml -o $(LOWEST)/versions.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -r $(LOWEST)/versions.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	$(LOWEST)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m "not browser and not chapters and not slow"

wheel: $(STAMP)  ## build the wheel into dist
	rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

wheelcheck: wheel  ## install the wheel into an empty environment and use it from another folder
	rm -rf build/wheel-env && $(PYTHON) -m venv build/wheel-env
	sed -e '/^ /d' -e 's/ *\\$$//' requirements.lock > build/wheel-env/versions.txt
	build/wheel-env/bin/python -m pip install --quiet --disable-pip-version-check -c build/wheel-env/versions.txt dist/*.whl
	cd build/wheel-env/lib && ../bin/python -W error -c "import optkommunen as ok; n = len(ok.municipalities()); \
	  print(f'the wheel works from another folder: {n} municipalities'); assert n == 69; ok.load_boundaries(); ok.caseload()"

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-annotate --no-emit-package optkommunen

lock: $(STAMP)  ## maintainers: resolve requirements.lock anew from pyproject.toml
	$(LOCK) --upgrade --extra test pyproject.toml -o requirements.lock
	$(LOCK) --extra test --extra bench -c requirements.lock pyproject.toml -o benchmarks/requirements.lock

clean:  ## remove the environment and everything built
	rm -rf $(VENV) build dist
	find data/processed -mindepth 1 ! -name README.md -delete
