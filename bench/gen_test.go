package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/event"
)

// TestGenerate holds that a capture is the same for the same seed, ordered in
// time, and made of packets without a defect or a wrong checksum.
func TestGenerate(t *testing.T) {
	t.Run("ward", func(t *testing.T) { generated(t, ward) })
	t.Run("bureau", func(t *testing.T) { generated(t, bureau) })
}

func generated(t *testing.T, s scene) {
	var a, b, c bytes.Buffer
	for _, g := range []struct {
		w    io.Writer
		seed uint64
	}{{&a, 7}, {&b, 7}, {&c, 8}} {
		if _, err := generateTo(g.w, 8e6, g.seed, s); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same seed gave different bytes")
	}
	if bytes.Equal(a.Bytes(), c.Bytes()) {
		t.Error("another seed gave the same bytes")
	}
	path := filepath.Join(t.TempDir(), "a.pcap")
	if err := os.WriteFile(path, a.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := decode.DefaultConfig()
	cfg.ChecksumLimit = 1 << 16
	d := decode.New(cfg)
	tl := capture.Open(t.Context(), capture.DefaultConfig(), []string{path}, capture.Options{})
	defer tl.Close()
	var last event.Time
	for {
		batch, err := tl.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var p decode.Packet
		for i := range batch.Frames {
			f := &batch.Frames[i]
			if f.Time < last {
				t.Fatalf("frame %d is earlier than the one before", f.Index)
			}
			last = f.Time
			if !d.Frame(&p, f) || p.Defect != 0 || p.BadChecksum || p.Kind == decode.KindOther {
				t.Fatalf("frame %d: kind %v, defect %v, bad checksum %v", f.Index, p.Kind, p.Defect, p.BadChecksum)
			}
		}
		batch.Release()
	}
	if st := tl.Stats(); st.Frames == 0 || len(tl.Faults()) > 0 {
		t.Errorf("%d frames, faults %v", st.Frames, tl.Faults())
	}
	if st := d.Stats(); st.ChecksumsUnverified > 0 {
		t.Errorf("%d checksums were not verified", st.ChecksumsUnverified)
	}
}

// TestParseSize holds what -size accepts.
func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64 // 0 is an error
	}{{"2GB", 2e9}, {"20mb", 20e6}, {"5", 5}, {"3KB", 3e3}, {"", 0}, {"0", 0}, {"-1GB", 0}, {"1001GB", 0}, {"GB", 0}, {"2GiB", 0}} {
		got, err := parseSize(c.in)
		if got != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("parseSize(%q) = %d, %v; want %d", c.in, got, err, c.want)
		}
	}
}
