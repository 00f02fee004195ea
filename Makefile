# Lazaret. `make demo` shows it at work, `make check` is what CI runs.
GO ?= go
export CGO_ENABLED ?= 0
FUZZTIME ?= 5s

## demo: build, read the committed capture of the lab hospital, print the inventory
demo: build
	./lazaret read testdata/lab/hospital.pcap.zst

## build: the static binary ./lazaret
build:
	$(GO) build -trimpath -o lazaret ./cmd/lazaret

## check: everything CI runs
check: tools vet test fuzz generated cross demo

## tools: install what the tests need (Debian)
tools:
	./.ci/tools

## vet: gofmt, go vet, staticcheck
vet:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

## test: all tests with the race detector
test:
	CGO_ENABLED=1 $(GO) test -race -timeout 15m ./...

## fuzz: every fuzz target for FUZZTIME
fuzz:
	./.ci/fuzz $(FUZZTIME)

## generate: the protocol list and the generated documents
generate:
	$(GO) generate ./internal/protocols
	$(GO) run ./cmd/lazaret records > docs/records.md
	$(GO) run ./cmd/lazaret config print > docs/lazaret.toml
	mkdir -p docs/detections
	$(GO) run ./cmd/lazaret rules manual > docs/detections/README.md

## generated: what generate makes is current
generated: generate
	git diff --exit-code -- internal/protocols docs/records.md docs/lazaret.toml docs/detections

## cross: the static binary for both architectures
cross:
	GOOS=linux GOARCH=amd64 $(GO) build -o /dev/null ./cmd/lazaret
	GOOS=linux GOARCH=arm64 $(GO) build -o /dev/null ./cmd/lazaret

## conformance: compare with tshark and Zeek on every capture (long)
conformance:
	./.ci/tools suricata
	LAZARET_CONFORMANCE=all $(GO) test -count=1 -timeout 60m -v ./internal/conformance

## trace-study: trace a thousand made-up outbreaks of each setting, figures into docs/tracing.md
trace-study:
	$(GO) run ./bench trace -doc docs/tracing.md

## bench: micro benchmarks, then paired runs on a generated 2 GB hospital and 1 GB of SMB
bench: tools
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...
	$(GO) run ./bench run

## pgo: a new profile for the compiler, from runs over the generated hospital
pgo:
	$(GO) run ./bench gen -o bench-data/hospital.pcap
	for i in 1 2 3 4 5 6; do $(GO) run ./bench profile -o bench-data/pgo$$i.prof bench-data/hospital.pcap || exit 1; done
	$(GO) tool pprof -proto bench-data/pgo?.prof > cmd/lazaret/default.pgo

## lab: record the captures of testdata/lab anew (root)
lab:
	$(GO) run ./lab -out testdata/lab

## help: this list
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

.PHONY: demo build check tools vet test fuzz generate generated cross conformance bench trace-study pgo lab help
