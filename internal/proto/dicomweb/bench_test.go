package dicomweb

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// page is the head of a message that has nothing to do with DICOM.
func page() *proto.Entity {
	return &proto.Entity{Dir: proto.Resp, Response: true, Status: 200, Method: "GET", Target: "/app/static/js/main.4711.js?v=12&t=abc", Type: "text/javascript; charset=utf-8",
		Length: 100, Field: func(string) string { return "" }}
}

// pixels opens a retrieval and returns what gives it a MiB of pixels.
func pixels(tb testing.TB) func() {
	r := Spec.New(prototest.NewFlow()).(proto.Reader)
	content, typ := related("application/dicom", ctFile())
	e := &proto.Entity{Dir: proto.Resp, Seq: 1, Response: true, Status: 200, Method: "GET", Target: "/studies/1.2.3", Type: typ, Length: -1}
	if !Spec.Wants(e) {
		tb.Fatal("not wanted")
	}
	r.Open(e)
	r.Content(e, []byte(content[:strings.LastIndex(content, "\r\n--XyZ")]))
	b := make([]byte, 1460)
	for i := range b {
		b[i] = byte(i * i >> 3)
	}
	return func() {
		for range 1 << 20 / len(b) {
			r.Content(e, b)
		}
	}
}

// TestAllocs holds that other traffic and pixels cost no allocation.
func TestAllocs(t *testing.T) {
	e := page()
	if n := testing.AllocsPerRun(100, func() { Spec.Wants(e) }); n != 0 {
		t.Errorf("%v allocations for the head of a page, want 0", n)
	}
	if n := testing.AllocsPerRun(5, pixels(t)); n != 0 {
		t.Errorf("%v allocations for a MiB of pixels, want 0", n)
	}
}

func BenchmarkWants(b *testing.B) {
	e := page()
	b.ReportAllocs()
	for b.Loop() {
		Spec.Wants(e)
	}
}

func BenchmarkPixels(b *testing.B) {
	give := pixels(b)
	b.SetBytes(1 << 20)
	for b.Loop() {
		give()
	}
}

func BenchmarkTransaction(b *testing.B) {
	stow, typ := related("application/dicom", ctFile())
	said := exchangeOf("POST", "/dicom-web/studies", "application/dicom+json", typ, stow, 200, "application/dicom+json", "{}")
	b.ReportAllocs()
	for b.Loop() {
		prototest.Carry(&Spec, said, 1460)
	}
}
