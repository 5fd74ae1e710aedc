# Sets up what a target needs, once, and runs it. `make help` lists the targets.
#
#   PYTHON          interpreter that makes the virtual environment (3.11 or newer)
#   VENV            where the virtual environment goes
#   EXTRAS          extras installed for the tests
#   JOBS            tests run side by side: a number, or auto for one a core
#   TORCH           build of torch for the tests: cpu, cu128, auto, ... (what `uv --torch-backend`
#                   takes), or empty for whatever the package index serves. Not looked at where
#                   PIP_FIND_LINKS, or pip's own find-links, already offers a torch wheel.
#   PIP_FIND_LINKS  folder of local wheels, preferred where they fit
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= rl,data,llm,mcp,plot,design,ros,studio,onnx,dev
JOBS ?= auto
TORCH ?= cpu
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

BIN := $(VENV)/bin
UV := env VIRTUAL_ENV="$(VENV)" $(BIN)/uv
# Stamps carry the hash of what they installed, so only a changed requirement sets up again.
HASH := $(shell cat pyproject.toml constraints.txt | cksum | tr -s ' \t' '-')
comma := ,
CORE := $(VENV)/.habilis/core-$(HASH)
TEST := $(VENV)/.habilis/test-$(subst $(comma),-,$(EXTRAS))-$(HASH)
DOCS := $(VENV)/.habilis/docs-$(HASH)
# Headless rendering: EGL and Mesa's software renderer first, OSMesa where the distribution has it.
GL_PACKAGES := libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri
GL_FALLBACK := libosmesa6
LOCKED_TORCH := 2.13.0
# What test-lowest and test-newest run: a little of every layer, and the wheel's own promises.
SMOKE_TOOLS := pytest>=8.3 pytest-xdist>=3.6 pytest-rerunfailures>=16.7 hypothesis>=6.100.2
SMOKE ?= tests/assets/scene tests/envs/test_gymnasium.py tests/envs/sim tests/policies/test_vector.py \
  tests/policies/skills/test_skills.py tests/llm_planner/run tests/scripts/test_cli.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-slow test-ros-env test-lowest test-newest lint types docs wheel-test \
  format system-packages lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

demo: $(CORE) ## solve "Reach the milk"; leaves a film and a report in out/
	$(BIN)/habilis solve "Reach the milk"

# The tests start Python some hundred times: even where PYTHONDONTWRITEBYTECODE is set, it may keep
# what it compiles, which halves the time of every start. A core has a process already, so none
# starts threads for its matrices. Whoever is done takes over half of what another has left.
test test-slow: export PYTHONDONTWRITEBYTECODE =
test test-slow: export OMP_NUM_THREADS = 1
test: $(TEST) ## run the tests that are not marked slow
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)

test-slow: $(TEST) ## run the slow ones: many episodes, long searches, trainings, built packages
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m slow $(ARGS)

test-ros-env: ## build the ROS 2 that the tests of the bridge talk to, once (they skip without)
	@tests/ros_env/setup.sh

# Environments of their own, so that the one for daily work stays as it is. The oldest versions that
# pyproject.toml allows are wanted of what it names; what those need in turn may be newer.
test-lowest: ## run some tests with the oldest versions that are allowed
	@$(MAKE) --no-print-directory smoke VENV=$(VENV)-lowest RESOLUTION=lowest-direct

test-newest: ## run some tests with the newest versions that there are
	@$(MAKE) --no-print-directory smoke VENV=$(VENV)-newest RESOLUTION=highest

smoke: $(BIN)/uv
	@$(MAKE) --no-print-directory system-packages
	$(UV) pip install --quiet --upgrade --resolution $(RESOLUTION) -e . $(foreach t,$(SMOKE_TOOLS),"$(t)")
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(SMOKE) $(ARGS)

lint: $(TEST) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TEST) ## mypy over the package, then over the tests
	$(BIN)/mypy -p habilis
	$(BIN)/mypy tests

docs: export NO_MKDOCS_2_WARNING = 1
docs: $(DOCS) ## build the documentation site into build/site; broken links fail
	$(BIN)/python -m mkdocs build --quiet
	@echo "site build/site/index.html"

wheel-test: $(TEST) ## build the wheel, install it in an empty environment, run it there
	$(BIN)/python -m pytest tests/test_packaging.py $(ARGS)

format: $(TEST) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "habilis needs Python 3.11 or newer; '$(PYTHON)' is" \
	    "$$($(PYTHON) --version 2>/dev/null || echo missing). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "No virtual environment could be made. On Debian or Ubuntu: apt-get install python3-venv" >&2; \
	  rm -rf $(VENV); exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv

$(CORE): $(BIN)/uv
	@$(MAKE) --no-print-directory system-packages
	$(UV) pip install --quiet -c constraints.txt -e .
	@mkdir -p $(@D) && rm -f $(@D)/* && touch $@

# Without local wheels the CPU build is asked for first: on Linux the plain index serves CUDA builds,
# gigabytes that no test uses. Where that build cannot be had, the plain one does.
$(TEST): $(CORE)
	@links="$${UV_FIND_LINKS:-$$($(BIN)/python -m pip config get global.find-links 2>/dev/null)}"; \
	export UV_FIND_LINKS="$$links"; \
	install() { echo "installing habilis with [$(EXTRAS)]"; \
	  $(UV) pip install --quiet -c constraints.txt -e ".[$(EXTRAS)]" "$$@"; }; \
	if [ -z "$(TORCH)" ] || ls $$links/torch-*.whl >/dev/null 2>&1; then install; \
	else install --torch-backend "$(TORCH)" || { \
	  echo "torch build '$(TORCH)' was not to be had; taking the package index's own" >&2; install; }; fi
	@mkdir -p $(@D) && rm -f $(@D)/test-* && touch $@

$(DOCS): $(CORE)
	$(UV) pip install --quiet -c constraints.txt -e ".[docs]"
	@mkdir -p $(@D) && rm -f $(@D)/docs-* && touch $@

system-packages: ## install the system libraries for headless rendering (root), or name them
	@[ "$$(uname)" = Linux ] && command -v apt-get >/dev/null || exit 0; \
	has() { dpkg-query -W -f '$${Status}' "$$1" 2>/dev/null | grep -q ' installed'; }; \
	missing=; for p in $(GL_PACKAGES); do has $$p || missing="$$missing $$p"; done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
	  echo "installing for headless rendering:$$missing"; export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null \
	    || echo "could not install$$missing: films and camera images will not work" >&2; \
	  has $(GL_FALLBACK) || apt-get install -y -qq --no-install-recommends $(GL_FALLBACK) >/dev/null 2>&1 || true; \
	else \
	  echo "For films and camera images: sudo apt-get install -y$$missing $(GL_FALLBACK)" >&2; \
	fi

lock: $(CORE) ## write constraints.txt anew from pyproject.toml
	echo '# Written by "make lock": one file for every platform and every extra.' > constraints.new
	echo "torch==$(LOCKED_TORCH)" | env -u UV_FIND_LINKS $(UV) pip compile --quiet --universal --python-version 3.11 \
	  --all-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade \
	  pyproject.toml - >> constraints.new
	mv constraints.new constraints.txt

clean: ## remove the virtual environment, caches and build products; out/ stays
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-newest build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
