package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/capture"
	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/detect/intel"
	"lazaret/internal/event"
	"lazaret/internal/extract"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
	"lazaret/internal/sessions"
)

// reading is what one pass over capture files brought.
type reading struct {
	inv      *inventory.Inventory
	sessions *sessions.Book
	moved    *moved
	found    *detect.Book
	base     *baseline.Profile // nil for none
	sensor   *sensor.Stats
	capture  capture.Stats
	faults   []capture.Fault
	shown    []string                    // files named after expansion
	mark     func(account string) string // keyed
	learns   bool                        // base learned in this run
	complete bool                        // false when the run was interrupted
}

// input says what to read.
type input struct {
	paths        []string
	since, until event.Time
	logs         string
	allow        *allow.List       // nil for none
	intel        *intel.Set        // nil for none
	rules        *ruleFiles        // nil for none
	base         *baseline.Profile // what is normal, nil for none
	learns       bool              // base learns in this run
	extract      string            // folder for the content of files, empty for none
	extractLimit uint64            // bytes
	progress     bool
}

func newReading(cfg Config, key []byte, expected *allow.List) *reading {
	return &reading{inv: inventory.New(cfg.Inventory), sessions: sessions.New(cfg.Sessions), moved: newMoved(),
		found: detect.NewBook(cfg.Detect, expected.Allows), mark: marker(key)}
}

// read runs the sensor over the files. What is wrong with a file is in faults
// and on the error output; an error means that nothing sensible came out.
func (e *env) read(ctx context.Context, cfg Config, in input) (*reading, error) {
	heap := keepHeap(cfg.Runtime.HeapTarget)
	defer heap.close()
	key, note, err := siteKey(cfg.Site.Key)
	if err != nil {
		return nil, err
	}
	if note != "" {
		fmt.Fprintln(e.err, "lazaret:", note)
	}
	out := newReading(cfg, key, in.allow)
	out.base, out.learns = in.base, in.learns
	look, err := watchers(cfg, in, out.found)
	if err != nil {
		return nil, err
	}
	files, faults := capture.Expand(cfg.Capture, in.paths)
	out.shown = files
	log, err := openLogs(in.logs)
	if err != nil {
		return nil, err
	}
	content, err := extract.Open(in.extract, in.extractLimit)
	if err != nil {
		return nil, fmt.Errorf("--extract %s: %w", in.extract, bare(err))
	}
	if content != nil {
		extract.KeepWhole(&cfg.Sensor.Files)
	}
	tl := capture.Open(ctx, cfg.Capture, files, capture.Options{Since: in.since, Until: in.until})
	defer tl.Close()
	var b *bar
	if in.progress {
		b = startBar(e.err, tl.Progress)
	}
	out.sensor, err = sensor.Run(cfg.Sensor, tl, sensor.Options{
		Specs: protocols.Specs, Key: key,
		Emit: func(r event.Record) {
			content.Write(&r)
			out.add(&r)
			look.add(&r)
			log.write(&r)
		},
	})
	b.close()
	look.end()
	out.capture, out.faults, out.complete = tl.Stats(), append(faults, tl.Faults()...), err == nil
	out.complain(e.err)
	if lerr := errors.Join(log.close(), content.Close(e.err)); lerr != nil {
		return nil, lerr
	}
	if ctx.Err() != nil {
		fmt.Fprintln(e.err, "lazaret: interrupted; what was read until then follows")
		return out, nil
	}
	return out, err
}

// add takes the next record, before rules look at it.
func (r *reading) add(rec *event.Record) {
	r.inv.Add(*rec)
	r.sessions.Add(rec)
	r.moved.add(rec)
	if r.base != nil {
		r.base.Add(rec)
	}
}

// complain says what is wrong with the files.
func (r *reading) complain(w io.Writer) {
	for _, f := range r.faults {
		fmt.Fprintln(w, "lazaret:", f.Error())
	}
	if r.sensor != nil && r.sensor.FileFault {
		fmt.Fprintln(w, "lazaret: a file shrank while it was read; what was behind is missing")
	}
}

// marker gives the keyed marks of accounts, which Windows tells apart without case.
func marker(key []byte) func(account string) string {
	return func(account string) string {
		return sensor.Pseudonym(key, "account", []byte(strings.ToLower(account)))
	}
}

// status is the error that the faults amount to.
func (r *reading) status() error {
	for _, f := range r.faults {
		if f.Class != capture.Unreadable || f.File != os.Stdin.Name() {
			return errPartial
		}
	}
	if !r.complete || r.sensor.FileFault {
		return errPartial
	}
	return nil
}
