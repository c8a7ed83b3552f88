# Two commands for a fresh machine with Python >= 3.11 (and its venv module): `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip --disable-pip-version-check --no-input
# Most modules of the large libraries are never imported: compiling them all would take half the time.
INSTALL = $(PIP) install -q --no-compile --no-build-isolation -c constraints.txt

# The plugins that the demo's recipe names, and all of them.
DEMO_PLUGINS := templater augment rules dedup novelty dev-gain probe router-adaptive
ALL_PLUGINS  := $(notdir $(patsubst %/,%,$(dir $(wildcard plugins/*/pyproject.toml))))
# Extras that all tests run with; those that need torch have an environment of their own (test-local-models).
TESTED_EXTRAS := 'plugins/toxicity[sklearn]' 'plugins/rag[lancedb]'
LOCAL_MODELS := entailment perplexity selection sentence-transformers toxicity
LOCAL_VENV   := .venv-local-models
SOURCES      := pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)
CODE         := datagen_core plugins bench tests tools

.PHONY: demo test test-local-models check docs isolate isolate-tenth bench clean

# Modules are compiled once, not by each of the thousand processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

demo: $(VENV)/.demo
	rm -f recipes/memory/quickstart.db*
	$(BIN)/datagen run recipes/quickstart.yaml -q
	$(BIN)/datagen run recipes/quickstart.yaml -q --set router=uniform -o runs/quickstart-uniform
	$(BIN)/datagen report quickstart --against quickstart-uniform

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 3 --dist loadfile

# Tests on real neural networks, tiny ones made by the tests: torch's CPU build is a download of 200 MB or more.
test-local-models: $(LOCAL_VENV)/.ready
	for plugin in $(LOCAL_MODELS); do $(LOCAL_VENV)/bin/python -m pytest plugins/$$plugin/tests || exit 1; done

check: $(VENV)/.test
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy -p datagen_core $(foreach p,$(ALL_PLUGINS),-p datagen_plugin_$(subst -,_,$(p)))

docs: $(VENV)/.docs
	$(BIN)/python tools/docs.py --check
	$(BIN)/python tools/costs.py --check
	$(BIN)/mkdocs build --strict --quiet

# Builds all wheels; tests each plugin beside the core alone; the gate does so for a tenth of them, drawn by the commit
# (`make test` runs all their tests together, and imports are compared with what is declared for all).
isolate: $(VENV)/.test
	$(BIN)/python tools/isolate.py

isolate-tenth: $(VENV)/.test
	$(BIN)/python tools/isolate.py --tenth

bench: $(VENV)/.bench
	for bench in bench/*.py; do $(BIN)/python $$bench || exit 1; done

clean:
	rm -rf $(VENV) $(LOCAL_VENV) dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "DataGen needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.flit: $(BIN)/python
	$(PIP) install -q -c constraints.txt flit_core
	touch $@

$(VENV)/.demo: $(VENV)/.flit $(SOURCES)
	$(INSTALL) -e . $(foreach p,$(DEMO_PLUGINS),-e plugins/$(p))
	touch $@

$(VENV)/.test: $(VENV)/.flit $(SOURCES)
	$(INSTALL) -e '.[dev]' $(foreach p,$(ALL_PLUGINS),-e plugins/$(p)) $(foreach p,$(TESTED_EXTRAS),-e $(p))
	touch $@ $(VENV)/.demo

$(LOCAL_VENV)/.ready: $(SOURCES)
	$(PYTHON) -m venv $(LOCAL_VENV)
	$(LOCAL_VENV)/bin/python -m pip install -q -c constraints.txt flit_core torch transformers sentence-transformers sentencepiece protobuf
	$(LOCAL_VENV)/bin/python -m pip install -q --no-build-isolation -c constraints.txt -e '.[dev]' $(foreach p,$(LOCAL_MODELS),-e plugins/$(p))
	touch $@

$(VENV)/.docs: $(VENV)/.test
	$(PIP) install -q -c constraints.txt mkdocs-material
	touch $@

$(VENV)/.bench: $(VENV)/.test
	$(PIP) install -q -c constraints.txt datasketch rouge-score
	touch $@
