package sensor_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// batches is a source that keeps nothing of a frame: when a batch is released,
// its bytes are overwritten.
type batches struct{ list []capture.Frame }

func (s *batches) Next() (*capture.Batch, error) {
	plain := source{s.list}
	b, err := plain.Next()
	s.list = plain.list
	if err != nil {
		return nil, err
	}
	frames := slices.Clone(b.Frames)
	for i := range frames {
		frames[i].Data = slices.Clone(frames[i].Data)
	}
	return capture.NewBatch(frames, func() {
		for i := range frames {
			for k := range frames[i].Data {
				frames[i].Data[k] = '#'
			}
		}
	}), nil
}

// Nothing that is kept after a batch may lie in its frames.
func TestFramesAreNotKept(t *testing.T) {
	for _, name := range []string{"hospital", "hl7", "dhcp-dns", "dicom-workflow", "dicom-query"} {
		list := prototest.Load(t, filepath.Join(lab, name+".pcap.zst"))
		// Reordering makes streams and fragments wait beyond their batch.
		for i := 40; i+700 < len(list); i += 700 {
			list[i], list[i+600] = list[i+600], list[i]
		}
		for i := range list {
			list[i].Index = uint64(i + 1)
		}
		cfg := sensor.DefaultConfig()
		cfg.Workers = 2
		var got [2]strings.Builder
		for k, src := range []sensor.Source{&source{slices.Clone(list)}, &batches{slices.Clone(list)}} {
			var kept []event.Record // as one who keeps them until the end
			_, err := sensor.Run(cfg, src, sensor.Options{Specs: protocols.Specs, Key: prototest.Key, Emit: func(r event.Record) { kept = append(kept, r) }})
			if err != nil {
				t.Fatal(err)
			}
			for i := range kept {
				fmt.Fprintf(&got[k], "%s\n", kept[i].AppendJSON(nil))
			}
		}
		if got[0].String() != got[1].String() {
			t.Errorf("%s: records depend on frames that were released", name)
		}
	}
}

// A probe or a joiner that panics is left out; everything else is still told.
func TestPanicOutsideOfAnalyzers(t *testing.T) {
	bad := echoSpec("bad", "BAD")
	bad.Probe = func(proto.Dir, []byte) proto.Match { panic("probe") }
	records, st := run(t, talk(">OUT a\n").Frames(nil), sensor.DefaultConfig(), bad, echoSpec("outer", "OUT"))
	if st.Panics == 0 || st.Records["conn"] != 1 || !strings.Contains(notes(records), "outer OUT a") {
		t.Errorf("a probe: %d panics, %v, %s", st.Panics, st.Records, notes(records))
	}
	spec := echoSpec("outer", "OUT")
	spec.NewJoiner = func(func(event.Record)) proto.Joiner { return badJoiner{} }
	records, st = run(t, talk(">OUT a\n").Frames(nil), sensor.DefaultConfig(), spec)
	if st.Panics == 0 || st.Records["conn"] != 1 || !strings.Contains(notes(records), "outer OUT a") {
		t.Errorf("a joiner: %d panics, %v, %s", st.Panics, st.Records, notes(records))
	}
}

type badJoiner struct{}

func (badJoiner) Take(event.Record) bool { panic("take") }
func (badJoiner) Advance(event.Time)     {}
func (badJoiner) Flush()                 {}

// The bytes of a mapped file that was cut short while workers look at them are
// gone; the run goes on without.
func TestVanishedPayload(t *testing.T) {
	page := syscall.Getpagesize()
	m, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	defer syscall.Munmap(m)
	c := talk(">OUT "+strings.Repeat("x", 700)+"\n", "<OUT b\n", ">OUT c\n")
	other := talk(">OUT d\n")
	other.Orig.Port++
	list := append(c.Frames(nil), other.Frames(nil)...)
	for i := range list {
		list[i].Index = uint64(i + 1)
		if len(list[i].Data) > 600 { // headers before the border, payload behind it
			at := page - 60
			list[i].Data = m[at : at+copy(m[at:], list[i].Data)]
		}
	}
	if err := syscall.Mprotect(m[page:], syscall.PROT_NONE); err != nil {
		t.Skip(err)
	}
	records, st := run(t, list, sensor.DefaultConfig(), echoSpec("outer", "OUT"))
	if !st.FileFault || st.Panics != 0 || st.Records["conn"] != 2 || !strings.Contains(notes(records), "outer OUT d") {
		t.Errorf("fault %v, panics %d, %v, %s", st.FileFault, st.Panics, st.Records, notes(records))
	}
}
