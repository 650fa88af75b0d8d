# One command each. `make demo` and `make test` install what they need, or say in one sentence what is missing.

SWIFT ?= swift
STRICT := --explicit-target-dependency-import-check error
DATA := Examples/Data/flights-2013-07-13.ndjson

.PHONY: help demo test conformance format lint bench bench-failover fuzz soak tsan build release clean

help:
	@echo "make demo         build Weir and watch workers cover for each other on real events (KEEP=1 leaves the server up)"
	@echo "make test         everything CI runs"
	@echo "make conformance  every known client, the Java KCL in all its forms: half an hour"
	@echo "make format       format the sources"
	@echo "make bench        measure the log, the wire and the server"
	@echo "make bench-failover  how long shards stand still when workers come and go, beside the Java KCL: ten minutes"
	@echo "make fuzz         let libFuzzer attack the parsers, MINUTES=10 each (docs/FUZZING.md)"
	@echo "make soak         histories of the log on a disk that fails, WHAT=leases and WHAT=workers of consumers, for MINUTES=10; SEED=1 runs one again (docs/TESTING.md)"
	@echo "make tsan         the tests under the thread sanitizer, of TARGETS=WeirLogTests or of all (docs/TESTING.md)"
	@echo "make build        release build: .build/release/weir"
	@echo "make release      the same, for machines without Swift"

demo:
	@Scripts/require build
	@$(SWIFT) build -c release --product weir $(STRICT)
	@.build/release/weir demo --file $(DATA) $(if $(KEEP),--keep)

build:
	@Scripts/require build
	$(SWIFT) build -c release --product weir $(STRICT)

test:
	@Scripts/require build test kcl
	$(MAKE) lint
	$(SWIFT) build --build-tests $(STRICT)
	SWIFT="$(SWIFT)" Scripts/test
	Tests/Conformance/run .build/debug/weir
	Scripts/check-readme .build/debug/weir
	SWIFT="$(SWIFT)" Scripts/check-tracing
	.build/debug/weir demo --file $(DATA)

# Every client that is known to run against Weir, and every form of the Java KCL: about half an hour.
conformance:
	@Scripts/require build test kcl clients
	$(SWIFT) build --product weir $(STRICT)
	Tests/Conformance/run .build/debug/weir all

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources
	Scripts/check-sources

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources

bench:
	@Scripts/require build
	$(SWIFT) build -c release --product weir $(STRICT)
	.build/release/weir bench log
	.build/release/weir bench put
	.build/release/weir bench put --fan-out --rate 1000 --batch 1 --duration 10
	.build/release/weir bench get
	.build/release/weir bench queue
	.build/release/weir bench queue --in-flight 100
	.build/release/weir bench queue --wake
	Benchmarks/run

bench-failover:
	@Scripts/require build test kcl
	$(SWIFT) build -c release --product weir $(STRICT)
	.venv/bin/python Benchmarks/failover.py .build/release/weir

fuzz:
	@Scripts/require build
	SWIFT="$(SWIFT)" Scripts/fuzz $(TARGETS)

soak:
	@Scripts/require build
	WEIR_SOAK=1 $(SWIFT) build -c release --product weir-soak $(STRICT)
	.build/release/weir-soak

tsan:
	@Scripts/require build
	SWIFT="$(SWIFT)" Scripts/tsan $(TARGETS)

# One binary that needs no Swift on the machine it runs on.
release:
	@Scripts/require build
	$(SWIFT) build -c release --product weir $(STRICT) --static-swift-stdlib

clean:
	$(SWIFT) package clean
