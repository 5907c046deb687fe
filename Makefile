SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := demo

# CI turns warnings into errors; people who build with a newer compiler keep building.
SWIFT_FLAGS := $(if $(CI),-Xswiftc -warnings-as-errors)
PACKAGES := libcurl4-openssl-dev libssl-dev libyaml-dev zlib1g-dev pkg-config
FORMATTED := Package.swift Sources Tests Benchmarks Fuzz
SECONDS ?= 60

.PHONY: help demo test test-slow conformance test-asan test-tsan fuzz bench bench-record \
  bench-scale hot-functions image release lint lint-scripts docs golden build stamp headers

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: build ## the whole way, once: three nodes, two rollouts, nothing duplicated, nothing lost
	swift run --skip-build $(SWIFT_FLAGS) operator-sim run --nodes 3 --rollouts 2

# Whole runs have a target of their own; fleets and every order of requests are suites, named so, beside
# what they test.
SLOW := ^SlowTests\.|(Fleet|Interleaving)Tests/

test: headers ## every test but the slow ones
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build --parallel --skip '$(SLOW)' $(SWIFT_FLAGS)

test-slow: headers ## whole runs of simulations, fleets of nodes, every order of requests
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build --parallel --filter '$(SLOW)' $(SWIFT_FLAGS)

# Leaks are not looked for: Swift keeps tags in the pointers of strings and enums, which the leak
# finder then takes for lost. That memory does not grow is measured by `make bench`.
# What the emulator claims of a real API server. With CONFORMANCE_KUBECONFIG=FILE the same tables are
# played at the server that FILE names, in namespaces that are made for it and deleted in the end.
conformance: headers ## facts about the Kubernetes API, at the emulator or at a real server
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build --no-parallel --filter '^ConformanceTests\.' $(SWIFT_FLAGS)

test-asan: headers ## every test under the address sanitizer
	ASAN_OPTIONS=detect_leaks=0 swift test --parallel --sanitize=address \
	  --scratch-path .build/asan $(SWIFT_FLAGS)

test-tsan: headers ## every test under the thread sanitizer
	TSAN_OPTIONS="suppressions=$(CURDIR)/Scripts/races.supp halt_on_error=0" swift test --parallel \
	  --sanitize=thread --scratch-path .build/tsan $(SWIFT_FLAGS)

# What breaks a parser is written to Tests/Fixtures/regressions, and replayed by every test run.
fuzz: headers ## feed every parser of foreign bytes for SECONDS (60) each
	Fuzz/run $(SECONDS)

# For IMAGE_VERSION, IMAGE_SOURCE and their kin see Image/build.
image: headers ## build the sidecar's OCI image into .build/image/oci, without a container daemon
	@Image/build

release: headers ## what a release page holds: image, operator-sim, bill of materials, checksums
	@Scripts/release

# A busy machine may add a quarter to a time. Only the table goes to standard output, so that
# `make bench BENCH_FLAGS=--json >FILE` is JSON.
bench: headers ## measure size, speed, memory and wake-ups against their targets (10 minutes)
	@Image/build >&2
	@export PKG_CONFIG_PATH=$$(Image/static-libraries)/pkgconfig; \
	swift build -c release --scratch-path .build/bench --product offset-sync-bench $(SWIFT_FLAGS) >&2
	@.build/bench/release/offset-sync-bench --image .build/image $(BENCH_FLAGS)

# The run that later ones of the same kind of machine are compared with, to be committed.
bench-record: ## the same, and write the run to Benchmarks/runs
	@$(MAKE) --no-print-directory bench BENCH_FLAGS="--record $(BENCH_FLAGS)"

# What the linker of the image's program puts side by side.
hot-functions: build ## record anew which functions run, for the image's linker
	Scripts/install-packages valgrind
	Image/record-hot-functions .build/debug/operator-sim

# Stores of whole fleets, with real requests over loopback; BENCH_SCALE_FLAGS=--quick is what CI runs.
bench-scale: headers ## measure what fleets cost an API server, against the targets
	export PKG_CONFIG_PATH=$$(Image/static-libraries)/pkgconfig; \
	swift build -c release --scratch-path .build/bench --product offset-sync-bench-scale \
	  $(SWIFT_FLAGS)
	.build/bench/release/offset-sync-bench-scale $(BENCH_SCALE_FLAGS)

lint: headers lint-scripts ## format, no warnings, scripts
	swift format lint --strict --recursive $(FORMATTED)
	swift build --build-tests -Xswiftc -warnings-as-errors

lint-scripts:
	@Scripts/install-packages shellcheck >&2
	@Scripts/lint-scripts

docs: build ## check and render the API documentation, into .build/documentation
	Scripts/check-api-docs --output .build/documentation

golden: headers ## record the golden files of helm-fixtures anew
	RECORD_GOLDEN=1 swift test $(SWIFT_FLAGS) --filter 'DesiredStateTests|AttachmentTests'

build: headers stamp ## every program, in debug
	swift build $(SWIFT_FLAGS)

# What --version prints.
stamp:
	@Scripts/stamp-version

# The C libraries that the package links; installs what is missing where apt is at hand.
headers:
	@Scripts/install-packages $(PACKAGES) >&2
