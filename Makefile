# make demo    the whole way, once: three nodes, two rollouts, nothing duplicated, nothing lost
# make test    every test
# make lint    format, and no warnings
# make golden  record the golden files of helm-fixtures anew

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := demo

# CI turns warnings into errors; people who build with a newer compiler keep building.
SWIFT_FLAGS := $(if $(CI),-Xswiftc -warnings-as-errors)
PACKAGES := libcurl4-openssl-dev libssl-dev libyaml-dev zlib1g-dev pkg-config
FORMATTED := Package.swift Sources Tests

.PHONY: demo test lint golden build headers

demo: build
	swift run --skip-build $(SWIFT_FLAGS) operator-sim run --nodes 3 --rollouts 2

test: headers
	swift test --parallel $(SWIFT_FLAGS)

lint: headers
	swift format lint --strict --recursive $(FORMATTED)
	swift build --build-tests -Xswiftc -warnings-as-errors

golden: headers
	RECORD_GOLDEN=1 swift test $(SWIFT_FLAGS) --filter DesiredStateTests

build: headers
	swift build $(SWIFT_FLAGS)

# The C libraries that the package links; installs what is missing where apt is at hand.
headers:
	@.ci/install-packages $(PACKAGES)
