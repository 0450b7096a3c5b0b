SHELL := /bin/bash
PREFIX ?= /usr/local

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench build install clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: ## Set up, build, run the example on this machine's packages, show its trace
	@Tests/Tools/setup.sh demo
	@examples/demo.sh

test: ## Set up and run every test (check, thread sanitizer, simulation, kill, integration)
	@Tests/Tools/setup.sh test
	@Tests/Tools/suites.sh test

check: ## What every commit passes, within 2 minutes: format, warnings, unit and tidy tests
	@Tests/Tools/setup.sh check
	@Tests/Tools/suites.sh check

format: ## Rewrite the Swift files as .swift-format says
	@swift format --in-place --parallel --recursive Sources Tests Benchmarks Package.swift

bench: ## Measure Weir against its budgets, side by side with its peers
	@Tests/Tools/setup.sh bench
	@Tests/Tools/release.sh
	@python3 Benchmarks/bench.py

build: ## Build the release binary into .build/release/weir
	@Tests/Tools/setup.sh build
	@Tests/Tools/release.sh --product weir

install: build ## Build and install weir, its man page and completions (make install PREFIX=/usr/local)
	@Tests/Tools/install.sh .build/release/weir "$(DESTDIR)$(PREFIX)"

clean: ## Remove everything that was built
	@rm -rf .build
